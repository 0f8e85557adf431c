/** Does what was decided about autoscalers and budgets. */
import { workloadOf } from '../core/rollout/adoption.ts';
import type { Effect } from '../core/rollout/decision.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Workloads } from '../ports/workloads.ts';

const KINDS = [
  'move-autoscaler',
  'raise-floor',
  'create-twin',
  'delete-twin',
  'settle-autoscaler',
  'move-budget',
] as const;
export type ScalingEffect = Extract<Effect, { readonly kind: (typeof KINDS)[number] }>;

export const isScaling = (effect: Effect): effect is ScalingEffect =>
  (KINDS as readonly string[]).includes(effect.kind);

export async function applyScaling(
  workloads: Workloads,
  { rolloutId, plan }: { readonly rolloutId: string; readonly plan: Plan },
  effect: ScalingEffect,
  signal: AbortSignal,
): Promise<void> {
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  switch (effect.kind) {
    case 'move-autoscaler': {
      const moved = plan.adoption?.autoscaler;
      if (!moved) return;
      const ref = { kind: moved.kind ?? 'HorizontalPodAutoscaler', name: moved.name };
      const from = effect.to === moved.to ? moved.from : moved.to;
      return workloads.moveAutoscaler(place, ref, { from, to: effect.to }, signal);
    }
    case 'raise-floor':
      return workloads.raiseFloor(place, effect.of, { rolloutId, replicas: effect.replicas }, signal);
    case 'create-twin': {
      if (!plan.autoscaler) return;
      const { kind, name } = plan.autoscaler;
      const twin = {
        like: { kind, name },
        name: effect.of.name,
        target: workloadOf(plan, 'candidate'),
        colour: plan.candidateColour,
        service: plan.target.service,
        floor: effect.replicas,
        rolloutId,
      };
      return workloads.createTwin(place, twin, signal);
    }
    case 'delete-twin':
      return workloads.deleteTwin(place, effect.of, effect.uid, signal);
    case 'settle-autoscaler':
      return workloads.settleAutoscaler(place, effect.of, effect.to, signal);
    case 'move-budget':
      return workloads.moveBudget(place, effect.name, effect.to, signal);
  }
}
