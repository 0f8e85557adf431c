/** One look at the autoscalers and the budget that the plan cares for. */
import type { ScalingSeen } from '../core/rollout/decision.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Workloads } from '../ports/workloads.ts';

export const hasScaling = ({ autoscaler, budget }: Plan): boolean =>
  autoscaler !== undefined || budget !== undefined;

export async function lookAtScaling(
  workloads: Workloads,
  plan: Plan,
  signal: AbortSignal,
): Promise<ScalingSeen> {
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  const scaler = plan.autoscaler;
  const [own, twin, budget] = await Promise.all([
    scaler ? workloads.readAutoscaler(place, scaler, signal) : null,
    scaler && scaler.twin !== null
      ? workloads.readAutoscaler(place, { kind: scaler.kind, name: scaler.twin }, signal)
      : null,
    plan.budget === undefined ? null : workloads.budgetColour(place, plan.budget, signal),
  ]);
  return { own, twin, budget };
}
