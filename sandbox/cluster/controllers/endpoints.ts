import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KINDS, type Kind } from '../kinds.ts';
import {
  cloneJson,
  type KubeObject,
  type Metadata,
  ownedBy,
  type Pod,
  type Service,
  suffixFrom,
} from '../objects.ts';
import { loopbackPort, matchesReady, PORT_ANNOTATION, resolvePort } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/**
 * Service + pods -> Endpoints and one EndpointSlice. Beside what a real slice says, its annotation
 * `sandbox.dabbawala.dev/port` holds `{"<pod address>": <port on this machine>}`: pod addresses lead nowhere here, and a
 * proxy that watches slices needs no second watch.
 */
export function startEndpoints(registry: Registry): Controller {
  const queue = new WorkQueue((key) => reconcile(registry, key));
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.services) queue.add(keyOf(object));
    if (kind !== KINDS.pods) return;
    for (const service of registry.store.list(KINDS.services, object.metadata.namespace)) {
      if (selects(service as Service, object)) queue.add(keyOf(service));
    }
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function selects(service: Service, pod: KubeObject): boolean {
  const wanted = Object.entries(service.spec?.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function reconcile(registry: Registry, key: string): void {
  const { namespace, name } = splitKey(key);
  const service = registry.store.get(KINDS.services, namespace, name) as Service | undefined;
  // Endpoints of a Service that is gone go with it; those of one without selector are somebody else's.
  if (!service) {
    const left = registry.store.get(KINDS.endpoints, namespace, name);
    if (left) registry.delete(KINDS.endpoints, namespace, name, {});
    return;
  }
  if (!service.spec?.selector) return;
  const pods = registry.store
    .list(KINDS.pods, namespace)
    .filter((pod) => selects(service, pod) && (pod as Pod).status?.podIP !== undefined) as Pod[];
  const alive = pods.filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
  upsert(registry, KINDS.endpointslices, sliceOf(service, alive));
  upsert(registry, KINDS.endpoints, endpointsOf(service, alive));
}

function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

function portsOf(
  service: Service,
  pods: readonly Pod[],
): { name?: string; port: number; protocol: string }[] {
  const containers = pods[0]?.spec.containers ?? [];
  return (service.spec.ports ?? []).map((entry) => ({
    ...(entry.name === undefined ? {} : { name: entry.name }),
    port: resolvePort(containers, entry.targetPort ?? entry.port) ?? entry.port,
    protocol: entry.protocol ?? 'TCP',
  }));
}

function targetOf(pod: Pod): Record<string, unknown> {
  const { name, namespace, uid } = pod.metadata;
  return { kind: 'Pod', name, namespace, uid };
}

function sliceOf(service: Service, pods: readonly Pod[]): KubeObject {
  const { name, namespace } = service.metadata;
  const suffix = suffixFrom(createHash('sha256').update(`${name}/${service.metadata.uid}`).digest(), 5);
  const ports = pods.flatMap((pod) => {
    const port = loopbackPort(pod);
    return port === undefined ? [] : [[pod.status?.podIP ?? '', port] as const];
  });
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      namespace,
      generateName: `${name}-`,
      labels: {
        ...service.metadata.labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      annotations: { [PORT_ANNOTATION]: JSON.stringify(Object.fromEntries(ports)) },
      ownerReferences: [ownedBy(service)],
    } as Metadata,
    addressType: 'IPv4',
    endpoints: orNull(
      pods.map((pod) => ({
        addresses: [pod.status?.podIP],
        conditions: {
          ready: matchesReady(pod) && !isLeaving(pod),
          serving: matchesReady(pod),
          terminating: isLeaving(pod),
        },
        ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
        targetRef: targetOf(pod),
      })),
    ),
    ports: pods.length === 0 ? null : portsOf(service, pods).map((entry) => ({ name: '', ...entry })),
  };
}

/** Go writes an empty list that was never filled as null. */
const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);

function endpointsOf(service: Service, pods: readonly Pod[]): KubeObject {
  const { name, namespace } = service.metadata;
  const present = pods.filter((pod) => !isLeaving(pod));
  const addressesOf = (chosen: readonly Pod[]): object[] =>
    chosen.map((pod) => ({
      ip: pod.status?.podIP,
      ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
      targetRef: targetOf(pod),
    }));
  const ready = addressesOf(present.filter(matchesReady));
  const notReady = addressesOf(present.filter((pod) => !matchesReady(pod)));
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports: portsOf(service, present),
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace,
      labels: { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    } as Metadata,
    ...(present.length > 0 ? { subsets: [subset] } : {}),
  };
}

function upsert(registry: Registry, kind: Kind, wanted: KubeObject): void {
  const { namespace, name } = wanted.metadata;
  const writer = controllerWriter(wanted.apiVersion);
  const live = registry.store.get(kind, namespace, name);
  if (!live) {
    registry.create(kind, wanted, { writer });
    return;
  }
  const { metadata, ...content } = cloneJson(wanted);
  const { metadata: liveMetadata, ...liveContent } = live;
  const isSame =
    isDeepStrictEqual(content, liveContent) &&
    isDeepStrictEqual(metadata.annotations ?? {}, liveMetadata.annotations ?? {}) &&
    isDeepStrictEqual(metadata.labels ?? {}, liveMetadata.labels ?? {});
  if (isSame) return;
  registry.update(kind, live, { ...content, metadata: { ...liveMetadata, ...metadata } } as KubeObject, {
    writer,
  });
}
