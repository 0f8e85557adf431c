import { KINDS } from './kinds.ts';
import type { Container, KubeObject, Pod } from './objects.ts';
import type { Store } from './store.ts';

/** What several parts ask about a pod. */

/** Where the pod really listens: on a port of this machine. A proxy reads it here and on the EndpointSlice. */
export const PORT_ANNOTATION = 'sandbox.dabbawala.dev/port';

export function matchesReady(pod: KubeObject): boolean {
  return (
    (pod as Pod).status?.conditions?.some((entry) => entry.type === 'Ready' && entry.status === 'True') ===
    true
  );
}

/** Counts for its ReplicaSet: neither ended nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  const phase = (pod as Pod).status?.phase;
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

export function podsOwnedBy(store: Store, owner: KubeObject): Pod[] {
  return store
    .list(KINDS.pods, owner.metadata.namespace)
    .filter((pod) =>
      pod.metadata.ownerReferences?.some((entry) => entry.uid === owner.metadata.uid),
    ) as Pod[];
}

/** A port by number or by name; undefined when no container declares the name. */
export function resolvePort(
  containers: readonly Container[],
  port: number | string | undefined,
): number | undefined {
  if (typeof port === 'number') return port;
  if (port === undefined) return containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
  if (/^\d+$/.test(port)) return Number(port);
  return containers.flatMap((container) => container.ports ?? []).find((entry) => entry.name === port)
    ?.containerPort;
}

export function loopbackPort(pod: KubeObject): number | undefined {
  const text = pod.metadata.annotations?.[PORT_ANNOTATION];
  return text === undefined ? undefined : Number(text);
}
