import { ALL_KINDS, KINDS, type Kind, kindOfObject } from '../kinds.ts';
import type { KubeObject } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** The garbage collector: an owner's end is its dependents' end, before it (foreground), after it, or not at all. */
export function startGarbageCollector(registry: Registry): Controller {
  const queue = new WorkQueue((uid) => collect(registry, uid));
  const stop = registry.store.subscribe(({ type, object }) => {
    const { uid, deletionTimestamp, ownerReferences = [] } = object.metadata;
    if (uid !== undefined && (type === 'DELETED' || deletionTimestamp !== undefined)) queue.add(uid);
    if (type === 'DELETED') for (const owner of ownerReferences) queue.add(owner.uid);
    // Born after its owner's end.
    if (type === 'ADDED') for (const owner of ownerReferences) queue.add(owner.uid);
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

interface Found {
  readonly kind: Kind;
  readonly object: KubeObject;
}

function collect(registry: Registry, uid: string): void {
  const owner = findByUid(registry, uid);
  const dependents = findDependents(registry, uid);
  if (!owner) {
    for (const dependent of dependents) remove(registry, dependent, 'Background');
    return;
  }
  const { finalizers = [], deletionTimestamp } = owner.object.metadata;
  if (deletionTimestamp === undefined) return;
  if (finalizers.includes('orphan')) {
    for (const dependent of dependents) disown(registry, dependent, uid);
    dropFinalizer(registry, owner, 'orphan');
  }
  if (!finalizers.includes('foregroundDeletion')) return;
  for (const dependent of dependents) remove(registry, dependent, 'Foreground');
  const isBlocked = findDependents(registry, uid).some(({ object }) =>
    object.metadata.ownerReferences?.some((entry) => entry.uid === uid && entry.blockOwnerDeletion === true),
  );
  if (!isBlocked) dropFinalizer(registry, owner, 'foregroundDeletion');
}

function findByUid(registry: Registry, uid: string): Found | undefined {
  for (const kind of ALL_KINDS) {
    const object = registry.store.list(kind).find((entry) => entry.metadata.uid === uid);
    if (object) return { kind, object };
  }
  return undefined;
}

function findDependents(registry: Registry, uid: string): Found[] {
  return ALL_KINDS.flatMap((kind) =>
    registry.store
      .list(kind)
      .filter((object) => object.metadata.ownerReferences?.some((entry) => entry.uid === uid))
      .map((object) => ({ kind, object })),
  );
}

function remove(registry: Registry, { kind, object }: Found, policy: 'Foreground' | 'Background'): void {
  if (object.metadata.deletionTimestamp !== undefined) return;
  registry.delete(kind, object.metadata.namespace, object.metadata.name, {
    // A pod has no dependents to wait for; its own grace is what its owner waits for.
    propagationPolicy: kind === KINDS.pods ? 'Background' : policy,
  });
}

function disown(registry: Registry, { kind, object }: Found, uid: string): void {
  registry.mutate(kind, object, controllerWriter(object.apiVersion), (copy) => {
    copy.metadata.ownerReferences = (copy.metadata.ownerReferences ?? []).filter(
      (entry) => entry.uid !== uid,
    );
    if (copy.metadata.ownerReferences.length === 0) delete copy.metadata.ownerReferences;
  });
}

function dropFinalizer(registry: Registry, { object }: Found, finalizer: string): void {
  const kind = kindOfObject(object.apiVersion, object.kind);
  if (!kind) return;
  registry.mutate(kind, object, controllerWriter(object.apiVersion), (copy) => {
    copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((entry) => entry !== finalizer);
    if (copy.metadata.finalizers.length === 0) delete copy.metadata.finalizers;
  });
}
