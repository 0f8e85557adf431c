/**
 * One look at a service that no rollout moves. A colour that has traffic and nobody to answer it loses it to the colour
 * recorded as stable: under the target's claim, so that a rollout that begins meanwhile waits or comes first, and with a
 * token above the route's, so that whoever still believes to own it is refused.
 */
import type { Config } from '../config/schema.ts';
import type { AuditDraft } from '../core/audit.ts';
import { type Colour, colourWorkload, otherColour } from '../core/colour.ts';
import { type ColourAtRest, judgeRest, type RestLook, type RestVerdict } from '../core/rest/judge.ts';
import {
  enterRest,
  isUnfinished,
  noteRest,
  type RestContext,
  type RestPlace,
  type RestRecord,
  saidPutBack,
  saidStuck,
} from '../core/rest/record.ts';
import { type Seen, seen } from '../core/rollout/decision.ts';
import type { PlanSettings } from '../core/rollout/facts.ts';
import { hasEnded } from '../core/rollout/rollout.ts';
import { type Target, targetKey } from '../core/target.ts';
import { isDabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { RolloutStore, TargetStore } from '../ports/rollout-store.ts';
import type { RouteMarks, RouteState, TrafficRouter } from '../ports/traffic-router.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';
import { attempt } from './observe.ts';
import { planSettings } from './plan-settings.ts';
import { watchPaused } from './watch-paused.ts';

export interface RestPorts {
  readonly config: Config;
  readonly store: RolloutStore;
  readonly targets: TargetStore;
  readonly clock: Clock;
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly log: Log;
  readonly newId: () => string;
}

/** `busy`: a rollout has it. `not-adopted`: its route names no colours. */
export type RestOutcome = RestVerdict['kind'] | 'stuck' | 'busy' | 'not-adopted';

export interface RestResult {
  readonly outcome: RestOutcome;
  /** Where it stands now, undelivered words included; null: nothing was ever said of it. */
  readonly record: RestRecord | null;
}

/** What was seen, and the object that a guarded write stands on. */
interface Seeing {
  readonly look: RestLook;
  readonly route: RouteState | null;
}

/** Writes that lose a race against other hands before the next look takes over. */
const TRIES = 3;
/** Rollouts that are searched for the last promotion where the route itself does not say. */
const SEARCHED = 20;

/** Throws DabbawalaError `store_unavailable`: without the store it is not known whether a rollout runs. */
export async function lookAtRest(ports: RestPorts, target: Target): Promise<RestResult> {
  const settings = planSettings(ports.config, target, 'deploy');
  const claim = await ports.targets.readClaim(target);
  if (claim !== null) {
    await watchPaused(ports, claim).catch(unlessStoreIsAway);
    return { outcome: 'busy', record: await ports.targets.readRest(target) };
  }
  const seeing = await see(ports, settings);
  if (seeing === null) return { outcome: 'not-adopted', record: null };
  const before = await ports.targets.readRest(target);
  if (await isOwned(ports, seeing.route, before)) return { outcome: 'busy', record: before };
  const verdict = judgeRest(seeing.look);
  if (verdict.kind === 'put-back' || (isUnfinished(before) && verdict.kind !== 'unknown'))
    return putBack(ports, settings);
  const context = await contextOf(ports, settings, seeing.look);
  const after = noteRest(before, verdict, context);
  return { outcome: verdict.kind, record: await save(ports, context, before, after, verdict.kind) };
}

async function contextOf(ports: RestPorts, settings: PlanSettings, look: RestLook): Promise<RestContext> {
  const place: RestPlace = {
    target: settings.target,
    namespace: settings.namespace,
    route: settings.route.name,
    everyMs: ports.config.atRest.every,
  };
  return { place, look, now: await ports.clock.now() };
}

/** null: the route names no colours, or is not there: nothing that could be put back. */
async function see(ports: RestPorts, settings: PlanSettings): Promise<Seeing | null> {
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const read = (colour: Colour) =>
    attempt(() =>
      ports.workloads.readDeployment(
        place,
        colourWorkload(settings.target.service, colour),
        settings.container,
      ),
    );
  const [route, blue, green] = await Promise.all([
    attempt(() => ports.router.read(settings.route).catch(nullWhenNotAdopted)),
    read('blue'),
    read('green'),
  ]);
  if (route.kind === 'absent') return null;
  const colours = { blue: mapColour(blue), green: mapColour(green) };
  if (route.kind === 'unknown') return { look: { route, colours }, route: null };
  const { percent, lastWriter, marks } = route.value;
  const recorded = marks?.stableColour ?? (await lastPromoted(ports, settings.target));
  return { look: { route: seen({ percent, recorded, lastWriter }), colours }, route: route.value };
}

const nullWhenNotAdopted = (error: unknown): null => {
  if (isDabbawalaError(error, 'route_unusable')) return null;
  throw error;
};

const mapColour = (state: Seen<DeploymentState>): Seen<ColourAtRest> =>
  state.kind !== 'seen'
    ? state
    : seen({
        replicas: state.value.replicas,
        ready: state.value.readyReplicas,
        isBeingDeleted: state.value.isBeingDeleted,
        version:
          state.value.version ?? state.value.image.tag ?? state.value.image.digest?.slice(7, 19) ?? null,
      });

/** Where the route carries no mark: the colour that the newest promotion left live. */
async function lastPromoted({ store, targets }: RestPorts, target: Target): Promise<Colour | null> {
  for (const id of await targets.history(target, SEARCHED)) {
    const rollout = (await store.load(id).catch(unlessStoreIsAway))?.rollout;
    if (rollout?.phase === 'promoted' && rollout.plan && rollout.kind !== 'adopt-undo')
      return rollout.plan.candidateColour;
  }
  return null;
}

const unlessStoreIsAway = (error: unknown): null => {
  if (isDabbawalaError(error, 'store_unavailable')) throw error;
  return null;
};

/** A rollout that still owns the object lives, or was lost together with its claim: its route is not ours to judge. */
async function isOwned(
  { store }: RestPorts,
  route: RouteState | null,
  record: RestRecord | null,
): Promise<boolean> {
  // What is unfinished here is held by this very hand.
  if (!route?.isHeld || isUnfinished(record)) return false;
  if (route.marks === null) return true;
  const stored = await store.load(route.marks.rolloutId).catch(unlessStoreIsAway);
  return stored === null || !hasEnded(stored.rollout);
}

/** Carries a put-back from wherever it stands to its end. Every step is found again by whoever looks next. */
async function putBack(ports: RestPorts, settings: PlanSettings): Promise<RestResult> {
  const { target } = settings;
  const claimId = `rest-${ports.newId()}`;
  const claim = await ports.targets.takeClaim(target, claimId);
  if (claim.kind === 'held') return { outcome: 'busy', record: await ports.targets.readRest(target) };
  try {
    return await underClaim(ports, settings);
  } finally {
    // One that stays, because the store went away, is freed by the sweep.
    await ports.targets
      .releaseClaim(target, claimId)
      .catch((error) => ports.log.warn({ service: target.service, err: error }, 'claim not released'));
  }
}

/** Looks afresh: what was seen before the claim may have been the work of a rollout that has ended since. */
async function underClaim(ports: RestPorts, settings: PlanSettings): Promise<RestResult> {
  for (let tries = 1; ; tries++) {
    const seeing = await see(ports, settings);
    const before = await ports.targets.readRest(settings.target);
    if (seeing === null || (await isOwned(ports, seeing.route, before)))
      return { outcome: 'busy', record: before };
    const verdict = judgeRest(seeing.look);
    const context = await contextOf(ports, settings, seeing.look);
    if (verdict.kind !== 'put-back') return finish(ports, settings, before, verdict, context);
    const key = `${verdict.dead}:${verdict.to}`;
    const begun = before?.state === 'stuck' ? before : enterRest(before, context, 'putting-back', key, null);
    const intent = await save(ports, context, before, begun, 'put-back');
    // Unless it is written down first, a process that dies after the write leaves nobody to say it.
    if (intent === null) return { outcome: 'busy', record: null };
    try {
      await write(ports, settings, seeing, verdict.to);
    } catch (error) {
      if (isDabbawalaError(error, 'route_conflict') && tries < TRIES) continue;
      return stuck(ports, intent, verdict, context, error);
    }
    ports.log.warn({ service: settings.target.service, ...verdict }, 'put back to stable at rest');
    const after = await see(ports, settings);
    const now = after ? await contextOf(ports, settings, after.look) : context;
    return finish(ports, settings, intent, after ? judgeRest(after.look) : verdict, now);
  }
}

async function write(
  { router }: RestPorts,
  { route }: PlanSettings,
  { route: state }: Seeing,
  to: Colour,
): Promise<void> {
  if (state === null) return;
  const marks: RouteMarks = {
    rolloutId: state.marks?.rolloutId ?? 'at-rest',
    planDigest: state.marks?.planDigest ?? '',
    step: state.marks?.step ?? -1,
    token: (state.marks?.token ?? 0) + 1,
    stableColour: to,
  };
  await router.setWeight(route, { candidate: otherColour(to), percent: 0, marks, seen: state });
}

/** The route is given back and it is said; when that fails, whoever looks next does it. */
async function finish(
  ports: RestPorts,
  settings: PlanSettings,
  before: RestRecord | null,
  verdict: RestVerdict,
  context: RestContext,
): Promise<RestResult> {
  const { target } = settings;
  if (!isUnfinished(before) || verdict.kind === 'unknown') {
    const after = noteRest(before, verdict, context);
    return { outcome: verdict.kind, record: await save(ports, context, before, after, verdict.kind) };
  }
  try {
    await ports.router.release(settings.route);
  } catch (error) {
    ports.log.warn({ service: target.service, err: error }, 'the route is not given back yet');
    return { outcome: 'put-back', record: before };
  }
  const [dead, to] = (before?.key ?? '').split(':').filter(isColour);
  if (!dead || !to) return { outcome: verdict.kind, record: before };
  const told = enterRest(before, context, 'sound', '', saidPutBack(context, dead, to));
  // Somebody may have moved it on meanwhile, or lost the other pods too: that is the next thing to say.
  const after = noteRest(told, verdict, context);
  return { outcome: 'put-back', record: await save(ports, context, before, after, 'put-back') };
}

const isColour = (text: string): text is Colour => text === 'blue' || text === 'green';

async function stuck(
  ports: RestPorts,
  before: RestRecord,
  { dead, to }: Extract<RestVerdict, { kind: 'put-back' }>,
  context: RestContext,
  thrown: unknown,
): Promise<RestResult> {
  const error = toDabbawalaError(thrown);
  const { service } = context.place.target;
  ports.log.warn({ service, code: error.code, err: error }, 'not put back to stable');
  const key = `${dead}:${to}`;
  const why = `${error.message} ${error.hint}`.trim();
  const isSaid = before.state === 'stuck' && before.key === key;
  const after = isSaid ? before : enterRest(before, context, 'stuck', key, saidStuck(context, dead, to, why));
  return { outcome: 'stuck', record: await save(ports, context, before, after, 'stuck') };
}

/** What stands afterwards; null: another look was faster, and it is left to that one. */
async function save(
  { targets }: RestPorts,
  { place: { target }, now }: RestContext,
  before: RestRecord | null,
  after: RestRecord | null,
  what: RestOutcome,
): Promise<RestRecord | null> {
  if (after === null || after === before) return before;
  const said = after.unsaid.filter(({ id }) => !before?.unsaid.some((known) => known.id === id));
  const audit: AuditDraft = {
    at: now,
    actor: null,
    origin: { via: 'engine', team: null, channel: null },
    action: `rest.${what.replaceAll('-', '_')}`,
    object: targetKey(target),
    outcome: after.state === 'stuck' ? 'failed' : 'done',
    planDigest: null,
    data: { state: after.state, key: after.key, text: said.map(({ text }) => text).join(' ') },
  };
  return (await targets.saveRest(target, after, [audit])) ? after : null;
}
