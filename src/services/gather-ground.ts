/** Gathers what a second set of pods would stand on, without touching anything. */
import { colourWorkload } from '../core/colour.ts';
import type { PlanSettings } from '../core/rollout/facts.ts';
import type { Ground, Owned } from '../core/rollout/ground.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';

export interface GroundPorts {
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
}

/** Kubernetes Service of the route's host. */
export const serviceOfHost = ({ route }: Pick<PlanSettings, 'route'>): string =>
  route.host.split('.')[0] ?? route.host;

export async function gatherGround(
  { router, workloads }: GroundPorts,
  settings: PlanSettings,
  deployments: readonly Promise<DeploymentState | null>[],
  signal?: AbortSignal,
): Promise<Ground> {
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const { service } = settings.target;
  const names = [settings.template, colourWorkload(service, 'blue'), colourWorkload(service, 'green')];
  const host = serviceOfHost(settings);
  const [mesh, room, { endpointOwners, exclusiveClaims }, states] = await Promise.all([
    router.surveyMesh(settings.route, signal),
    workloads.surveyRoom(place, { service: host, deployments: names }, signal),
    workloads.survey(
      place,
      { service: host, deployment: settings.template, container: settings.container, scaled: [] },
      signal,
    ),
    Promise.all(deployments),
  ]);
  const owners = states.flatMap((state): Owned[] =>
    state?.owner ? [{ kind: 'Deployment', name: state.name, owner: state.owner }] : [],
  );
  return { owners: [...owners, ...mesh.owners], mesh, room, endpointOwners, exclusiveClaims };
}
