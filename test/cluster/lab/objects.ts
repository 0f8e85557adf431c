/** What a namespace holds, settled or swept. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Api, Body } from './api.ts';

const SWEPT = [
  '/apis/networking.istio.io/v1/namespaces/{}/virtualservices',
  '/apis/networking.istio.io/v1/namespaces/{}/destinationrules',
  '/apis/apps/v1/namespaces/{}/deployments',
  '/apis/batch/v1/namespaces/{}/jobs',
  '/apis/keda.sh/v1alpha1/namespaces/{}/scaledobjects',
  '/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers',
  '/apis/policy/v1/namespaces/{}/poddisruptionbudgets',
  '/api/v1/namespaces/{}/services',
  '/api/v1/namespaces/{}/resourcequotas',
  '/api/v1/namespaces/{}/persistentvolumeclaims',
] as const;
const FOLLOWING = ['/apis/apps/v1/namespaces/{}/replicasets', '/api/v1/namespaces/{}/pods'] as const;

const left = async (api: Api, namespace: string, places: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(places.map((place) => api.list(place.replace('{}', namespace))));
  return places
    .filter((_place, at) => (found[at]?.length ?? 0) > 0)
    .map((place) => place.replace('{}', namespace));
};

/** Deletes everything that tests make, and resolves when it is gone. Pods end at once: nobody is asked. */
export async function wipe(api: Api, namespace: string, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (const place of await left(api, namespace, SWEPT))
    await api.must('DELETE', place, { body: { propagationPolicy: 'Background' } });
  for (;;) {
    const rest = await left(api, namespace, [...SWEPT, ...FOLLOWING]);
    if (rest.length === 0) return;
    const pods = rest.find((place) => place.endsWith('/pods'));
    if (pods !== undefined) await api.must('DELETE', pods, { body: { gracePeriodSeconds: 0 } });
    if (performance.now() > deadline)
      throw new Error(`not swept within ${withinMs / 1000} s: ${rest.join(', ')}`);
    await delay(40);
  }
}

const isDone = ({ metadata, spec, status }: Body): boolean => {
  const wanted = spec.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= metadata.generation &&
    (status?.replicas ?? 0) === wanted &&
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.readyReplicas ?? 0) === wanted
  );
};

const isReady = (pod: Body): boolean =>
  pod.status?.conditions?.some((one: Body) => one.type === 'Ready' && one.status === 'True') ?? false;

/** Whether the endpoints of every Service are the ready pods that it selects. */
const areEndpointsCurrent = async (api: Api, namespace: string, pods: readonly Body[]): Promise<boolean> => {
  const services = await api.list(`/api/v1/namespaces/${namespace}/services`);
  const slices = await api.list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`);
  return services
    .filter(({ spec }) => spec.selector !== undefined)
    .every(({ metadata, spec }) => {
      const wanted = Object.entries(spec.selector);
      const selected = pods.filter(
        (pod) => isReady(pod) && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value),
      );
      const published = slices
        .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
        .flatMap((slice) => slice.endpoints ?? [])
        .filter((endpoint: Body) => endpoint.conditions?.ready === true);
      return published.length === selected.length;
    });
};

/** Resolves when every Deployment has the ready pods that it wants, none is on its way out, and the Services know. */
export async function settle(api: Api, namespace: string, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const deployments = await api.list(`/apis/apps/v1/namespaces/${namespace}/deployments`);
    const pods = await api.list(`/api/v1/namespaces/${namespace}/pods`);
    const isLeaving = pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (!isLeaving && deployments.every(isDone) && (await areEndpointsCurrent(api, namespace, pods))) return;
    if (performance.now() > deadline) {
      const open = deployments.filter((one) => !isDone(one)).map(({ metadata }) => metadata.name);
      throw new Error(`not settled within ${withinMs / 1000} s: ${open.join(', ') || 'pods are leaving'}`);
    }
    await delay(30);
  }
}
