import { KINDS } from './kinds.ts';
import type { Deployment, KubeObject } from './objects.ts';
import { matchesReady, podsOwnedBy } from './pods.ts';
import type { Store } from './store.ts';

/** Waiting on the store instead of sleeping: every change asks the question again. */

export async function waitFor<T>(
  store: Store,
  what: string,
  read: () => T,
  isWanted: (value: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const first = read();
  if (isWanted(first)) return first;
  return new Promise<T>((resolve, reject) => {
    let isDone = false;
    const end = (): void => {
      isDone = true;
      clearTimeout(timer);
      stop();
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`${what} not as wanted within ${timeoutMs} ms; it is ${JSON.stringify(read())}`));
    }, timeoutMs);
    // After the change has reached every listener, so that what is read is whole.
    const stop = store.subscribe(() => {
      setImmediate(() => {
        if (isDone) return;
        const value = read();
        if (!isWanted(value)) return;
        end();
        resolve(value);
      });
    });
  });
}

/** Every Deployment observed, with exactly the pods it wants, all ready, none of another template, and none without an owner. */
export function isSettled(store: Store): boolean {
  const replicaSets = store.list(KINDS.replicasets);
  const pods = store.list(KINDS.pods);
  const owners = new Set(
    [...store.list(KINDS.deployments), ...store.list(KINDS.jobs), ...replicaSets].map(
      (object) => object.metadata.uid,
    ),
  );
  const isLeaving = (object: KubeObject): boolean =>
    object.metadata.deletionTimestamp !== undefined ||
    object.metadata.ownerReferences?.some((owner) => !owners.has(owner.uid)) === true;
  if ([...replicaSets, ...pods].some(isLeaving)) return false;
  return store.list(KINDS.deployments).every((object) => {
    const deployment = object as Deployment;
    const {
      observedGeneration,
      updatedReplicas = 0,
      replicas = 0,
      readyReplicas = 0,
    } = (deployment.status ?? {}) as Record<string, number>;
    const desired = deployment.spec.replicas ?? 1;
    const isCounted = [updatedReplicas, replicas, readyReplicas].every((count) => count === desired);
    const own = replicaSets
      .filter((set) => set.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid))
      .flatMap((set) => podsOwnedBy(store, set));
    return (
      deployment.metadata.deletionTimestamp === undefined &&
      observedGeneration === deployment.metadata.generation &&
      isCounted &&
      own.length === desired &&
      own.every(matchesReady)
    );
  });
}
