/**
 * Autoscalers and budgets over a rollout's life: floors and the candidate's twin while it lives, everything back at its
 * end. Level by level: what lacks is done, what stands is left, so that a crash between any two writes is repaired.
 */
import type { Role } from '../colour.ts';
import { workloadOf } from './adoption.ts';
import { type AutoscalerState, autoscalerWords, floorFor, ownMin } from './autoscaler.ts';
import type { Decision, Effect, Observed, ScalingSeen } from './decision.ts';
import { event, holdFor, planOf, wait } from './moves.ts';
import type { AutoscalerPlan, Plan } from './plan.ts';
import type { Phase, Rollout, RolloutEvent } from './rollout.ts';
import { capacityOf } from './steps.ts';

/** Phases in which either colour may have to carry everything. In `draining` the end is being laid instead. */
const KEPT: readonly Phase[] = ['preparing', 'probing', 'shifting', 'analysing', 'baking', 'paused'];

const twinOf = ({ kind, twin }: AutoscalerPlan) => (twin === null ? null : { kind, name: twin });

/** The candidate is there and ours: from here on every end of the rollout passes through `draining`. */
const hasCandidate = (rollout: Rollout, { candidate }: Observed): boolean =>
  candidate?.kind === 'seen' && candidate.value.rolloutId === rollout.id && !candidate.value.isBeingDeleted;

/** What lacks of floors, twin and pods. */
function lacking(rollout: Rollout, observed: Observed): readonly Effect[] {
  const plan = planOf(rollout);
  if (!hasCandidate(rollout, observed)) return [];
  if (!plan.autoscaler) return morePods(plan, observed);
  if (observed.scaling?.kind !== 'seen') return [];
  const { own, twin } = observed.scaling.value;
  const capacity = capacityOf(plan, observed.stable);
  return [
    ...ownFloor(rollout, plan.autoscaler, own, capacity),
    ...twinEffects(rollout, plan.autoscaler, own, twin, capacity),
  ];
}

/** Raised once: whoever lowers it afterwards knows why, and is told what that costs. */
const ownFloor = (
  rollout: Rollout,
  { kind, name }: AutoscalerPlan,
  own: AutoscalerState | null,
  capacity: number,
): readonly Effect[] => {
  if (!own || own.isBeingDeleted || own.floor?.rolloutId === rollout.id) return [];
  const replicas = floorFor({ min: ownMin(own), max: own.max }, capacity);
  return [{ kind: 'raise-floor', of: { kind, name }, replicas }];
};

function twinEffects(
  rollout: Rollout,
  plan: AutoscalerPlan,
  own: AutoscalerState | null,
  twin: AutoscalerState | null,
  capacity: number,
): readonly Effect[] {
  const of = twinOf(plan);
  if (!of || twin?.isBeingDeleted) return [];
  // Made by a rollout that was lost with its record: this one makes its own.
  if (twin && twin.madeBy !== null && twin.madeBy !== rollout.id)
    return [{ kind: 'delete-twin', of, uid: twin.uid }];
  if (!twin) {
    if (!own) return [];
    const replicas = floorFor({ min: ownMin(own), max: own.max }, capacity);
    return [{ kind: 'create-twin', of, replicas }];
  }
  const replicas = floorFor(twin, capacity);
  return twin.madeBy === rollout.id && twin.min < replicas ? [{ kind: 'raise-floor', of, replicas }] : [];
}

/** Without an autoscaler of its own the candidate gets as many pods as stable got meanwhile; a tick apart, never fewer. */
function morePods(plan: Plan, { candidate, stable, sample }: Observed): readonly Effect[] {
  const capacity = capacityOf(plan, stable);
  const replicas = candidate?.kind === 'seen' ? candidate.value.replicas : capacity;
  return sample && replicas < capacity ? [{ kind: 'scale', role: 'candidate', replicas: capacity }] : [];
}

/** Before the candidate may have traffic: floors and twin stand. null: they do. */
export function layScaling(rollout: Rollout, observed: Observed): Decision | null {
  const { autoscaler } = planOf(rollout);
  if (!autoscaler) return null;
  if (observed.scaling?.kind !== 'seen') return unseenScaling(rollout, observed);
  const { own, twin } = observed.scaling.value;
  const effects = lacking(rollout, observed);
  const isWaiting = effects.length > 0 || twin?.isBeingDeleted === true;
  const fault = observed.fault ?? ambiguous(own) ?? ambiguous(twin) ?? taken(twin, rollout);
  if (!isWaiting && fault === null) return null;
  return wait({
    ...rollout,
    hold: fault === null ? null : holdFor(rollout, 'candidate_not_ready', fault, observed.now),
  });
}

