import type { Observed } from './decision.ts';
import type { Plan } from './plan.ts';
import type { StepClock } from './rollout.ts';

/** First planned weight above what the candidate has; null: it has them all. */
export const nextStep = (plan: Plan, percent: number): number | null =>
  plan.steps.find((step) => step > percent) ?? null;

/** Index of the last planned weight that `percent` covers; -1 before the first. */
export const stepIndex = (plan: Plan, percent: number): number =>
  plan.steps.reduce((found, step, index) => (step <= percent ? index : found), -1);

/** Index of the step that is under way or on its way. */
export const stepUnderWay = (plan: Plan, { desiredPercent }: { readonly desiredPercent: number }): number =>
  stepIndex(plan, desiredPercent);

/** Ticks with a verdict that a stretch of analysis takes: at least one. */
export const ticksFor = (durationMs: number, tickMs: number): number =>
  Math.max(1, Math.ceil(durationMs / tickMs));

export const freshClock = (durationMs: number, tickMs: number): StepClock => ({
  knownTicks: 0,
  neededTicks: ticksFor(durationMs, tickMs),
  lastTickAt: null,
  blindSince: null,
});

/**
 * Pods that carry all the traffic: those of stable now, where an autoscaler or a person added some since the plan was
 * made, and never fewer than the plan found.
 */
export const capacityOf = (plan: Plan, stable: Observed['stable']): number =>
  Math.max(plan.replicas, stable?.kind === 'seen' ? stable.value.replicas : 0);

/** Ready pods that the candidate needs before it may have `percent` of the traffic. */
export const podsFor = (plan: Plan, percent: number, { stable }: Pick<Observed, 'stable'>): number =>
  Math.ceil((capacityOf(plan, stable) * percent) / 100);
