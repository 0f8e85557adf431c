/** What people ask of a running rollout: hold, go, traffic, promote; the rollback is in ask-rollback.ts. The next pass answers; a wake makes it come now. */
import { evidenceWanted, subjectWords } from '../core/rollout/midway.ts';
import { event } from '../core/rollout/moves.ts';
import { type Ask, hasEnded, type Phase, type Rollout } from '../core/rollout/rollout.ts';
import { isLost } from '../core/rollout/route-memory.ts';
import { stepUnderWay } from '../core/rollout/steps.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { askApproval } from './ask-approval.ts';
import { asked, BEFORE_APPROVAL } from './ask-rollback.ts';
import { type Change, changeRollout, runningOf } from './change-rollout.ts';
import { assertNoIncident } from './incidents/open-incidents.ts';
import { assertMay } from './permissions.ts';
import type { Actor, Services } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

const WITH_TRAFFIC: readonly Phase[] = ['shifting', 'analysing', 'paused', 'baking'];

/** Paused before its probes passed: they are never skipped, by whatever approval. */
const isBeforeTraffic = ({ phase, pausedFrom, confirmedPercent }: Rollout): boolean =>
  phase === 'paused' && confirmedPercent === 0 && (pausedFrom === 'preparing' || pausedFrom === 'probing');

const noRollout = (target: Target): DabbawalaError =>
  new DabbawalaError('no_rollout', `No rollout of ${target.service} is running in ${target.environment}.`);

async function mustRun(ports: UseCasePorts, target: Target): Promise<Stored> {
  const stored = await runningOf(ports, target);
  if (!stored) throw noRollout(target);
  return stored;
}

/** Nothing to do, and still something that a person did. */
const noted = (rollout: Rollout, ask: Ask['kind'], text: string, actor: Actor, now: number): Change => ({
  next: rollout,
  events: [event('ask', now, text, { by: actor.person, inThread: false, data: { ask } })],
});

export async function hold(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
  reason: string | null,
): Promise<Stored> {
  await assertMay(ports, actor, 'hold', target);
  const running = await mustRun(ports, target);
  return changeRollout(ports, actor, running.rollout.id, (rollout, now) => {
    if (BEFORE_APPROVAL.includes(rollout.phase) || rollout.phase === 'draining' || hasEnded(rollout))
      throw notNow('hold', rollout);
    const who = actor.person.name ?? actor.person.id;
    if (rollout.phase === 'paused')
      return noted(rollout, 'hold', `${who} asked to hold what is paused already`, actor, now);
    return asked(
      rollout,
      { kind: 'hold', by: actor.person, at: now, reason },
      `${actor.person.name ?? actor.person.id} asked to hold`,
    );
  });
}

export async function go(ports: UseCasePorts, actor: Actor, target: Target): Promise<Stored> {
  await assertMay(ports, actor, 'go', target);
  const running = await mustRun(ports, target);
  return changeRollout(ports, actor, running.rollout.id, (rollout, now) => {
    const wanted = isLost(rollout) ? resumeWanted(rollout) : evidenceWanted(rollout);
    if (wanted) return askApproval(rollout, actor, wanted, `asks for ${subjectWords(wanted)}`, now);
    const isUnverified =
      rollout.phase === 'draining' && rollout.drainTowards === 'stable' && rollout.hold !== null;
    if (rollout.phase !== 'paused' && !isUnverified)
      throw isHeldByLowTraffic(rollout) ? waits(rollout) : notNow('go', rollout);
    return asked(
      rollout,
      { kind: 'go', by: actor.person, at: now },
      `${actor.person.name ?? actor.person.id} said go`,
    );
  });
}

/** Who approved it is lost with the record: somebody else says yes anew, to what the route has now. */
const resumeWanted = ({ phase, step, confirmedPercent, desiredPercent }: Rollout) =>
  phase === 'paused' && confirmedPercent === desiredPercent
    ? { kind: 'resume' as const, step, percent: confirmedPercent }
    : null;

