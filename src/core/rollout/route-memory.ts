/**
 * What a route remembers of its unfinished rollout, so that one whose record is lost can be restored from the cluster:
 * where it stood by its last write, never how far it would have gone. A restored rollout is paused, or on its way back.
 */
import type { ApprovalPolicy } from '../approval/approval.ts';
import { colourWorkload } from '../colour.ts';
import type { Origin, Person, Target } from '../target.ts';
import { cause, event } from './moves.ts';
import type { Plan, RolloutKind, RouteRef } from './plan.ts';
import { planDigest } from './plan-digest.ts';
import type { Cause, Rollout, RolloutEvent } from './rollout.ts';
import { freshClock, stepIndex } from './steps.ts';
import { BACK_WITHIN_MS } from './way-back.ts';

export interface RouteMemory {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly kind: RolloutKind;
  readonly target: Target;
  readonly version: string;
  readonly tag: string | null;
  /** Without the e-mail address: a route is read by many. */
  readonly requester: Person;
  readonly reason: string | null;
  readonly origin: Origin;
  readonly channel: string;
  readonly createdAt: number;
  /** null: it was too large for the object. */
  readonly plan: Plan | null;
  readonly candidateUid: string | null;
  /** The candidate's percent that our last write left. */
  readonly percent: number;
  readonly peakPercent: number;
  /** Why it goes back; null: it does not. */
  readonly wayBack: Cause | null;
}

/** @param percent candidate's percent that stands on the route with this memory */
export const memoryOf = (rollout: Rollout, plan: Plan, percent: number): RouteMemory => ({
  schemaVersion: 1,
  id: rollout.id,
  kind: rollout.kind,
  target: rollout.target,
  version: rollout.version,
  tag: rollout.tag ?? null,
  requester: { ...rollout.requester, email: null },
  reason: rollout.reason,
  origin: rollout.origin,
  channel: rollout.channel,
  createdAt: rollout.createdAt,
  plan,
  candidateUid: rollout.candidateUid,
  percent,
  peakPercent: Math.max(rollout.peakPercent, rollout.confirmedPercent, percent),
  wayBack: rollout.drainTowards === 'stable' ? withoutAddress(rollout.cause) : null,
});

/** The memory of a rollout whose weight 0 is written without its record. */
export const wayBackOf = (memory: RouteMemory, from: number, why: Cause): RouteMemory => ({
  ...memory,
  percent: 0,
  peakPercent: Math.max(memory.peakPercent, from),
  wayBack: withoutAddress(why),
});

const withoutAddress = (why: Cause): Cause => ({ ...why, by: why.by && { ...why.by, email: null } });

/** What the configuration says of the target now: a memory that says otherwise is not believed. */
export interface Configured {
  readonly target: Target;
  readonly cluster: string;
  readonly namespace: string;
  readonly route: RouteRef;
  readonly repository: string;
  readonly template: string;
  readonly container: string;
  /** Channel of its cards. */
  readonly channel: string;
  /** Of a deploy there: who may let a restored rollout go on is never taken from an object that others can write. */
  readonly approval: ApprovalPolicy;
}

export type Restored =
  | { readonly kind: 'restored'; readonly rollout: Rollout; readonly event: RolloutEvent }
  /** The end of a sentence. */
  | { readonly kind: 'unusable'; readonly why: string };

/**
 * @param live the candidate's percent on the route; null: it cannot be read, so that the last write counts
 */
export function restore(
  memory: RouteMemory,
  live: number | null,
  configured: Configured,
  now: number,
): Restored {
  const { plan } = memory;
  if (!plan) return unusable('the plan was too large to be kept on the route');
  if (planDigest(plan) !== plan.digest) return unusable('the plan on the route is not the one that was made');
  const foreign = whatDiffers(memory, plan, configured);
  if (foreign !== null) return unusable(`it is for another ${foreign} than the configuration says`);
  const policy = { ...plan, approval: configured.approval };
  const pinned: Plan = { ...policy, digest: planDigest(policy) };
  // Less than our last write is an order to go back, which the rollout itself reads from the route; more is what it has.
  const percent = Math.max(memory.percent, live ?? memory.percent);
  const peakPercent = Math.max(memory.peakPercent, percent);
  const known = { ...memory, channel: configured.channel };
  const isGoingBack = memory.wayBack !== null || (percent === 0 && peakPercent > 0);
  const rollout = isGoingBack
    ? goingBack(known, pinned, live ?? memory.percent, peakPercent, now)
    : paused(known, pinned, percent, peakPercent, now);
  const happened = event('restored', now, rollout.cause.text, {
    mention: isGoingBack ? 'none' : 'page',
    data: { percent, phase: rollout.phase },
  });
  return { kind: 'restored', rollout, event: happened };
}

