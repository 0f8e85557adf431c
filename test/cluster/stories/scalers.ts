/** The autoscalers of the world: as they are, and whether Kubernetes ever stopped one. */
import { WORLD } from '../../../sandbox/contract.ts';
import { watchKind } from '../../../sandbox/mesh/watch.ts';
import type { Body } from '../lab/api.ts';
import { labFacts } from '../lab/facts.ts';
import type { RealWorld } from './real-world.ts';

export const HPAS = `/apis/autoscaling/v2/namespaces/${WORLD.namespace}/horizontalpodautoscalers`;

const conditionOf = (scaler: Body | undefined, wanted: string): Body | undefined =>
  scaler?.status?.conditions?.find(({ type }: Body) => type === wanted);

/** `payment-gateway on payment-gateway-blue from 3`, sorted. */
export const summary = (world: RealWorld): readonly string[] =>
  (world.cluster.list(HPAS) as readonly Body[])
    .map(({ metadata, spec }) => `${metadata.name} on ${spec.scaleTargetRef.name} from ${spec.minReplicas}`)
    .toSorted();

/** Whether it sees metrics of its pods and acts on them. */
export const isActive = (world: RealWorld, name: string): boolean => {
  const active = conditionOf(world.cluster.read(`${HPAS}/${name}`), 'ScalingActive');
  return active?.status === 'True' && active.reason === 'ValidMetricFound';
};

/** Every state of every autoscaler from now on, none between two looks left out. */
export function watchScalers(): { readonly ambiguous: readonly string[]; close(): void } {
  const { server, adminToken } = labFacts();
  const ended = new AbortController();
  const ambiguous: string[] = [];
  const look = (scaler: Body): void => {
    const active = conditionOf(scaler, 'ScalingActive');
    if (active?.reason === 'AmbiguousSelector') ambiguous.push(`${scaler.metadata.name}: ${active.message}`);
  };
  void watchKind<Body>({
    clusterUrl: server,
    token: adminToken,
    path: HPAS,
    signal: ended.signal,
    onList: (all) => all.forEach(look),
    onEvent: (_type, scaler) => look(scaler),
  });
  return { ambiguous, close: () => ended.abort() };
}