/** Skips the waits that are left, never a rule and never the bake: so it is asked, like everything that goes up. */
export async function promote(ports: UseCasePorts, actor: Actor, target: Target): Promise<Stored> {
  await assertMay(ports, actor, 'promote', target);
  const running = await mustRun(ports, target);
  await assertNoIncident(ports.incidents, target, running.rollout.fixes ?? running.rollout.plan?.fixes);
  return changeRollout(ports, actor, running.rollout.id, (rollout, now) => {
    const { phase, plan } = rollout;
    if (phase === 'paused')
      throw new DabbawalaError('not_now', 'The rollout is paused, and what is paused is not promoted.', {
        hint: 'Say `go` first.',
      });
    if (phase === 'baking' || (phase === 'shifting' && rollout.desiredPercent >= 100))
      throw new DabbawalaError(
        'not_now',
        'The candidate has all the traffic, and the bake is never skipped.',
        {
          hint: 'Wait for the end of the bake; the card shows when.',
        },
      );
    if (!plan || plan.adoption || (phase !== 'shifting' && phase !== 'analysing'))
      throw notNow('promote', rollout);
    const subject = { kind: 'promote' as const, step: stepUnderWay(plan, rollout) };
    return askApproval(rollout, actor, subject, 'asks to promote: 100 % in one move, then the bake', now);
  });
}

const isHeldByLowTraffic = ({ hold, plan }: Rollout): boolean =>
  hold?.code === 'too_few_requests' && plan !== null;

/** Low traffic that nobody may excuse, or not yet. */
const waits = (rollout: Rollout): DabbawalaError =>
  new DabbawalaError(
    'not_now',
    `Too few requests come to judge it, and the plan waits for them (${rollout.hold?.text}).`,
    {
      hint:
        rollout.plan?.analysis.lowTraffic === 'approve'
          ? 'An approver may let it go on when the bake had its whole time.'
          : 'Give it a larger share with `traffic`, or wait for requests.',
    },
  );

const notNow = (verb: string, rollout: Rollout): DabbawalaError =>
  new DabbawalaError(
    'not_now',
    `There is nothing to ${verb}: the rollout is ${rollout.phase} (${rollout.cause.text}).`,
  );

export async function shiftTraffic(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
  percent: number,
): ReturnType<Services['shiftTraffic']> {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100)
    throw new DabbawalaError('invalid_argument', `${percent} is not a whole percent from 0 to 100.`, {
      hint: 'Example: traffic payment-gateway 25',
    });
  await assertMay(ports, actor, 'traffic', target);
  const running = await mustRun(ports, target);
  let kind: 'at-once' | 'approval-asked' = 'at-once';
  const stored = await changeRollout(ports, actor, running.rollout.id, (rollout, now) => {
    if (rollout.plan?.adoption)
      throw new DabbawalaError(
        'not_now',
        'An adoption moves all traffic or none: there is no share between.',
        {
          hint: 'Type `hold` to stop it where it is, or `rollback`.',
        },
      );
    if (!WITH_TRAFFIC.includes(rollout.phase) || !rollout.plan || isBeforeTraffic(rollout))
      throw notNow('shift', rollout);
    // While a shift is on its way nobody can say whether a weight in between would be up or down.
    const [low, high] = [rollout.confirmedPercent, rollout.desiredPercent].toSorted((a, b) => a - b);
    if (low !== undefined && high !== undefined && low < high && percent >= low && percent <= high)
      throw new DabbawalaError(
        'not_now',
        `The shift from ${rollout.confirmedPercent} % to ${rollout.desiredPercent} % is under way.`,
        {
          hint: `Ask again when it is there, for less than ${low} % at once, or \`rollback\`.`,
        },
      );
    if (percent === rollout.confirmedPercent)
      throw new DabbawalaError('not_now', `The candidate has ${percent} % already.`, {
        hint: 'Name another percent.',
      });
    if (percent < rollout.confirmedPercent && percent < rollout.desiredPercent) {
      kind = 'at-once';
      return asked(
        rollout,
        { kind: 'traffic', by: actor.person, at: now, percent },
        `${actor.person.name ?? actor.person.id} asked for ${percent} %`,
      );
    }
    if (isLost(rollout))
      throw new DabbawalaError(
        'not_now',
        'The record of who approved this rollout is lost, so nothing goes up before it is approved anew.',
        { hint: 'Say `go`: it asks an approver on the card. Then ask for more.' },
      );
    kind = 'approval-asked';
    const subject = { kind: 'traffic' as const, step: rollout.step, percent };
    return askApproval(rollout, actor, subject, `asks to shift to ${percent} %`, now);
  });
  return { kind, stored, sentence: shareSentence(stored.rollout, percent) };
}

const shareSentence = ({ plan }: Rollout, percent: number): string =>
  `${percent} % to ${plan?.to.tag ?? 'the candidate'}, ${100 - percent} % to ${plan?.from.tag ?? 'stable'}`;
