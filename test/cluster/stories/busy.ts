/** How busy pods are: a service's work, shared as its route says, over the ready pods that get it. */
import { WORLD } from '../../../sandbox/contract.ts';
import { paths } from '../../acceptance/support/config.ts';
import type { Body } from '../lab/api.ts';
import { labFacts } from '../lab/facts.ts';
import { startMetricsApi } from '../lab/metrics-api.ts';
import type { RealWorld } from './real-world.ts';

const PODS = `/api/v1/namespaces/${WORLD.namespace}/pods`;
const COLOUR = 'dabbawala.dev/colour';

export const podsOf = (
  world: RealWorld,
  service: string,
  colour?: 'blue' | 'green' | 'plain',
): readonly Body[] =>
  (world.cluster.list(PODS) as readonly Body[]).filter(
    ({ metadata, spec }) =>
      metadata.labels?.app === service &&
      metadata.deletionTimestamp === undefined &&
      spec.restartPolicy === 'Always' &&
      (colour === undefined || (metadata.labels[COLOUR] ?? 'plain') === colour),
  );

export const isReady = ({ status }: Body): boolean =>
  status?.conditions?.some(({ type, status: is }: Body) => type === 'Ready' && is === 'True') ?? false;

/** Percent of the traffic that a destination of the pod's colour has; of a route without colours every pod has all. */
function shareOf(world: RealWorld, service: string, colour: string | undefined): number {
  const { route } = (world.cluster.read(paths(service).route) as Body).spec.http[0];
  const own = route.find(({ destination }: Body) => destination.subset === colour);
  if (own !== undefined) return own.weight ?? (route.length === 1 ? 100 : 0);
  return route.every(({ destination }: Body) => destination.subset === undefined) ? 100 : 0;
}

export interface Busy {
  /** Thousandths of a core that all requests of the service take together from now on. */
  set(service: string, work: number): void;
  close(): Promise<void>;
}

/** The resource metrics API over the pods of the world. */
export async function startBusy(world: RealWorld): Promise<Busy> {
  const work = new Map<string, number>();
  const cpuOf = (pod: Body): number => {
    const { app, [COLOUR]: colour } = pod.metadata.labels ?? {};
    if (!isReady(pod)) return 0;
    const share = shareOf(world, app, colour);
    const isShared = share === 100 && shareOf(world, app, undefined) === 100;
    const peers = podsOf(world, app, isShared ? undefined : (colour ?? 'plain')).filter(isReady);
    return ((work.get(app) ?? 0) * share) / 100 / Math.max(1, peers.length);
  };
  const api = await startMetricsApi({
    facts: labFacts(),
    api: world.cluster.api,
    podsOf: (namespace) =>
      namespace === WORLD.namespace ? (world.cluster.list(PODS) as readonly Body[]) : [],
    cpuOf,
  });
  return { set: (service, amount) => void work.set(service, amount), close: () => api.close() };
}