const unusable = (why: string): Restored => ({ kind: 'unusable', why });

function whatDiffers(memory: RouteMemory, plan: Plan, configured: Configured): string | null {
  const same = (a: Target, b: Target): boolean =>
    a.service === b.service && a.environment === b.environment && a.region === b.region;
  if (!same(memory.target, configured.target) || !same(plan.target, configured.target)) return 'target';
  if (plan.cluster !== configured.cluster || plan.namespace !== configured.namespace) return 'cluster';
  const isSameRoute = (['kind', 'cluster', 'namespace', 'name', 'host', 'service'] as const).every(
    (part) => plan.route[part] === configured.route[part],
  );
  if (!isSameRoute) return 'route';
  const images = [plan.from.repository, plan.to.repository];
  if (images.some((repository) => repository !== configured.repository)) return 'image repository';
  const { original, colour } = plan.adoption ?? {};
  const colours = [plan.stableColour, plan.candidateColour].map((one) =>
    colourWorkload(plan.target.service, one),
  );
  const isSameTemplate =
    plan.template === configured.template &&
    plan.container === configured.container &&
    (original ?? plan.template) === plan.template &&
    (colour === undefined || colours.includes(colour));
  return isSameTemplate ? null : 'Deployment';
}

/** Where nobody is asked before a deploy, a recorded `go` is enough here too. */
const needsApproval = ({ approval }: Plan): boolean => approval.needed > 0;

const wordsOf = (percent: number): string =>
  percent === 0
    ? 'State lost: restored from the route, without traffic on the candidate'
    : `State lost: restored from the route at ${percent} %. Rules are still judged`;

function paused(memory: RouteMemory, plan: Plan, percent: number, peakPercent: number, now: number): Rollout {
  return {
    ...blank(memory, plan, percent, peakPercent, now),
    phase: 'paused',
    cause: cause(
      'state_lost',
      `${wordsOf(percent)}${needsApproval(plan) ? '; going on needs a new approval' : ''}`,
      now,
    ),
    // Before it had traffic by our hand nothing is known of pods and probes: all of it is looked at again.
    pausedFrom: memory.peakPercent === 0 ? 'preparing' : 'shifting',
    needsSince: now,
    lostAt: needsApproval(plan) ? now : null,
  };
}

function goingBack(memory: RouteMemory, plan: Plan, live: number, peakPercent: number, now: number): Rollout {
  const text = 'State lost: restored from the route on its way back, without a record of why';
  return {
    ...blank(memory, plan, live, peakPercent, now),
    phase: 'draining',
    drainTowards: 'stable',
    // As every way back: at once where stable can take it, else in steps, which begin anew.
    ...(live > 0 && !plan.adoption ? { wayBack: { until: now + BACK_WITHIN_MS } } : { desiredPercent: 0 }),
    cause: memory.wayBack ?? cause('state_lost', text, now),
  };
}

const blank = (
  memory: RouteMemory,
  plan: Plan,
  percent: number,
  peakPercent: number,
  now: number,
): Rollout => ({
  schemaVersion: 1,
  id: memory.id,
  kind: memory.kind,
  target: memory.target,
  version: memory.version,
  tag: memory.tag,
  requester: memory.requester,
  reason: memory.reason,
  origin: memory.origin,
  channel: memory.channel,
  phase: 'paused',
  outcome: null,
  cause: cause('state_lost', '', now),
  createdAt: memory.createdAt,
  phaseSince: now,
  endedAt: null,
  plan,
  refusal: null,
  approvals: [],
  asks: [],
  step: percent === 0 ? -1 : stepIndex(plan, percent),
  desiredPercent: percent,
  confirmedPercent: percent,
  peakPercent,
  clock: freshClock(percent >= 100 ? plan.times.bakeMs : plan.times.stepMs, plan.times.tickMs),
  breaches: {},
  verdicts: [],
  chart: [],
  observedShare: null,
  observedRps: null,
  hold: null,
  needsSince: null,
  mentions: 0,
  reasserts: [],
  pausedFrom: null,
  probes: [],
  candidateUid: memory.candidateUid,
  drainTowards: null,
  candidateReady: 0,
  stableReady: 0,
});

/** Restored and not yet approved anew: `go` asks, and nothing goes up before somebody else said yes. */
export const isLost = ({ lostAt }: Pick<Rollout, 'lostAt'>): boolean => lostAt != null;
