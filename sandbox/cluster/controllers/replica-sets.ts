import { KINDS } from '../kinds.ts';
import { cloneJson, findController, type Metadata, ownedBy, type Pod, type ReplicaSet } from '../objects.ts';
import { isActive, matchesReady, podsOwnedBy } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { matchesSelector } from '../selectors.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** ReplicaSet -> pods. */
export function startReplicaSets(registry: Registry): Controller {
  const queue = new WorkQueue((key) => reconcile(registry, key));
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.replicasets) queue.add(keyOf(object));
    const owner = kind === KINDS.pods ? findController(object) : undefined;
    if (owner?.kind === 'ReplicaSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function reconcile(registry: Registry, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = registry.store.get(KINDS.replicasets, namespace, name) as ReplicaSet | undefined;
  if (!set) return;
  release(registry, set);
  const active = podsOwnedBy(registry.store, set).filter(isActive);
  if (set.metadata.deletionTimestamp === undefined) {
    const missing = (set.spec.replicas ?? 1) - active.length;
    for (let i = 0; i < missing; i += 1) createPod(registry, set);
    if (missing < 0) {
      for (const pod of victims(active, -missing)) {
        registry.delete(KINDS.pods, namespace, pod.metadata.name, {});
      }
    }
  }
  const owned = podsOwnedBy(registry.store, set);
  const pods = owned.filter(isActive);
  const ready = pods.filter(matchesReady).length;
  registry.mutate(KINDS.replicasets, set, controllerWriter('apps/v1', 'status'), (copy) => {
    copy.status = {
      replicas: pods.length,
      terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: set.metadata.generation,
    };
  });
}

/** A pod whose labels are no longer the set's is nobody's: it goes on running, and another one is started. */
function release(registry: Registry, set: ReplicaSet): void {
  for (const pod of podsOwnedBy(registry.store, set)) {
    if (matchesSelector(set.spec.selector, pod.metadata.labels ?? {})) continue;
    registry.mutate(KINDS.pods, pod, controllerWriter('v1'), (copy) => {
      const others = copy.metadata.ownerReferences?.filter(({ uid }) => uid !== set.metadata.uid) ?? [];
      if (others.length > 0) copy.metadata.ownerReferences = others;
      else delete copy.metadata.ownerReferences;
    });
  }
}

/** Pods that are not ready go first, then the youngest: what a real scale-down takes. */
function victims(pods: readonly Pod[], count: number): Pod[] {
  const rank = (pod: Pod): number => (matchesReady(pod) ? 1 : 0);
  const born = (pod: Pod): string => pod.metadata.creationTimestamp ?? '';
  return [...pods].sort((a, b) => rank(a) - rank(b) || born(b).localeCompare(born(a))).slice(0, count);
}

function createPod(registry: Registry, set: ReplicaSet): void {
  const { metadata, spec } = cloneJson(set.spec.template);
  registry.create(
    KINDS.pods,
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: '',
        generateName: `${set.metadata.name}-`,
        namespace: set.metadata.namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
        ownerReferences: [ownedBy(set)],
      } as Metadata,
      spec,
    },
    { writer: controllerWriter('v1') },
  );
}
