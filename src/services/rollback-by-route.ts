/**
 * A person's rollback while the store cannot say what runs: the route says it. Weight 0 is written with the token that
 * stands there, so that nobody is driven out; the loop that drives the rollout takes the lowered weight as the order.
 */
import { type Colour, colourWorkload, otherColour } from '../core/colour.ts';
import { workloadOf } from '../core/rollout/adoption.ts';
import { cause } from '../core/rollout/moves.ts';
import type { RouteRef } from '../core/rollout/plan.ts';
import { type RouteMemory, wayBackOf } from '../core/rollout/route-memory.ts';
import { type Target, targetKey } from '../core/target.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import type { RouteMarks } from '../ports/traffic-router.ts';
import type { LateOrders } from './late-orders.ts';
import { planSettings } from './plan-settings.ts';
import type { Actor, RouteRollback } from './services.ts';
import { listTargets } from './show-target.ts';
import type { UseCasePorts } from './use-case-ports.ts';

/** Writes that lose a race against other hands. */
const TRIES = 5;
/** Routes asked for at once when only the rollout is known. */
const AT_ONCE = 8;
/** Nobody waits longer for an Event. */
const EVENT_WITHIN_MS = 1000;

interface Found {
  readonly target: Target;
  readonly route: RouteRef;
  readonly marks: RouteMarks;
  /** null: it cannot be read; the marks are enough to go back. */
  readonly memory: RouteMemory | null;
}

/** An unfinished rollout on the target's route; null: there is none. */
export async function findOnRoute(ports: UseCasePorts, target: Target): Promise<Found | null> {
  const { route } = planSettings(ports.config, target, 'deploy');
  const { marks, memory } = await ports.router.recall(route);
  if (!marks || memory.kind === 'none') return null;
  const known = memory.kind === 'known' && memory.value.id === marks.rolloutId ? memory.value : null;
  const plainAs = known?.plan?.route.plainAs;
  return { target, route: plainAs ? { ...route, plainAs } : route, marks, memory: known };
}

/** The same by the rollout alone, on whichever route; a cluster that does not answer is said if it is on no other. */
export async function findRollout(ports: UseCasePorts, rolloutId: string): Promise<Found | null> {
  const targets = [...listTargets(ports)];
  const faults: unknown[] = [];
  let found: Found | null = null;
  const work = async (): Promise<void> => {
    for (let target = targets.shift(); target && !found; target = targets.shift()) {
      const here = await findOnRoute(ports, target).catch((error: unknown) => {
        if (!isDabbawalaError(error, 'object_missing')) faults.push(error);
        return null;
      });
      if (here?.marks.rolloutId === rolloutId) found = here;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (!found && faults.length > 0) throw faults[0];
  return found;
}

/** Throws DabbawalaError of the router, and `not_now` while stable surely has no ready endpoint. */
export async function rollBackByRoute(
  ports: UseCasePorts,
  late: LateOrders,
  actor: Actor,
  found: Found,
  reason: string | null,
): Promise<RouteRollback> {
  const { target, marks } = found;
  const at = await ports.clock.now();
  const from = await writeZero(ports, actor, found, reason, at);
  const who = actor.person.name ?? actor.person.id;
  const why = reason ? `: ${reason}` : '';
  const text =
    from > 0
      ? `${who} rolled back while the state store was away${why}. The route went from ${from} % to 0 %`
      : `${who} asked for a rollback while the state store was away${why}`;
  late.keep({ actor, target, rolloutId: marks.rolloutId, reason, at, text });
  const facts = { rollout: marks.rolloutId, target: targetKey(target), by: actor.person.id, from };
  ports.log.warn(facts, 'rolled back by the route alone: to be recorded when the store is back');
  if (from > 0)
    await ports.router
      .announce(found.route, { reason: 'RolledBack', text, at }, AbortSignal.timeout(EVENT_WITHIN_MS))
      .catch((error: unknown) => ports.log.warn({ ...facts, err: error }, 'no Kubernetes Event was written'));
  const { stable, candidate } = namesOf(found);
  return { kind: 'by-route', target, rolloutId: marks.rolloutId, from, stable, candidate };
}

/** Percent that the candidate had; 0: there was nothing to write. */
async function writeZero(
  ports: UseCasePorts,
  actor: Actor,
  found: Found,
  reason: string | null,
  at: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const seen = await ports.router.read(found.route);
    const marks = seen.marks ?? found.marks;
    if (marks.rolloutId !== found.marks.rolloutId)
      throw new DabbawalaError('not_now', 'Another rollout took this route over just now.', {
        hint: 'Ask again for that one, if it is the one that you mean.',
      });
    const candidate = otherColour(marks.stableColour);
    const percent = Math.round(seen.percent[candidate] * 10) / 10;
    if (percent === 0) return 0;
    if (attempt === 1) await assertStableServes(ports, found, percent);
    const why = cause(
      'asked_rollback',
      `${actor.person.name ?? actor.person.id} rolled back${reason ? `: ${reason}` : ''}`,
      at,
      actor.person,
    );
    const memory = found.memory ? { memory: wayBackOf(found.memory, percent, why) } : {};
    try {
      await ports.router.setWeight(found.route, {
        candidate,
        percent: 0,
        marks: { ...marks, ...memory },
        seen,
      });
      return percent;
    } catch (error) {
      const isRace = isDabbawalaError(error, 'route_conflict') || isDabbawalaError(error, 'fenced');
      if (!isRace || attempt >= TRIES) throw error;
    }
  }
}

/** As everywhere: no traffic is moved to a stable that surely cannot take it. What cannot be seen is no obstacle. */
async function assertStableServes(ports: UseCasePorts, found: Found, percent: number): Promise<void> {
  const { target, marks, memory } = found;
  const { cluster, namespace, container } = planSettings(ports.config, target, 'deploy');
  const name = memory?.plan
    ? workloadOf(memory.plan, 'stable')
    : colourWorkload(target.service, marks.stableColour);
  const state = await ports.workloads
    .readDeployment({ cluster, namespace }, name, memory?.plan?.container ?? container)
    .catch(() => undefined);
  if (state === undefined || (state && state.readyReplicas > 0 && state.replicas > 0)) return;
  const { stable, candidate } = namesOf(found);
  throw new DabbawalaError(
    'not_now',
    `${stable} has no ready endpoint, so ${candidate} keeps its ${percent} %.`,
    { hint: `Bring the pods of ${name} back, then ask again.` },
  );
}

function namesOf({ marks, memory }: Found): { readonly stable: string; readonly candidate: string } {
  const stable: Colour = marks.stableColour;
  return {
    stable: memory?.plan?.from.tag ?? stable,
    candidate: memory?.tag ?? memory?.plan?.to.tag ?? otherColour(stable),
  };
}
