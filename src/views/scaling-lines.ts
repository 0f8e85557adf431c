/** What an approver reads of autoscalers and budgets: at most a line each. */
import type { AutoscalerPlan, Plan } from '../core/rollout/plan.ts';
import { escapeText } from './text.ts';

export const scalingLines = (plan: Plan): readonly string[] => [
  ...(plan.autoscaler ? scalerLines(plan.autoscaler) : []),
  ...gateNotes(plan),
];

function scalerLines(scaler: AutoscalerPlan): readonly string[] {
  const { min, max, floor, manager, kind } = scaler;
  const name = `${kind === 'HorizontalPodAutoscaler' ? 'HPA' : kind} ${scaler.name}`;
  const both = scaler.twin === null ? '' : ' for both colours';
  const fields = `/spec/${kind === 'ScaledObject' ? 'minReplicaCount' : 'minReplicas'} and /spec/scaleTargetRef/name`;
  return [
    `*Autoscaler* ${escapeText(name, 120)}: ${min}–${max}, floor ${floor}${both} while this runs, then ${min} again, on the winner`,
    ...(manager === null
      ? []
      : [`⚠️ ${escapeText(manager, 120)} manages it and may take that back: let it ignore ${fields}`]),
  ];
}

/** Gates that passed and still have something to say. */
const gateNotes = ({ gates, autoscaler }: Plan): readonly string[] =>
  gates.flatMap(({ gate, passed, reason }) => {
    const isSilent = !passed || reason === 'there is none';
    if (isSilent) return [];
    if (gate === 'disruption') return [`*Evictions* ${escapeText(reason, 300)}`];
    return gate === 'autoscaler' && !autoscaler && reason.startsWith('⚠️')
      ? [`*Autoscaler* ${escapeText(reason, 300)}`]
      : [];
  });
