/** Gathers what scales and protects a service that stands as blue and green. */
import { type Colour, colourWorkload, otherColour } from '../core/colour.ts';
import type { PlanSettings, ScalingFacts } from '../core/rollout/facts.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';

export interface Standing {
  readonly template: DeploymentState | null;
  readonly colours: Readonly<Record<Colour, DeploymentState | null>>;
  /** null: the route names none. */
  readonly live: Colour | null;
}

/** A way back is not refused for want of a right that it can do without. */
export async function gatherScaling(
  workloads: Workloads,
  settings: PlanSettings,
  standing: Standing,
  signal?: AbortSignal,
): Promise<ScalingFacts> {
  try {
    return await gather(workloads, settings, standing, signal);
  } catch (error) {
    if (settings.kind !== 'rollback' || !isDabbawalaError(error, 'forbidden')) throw error;
    return { autoscalers: [], taken: [], budgets: null };
  }
}

async function gather(
  workloads: Workloads,
  settings: PlanSettings,
  { template, colours, live }: Standing,
  signal?: AbortSignal,
): Promise<ScalingFacts> {
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const { service } = settings.target;
  const scaled = [settings.template, colourWorkload(service, 'blue'), colourWorkload(service, 'green')];
  const running = live && colours[live];
  const [{ found, taken }, budgets] = await Promise.all([
    workloads.autoscalers(place, scaled, signal),
    template && live && running
      ? workloads.budgets(
          place,
          {
            stable: { template: running.template, colour: live },
            candidate: { template: template.template, colour: otherColour(live) },
          },
          signal,
        )
      : [],
  ]);
  return { autoscalers: found, taken, budgets };
}
