import { randomUUID } from 'node:crypto';
import { NODE_NAMES } from './controllers/kubelet.ts';
import { applyDefaults } from './defaults.ts';
import { generate } from './generated.ts';
import { KINDS, kindOfObject, storedApiVersion } from './kinds.ts';
import { trackManagedFields } from './managed-fields.ts';
import { cloneJson, formatTime, type KubeObject, type Metadata } from './objects.ts';
import { prune } from './prune.ts';
import type { Registry } from './registry.ts';

/** Objects that are simply there, with everything a server would have written on them. */

export function seedObject(registry: Registry, wanted: KubeObject): KubeObject {
  const kind = kindOfObject(wanted.apiVersion, wanted.kind);
  if (!kind) throw new Error(`cannot seed ${wanted.apiVersion} ${wanted.kind}: unknown kind`);
  const object = cloneJson(wanted);
  const { metadata } = object;
  if (kind.isNamespaced) {
    metadata.namespace ??= 'default';
    ensureNamespace(registry, metadata.namespace);
  }
  const live = registry.store.get(kind, metadata.namespace, metadata.name);
  prune(object);
  object.apiVersion = storedApiVersion(kind);
  metadata.uid ??= live?.metadata.uid ?? randomUUID();
  metadata.creationTimestamp ??= live?.metadata.creationTimestamp ?? formatTime(new Date());
  if (kind.hasGeneration) metadata.generation ??= (live?.metadata.generation ?? 0) + 1;
  applyDefaults(kind, object);
  // What it was seeded with counts: a status of its own above all.
  const { status } = object;
  generate(kind, object);
  if (status !== undefined) object.status = status;
  metadata.managedFields ??= trackManagedFields({
    live: undefined,
    next: object,
    writer: { manager: 'seed', apiVersion: wanted.apiVersion },
    isCustom: kind.isCustom,
    now: new Date(),
  });
  return registry.store.put(kind, object);
}

function ensureNamespace(registry: Registry, name: string): void {
  if (registry.store.get(KINDS.namespaces, undefined, name)) return;
  seedObject(registry, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } as Metadata });
}

/** What every cluster has: the usual namespaces, three nodes in three zones. */
export function firstObjects(): KubeObject[] {
  const namespaces = ['default', 'kube-system'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  }));
  const nodes = NODE_NAMES.map((name, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${i + 1}` },
    },
    status: {
      allocatable: { cpu: '32', memory: '256Gi', pods: '500' },
      capacity: { cpu: '32', memory: '256Gi', pods: '500' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  }));
  return [...namespaces, ...nodes];
}