const ambiguous = (seen: AutoscalerState | null): string | null =>
  seen?.fault ? `${autoscalerWords(seen)} ${seen.fault}` : null;

const taken = (twin: AutoscalerState | null, { id }: Rollout): string | null =>
  twin && twin.madeBy !== id
    ? `${autoscalerWords(twin)} is somebody else's: the candidate cannot have one of that name`
    : null;

/** Floors, twin and pods in every phase that needs them, whichever rule decided. */
export function keepScaling(decision: Decision, observed: Observed): Decision {
  const { next } = decision;
  if (!next.plan || !KEPT.includes(next.phase)) return decision;
  const effects = lacking(next, observed);
  const told = floorLost(next, observed);
  if (effects.length === 0 && !told) return decision;
  return {
    ...decision,
    next: told ? { ...next, isFloorLost: true } : next,
    effects: [...decision.effects, ...effects],
    events: told ? [...decision.events, told] : decision.events,
  };
}

/** Said once, never fought: whoever lowers a minimum in mid-rollout does so on purpose. */
function floorLost(rollout: Rollout, { scaling, now }: Observed): RolloutEvent | null {
  const own = scaling?.kind === 'seen' ? scaling.value.own : null;
  if (!own?.floor || own.floor.rolloutId !== rollout.id || rollout.isFloorLost) return null;
  const { replicas } = own.floor;
  if (own.min >= replicas) return null;
  const text = `Somebody set the minimum of ${autoscalerWords(own)} to ${own.min}, where ${replicas} kept pods for the way back; it is left so`;
  return event('foreign_edit', now, text, {
    mention: 'requester',
    data: { autoscaler: own.name, seen: own.min, floor: replicas },
  });
}

/**
 * The end of everything that was laid: twin gone, then the service's autoscaler on the winner with its own minimum, then
 * the budget. The twin goes first, since two over one Deployment stop each other and KEDA refuses the second. null: done.
 */
export function settleScaling(rollout: Rollout, observed: Observed, towards: Role): Decision | null {
  const plan = planOf(rollout);
  if (!plan.autoscaler && plan.budget === undefined) return null;
  if (observed.scaling?.kind !== 'seen') return unseenScaling(rollout, observed);
  const effects = unsettled(plan, observed.scaling.value, towards);
  if (effects === null) return null;
  const { fault, now } = observed;
  const text = `Autoscaler and budget are not as they shall stay: ${fault}`;
  const hold = fault === null ? null : holdFor(rollout, 'cluster_unavailable', text, now);
  return wait({ ...rollout, hold }, effects);
}

/** null: nothing is left to do. Empty: something is under way. */
function unsettled(plan: Plan, { own, twin, budget }: ScalingSeen, towards: Role): readonly Effect[] | null {
  const scaler = plan.autoscaler;
  const of = scaler && twinOf(scaler);
  const isTwinLeft = of != null && twin !== null && twin.madeBy !== null;
  const to = scaler && own ? movesTo(plan, own, towards) : null;
  const effects: Effect[] = [];
  if (isTwinLeft && !twin.isBeingDeleted) effects.push({ kind: 'delete-twin', of, uid: twin.uid });
  const isFree = to === null || !isTwinLeft;
  if (scaler && own && !own.isBeingDeleted && isFree && (to !== null || own.floor !== null))
    effects.push({ kind: 'settle-autoscaler', of: { kind: scaler.kind, name: scaler.name }, to });
  const colour = towards === 'stable' ? plan.stableColour : plan.candidateColour;
  if (plan.budget !== undefined && budget !== null && budget !== colour)
    effects.push({ kind: 'move-budget', name: plan.budget, to: colour });
  return effects.length > 0 || isTwinLeft ? effects : null;
}

/** Where somebody pointed it elsewhere meanwhile, it stays there. */
function movesTo(plan: Plan, own: AutoscalerState, towards: Role): string | null {
  const to = workloadOf(plan, towards);
  const isOurs = [workloadOf(plan, 'stable'), workloadOf(plan, 'candidate')].includes(own.target);
  return isOurs && own.target !== to ? to : null;
}

function unseenScaling(rollout: Rollout, { now, scaling }: Observed): Decision {
  const detail = scaling?.kind === 'unknown' ? scaling.detail : 'not looked at yet';
  const hold = holdFor(rollout, 'cluster_unavailable', `The autoscaler cannot be seen: ${detail}`, now);
  return wait({ ...rollout, hold });
}

/** A plan that is void before it made anything may still have to take floors back: a candidate that somebody deleted. */
export const undoScaling = (plan: Plan): readonly Effect[] => {
  const scaler = plan.autoscaler;
  return scaler
    ? [{ kind: 'settle-autoscaler', of: { kind: scaler.kind, name: scaler.name }, to: null }]
    : [];
};
