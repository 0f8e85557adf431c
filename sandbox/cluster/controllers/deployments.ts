import { createHash } from 'node:crypto';
import { KINDS } from '../kinds.ts';
import {
  cloneJson,
  type Deployment,
  findController,
  type Metadata,
  ownedBy,
  type PodTemplate,
  type ReplicaSet,
  suffixFrom,
} from '../objects.ts';
import { isActive, matchesReady, podsOwnedBy } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { deploymentStatus, type Tally } from './deployment-status.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** Deployment -> ReplicaSets, with a rolling replace when the template changes. */

const HASH_LABEL = 'pod-template-hash';
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const REVISION = 'deployment.kubernetes.io/revision';

export function startDeployments(registry: Registry): Controller {
  /** When a Deployment last made progress; for progressDeadlineSeconds. */
  const progress = new Map<string, { signature: string; at: number }>();
  const queue = new WorkQueue((key) => {
    const { namespace, name } = splitKey(key);
    const deployment = registry.store.get(KINDS.deployments, namespace, name) as Deployment | undefined;
    if (!deployment) return;
    const sets = replicaSetsOf(registry, deployment);
    const hash = hashTemplate(deployment.spec.template);
    if (deployment.metadata.deletionTimestamp === undefined) rollOut(registry, deployment, sets, hash);
    writeStatus(registry, deployment, hash, progress, (ms) => queue.addAfter(key, ms));
  });
  const stop = registry.store.subscribe(({ kind, type, object }) => {
    if (kind === KINDS.deployments) queue.add(keyOf(object));
    if (kind === KINDS.deployments && type === 'DELETED') progress.delete(object.metadata.uid ?? '');
    const owner = kind === KINDS.replicasets ? findController(object) : undefined;
    if (owner) queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    // Recreate waits for the last pod to be gone, which no ReplicaSet shows.
    const set = kind === KINDS.pods && type === 'DELETED' ? findController(object) : undefined;
    if (set) queue.add(`${object.metadata.namespace ?? ''}/${set.name.slice(0, set.name.lastIndexOf('-'))}`);
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function replicaSetsOf(registry: Registry, deployment: Deployment): ReplicaSet[] {
  return registry.store
    .list(KINDS.replicasets, deployment.metadata.namespace)
    .filter((set) => findController(set)?.uid === deployment.metadata.uid) as ReplicaSet[];
}

function hashTemplate(template: PodTemplate): string {
  return suffixFrom(
    createHash('sha256')
      .update(JSON.stringify(sortKeys(template)))
      .digest(),
    10,
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, sortKeys(part)]));
}

function rollOut(
  registry: Registry,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  hash: string,
): void {
  const { paused } = deployment.spec as { paused?: boolean };
  const isCurrent = (set: ReplicaSet): boolean => set.metadata.labels?.[HASH_LABEL] === hash;
  // While it stands still no other template comes; what runs is scaled.
  if (paused && !sets.some(isCurrent)) return;
  const current = sets.find(isCurrent) ?? createReplicaSet(registry, deployment, sets, hash);
  const old = sets.filter((set) => !isCurrent(set));
  const desired = deployment.spec.replicas ?? 1;
  const running = old.filter((set) => (set.spec.replicas ?? 0) > 0);
  if (deployment.spec.strategy?.type === 'Recreate') {
    for (const set of running) scale(registry, set, 0);
    const isClear = old.every((set) => podsOwnedBy(registry.store, set).length === 0);
    scale(registry, current, isClear ? desired : (current.spec.replicas ?? 0));
    return;
  }
  const { surge, unavailable } = limitsOf(deployment);
  const before = current.spec.replicas ?? 0;
  const oldTotal = running.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
  const room = Math.max(0, desired + surge - before - oldTotal);
  const target = oldTotal === 0 ? desired : Math.min(desired, before + room);
  scale(registry, current, target);

  const available = podsOwnedBy(registry.store, current).filter((pod) => isActive(pod) && matchesReady(pod));
  let spare = target + oldTotal - (desired - unavailable) - Math.max(0, target - available.length);
  for (const set of running) {
    const replicas = set.spec.replicas ?? 0;
    const taken = Math.min(replicas, Math.max(0, spare));
    spare -= taken;
    scale(registry, set, replicas - taken);
  }
}

/** Surge rounds up, unavailability down; both zero would never move. */
function limitsOf(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const desired = deployment.spec.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const of = (value: number | string): number =>
    typeof value === 'number' ? value : (Number.parseFloat(value) / 100) * desired;
  const surge = Math.ceil(of(maxSurge));
  const unavailable = Math.floor(of(maxUnavailable));
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function scale(registry: Registry, set: ReplicaSet, replicas: number): void {
  registry.mutate(KINDS.replicasets, set, controllerWriter('apps/v1'), (copy) => {
    (copy as ReplicaSet).spec.replicas = replicas;
  });
}

/** What a ReplicaSet takes over from its Deployment. */
function annotationsOf(deployment: Deployment): Record<string, string> {
  const { [REVISION]: _revision, [APPLIED]: _applied, ...rest } = deployment.metadata.annotations ?? {};
  return rest;
}

function countsOf(deployment: Deployment): Record<string, string> {
  const desired = deployment.spec.replicas ?? 1;
  const surge =
    desired === 0 || deployment.spec.strategy?.type === 'Recreate' ? 0 : limitsOf(deployment).surge;
  return {
    'deployment.kubernetes.io/desired-replicas': String(desired),
    'deployment.kubernetes.io/max-replicas': String(desired + surge),
  };
}

function createReplicaSet(
  registry: Registry,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  hash: string,
): ReplicaSet {
  const template = cloneJson(deployment.spec.template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const revisions = sets.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0));
  const revision = String(Math.max(0, ...revisions) + 1);
  const selector = cloneJson(deployment.spec.selector);
  const created = registry.create(
    KINDS.replicasets,
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: {
          ...annotationsOf(deployment),
          [REVISION]: revision,
          ...countsOf(deployment),
        },
        ownerReferences: [ownedBy(deployment)],
      } as Metadata,
      spec: {
        replicas: 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    },
    { writer: controllerWriter('apps/v1') },
  );
  registry.mutate(KINDS.deployments, deployment, controllerWriter('apps/v1', 'status'), (copy) => {
    copy.metadata.annotations = { ...copy.metadata.annotations, [REVISION]: revision };
  });
  return created as ReplicaSet;
}

function writeStatus(
  registry: Registry,
  deployment: Deployment,
  hash: string,
  progress: Map<string, { signature: string; at: number }>,
  lookAgainIn: (ms: number) => void,
): void {
  const sets = replicaSetsOf(registry, deployment);
  const current = sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
  const tally: Tally = {
    desired: deployment.spec.replicas ?? 1,
    replicas: sum(sets, (set) => set.status?.replicas),
    updated: current?.status?.replicas ?? 0,
    ready: sum(sets, (set) => set.status?.readyReplicas),
    maxUnavailable: limitsOf(deployment).unavailable,
    currentName: current?.metadata.name ?? deployment.metadata.name,
    terminating: sum(sets, (set) => (set.status as { terminatingReplicas?: number })?.terminatingReplicas),
  };
  const uid = deployment.metadata.uid ?? '';
  const signature = JSON.stringify({ ...tally, generation: deployment.metadata.generation });
  const seen = progress.get(uid);
  const since = seen?.signature === signature ? seen.at : Date.now();
  progress.set(uid, { signature, at: since });
  const deadlineMs =
    ((deployment.spec as { progressDeadlineSeconds?: number }).progressDeadlineSeconds ?? 600) * 1000;
  const leftMs = since + deadlineMs - Date.now();
  const isComplete = tally.updated === tally.desired && tally.ready === tally.desired;
  if (!isComplete && leftMs > 0 && seen?.signature !== signature) lookAgainIn(leftMs);
  registry.mutate(KINDS.deployments, deployment, controllerWriter('apps/v1', 'status'), (copy) => {
    copy.status = deploymentStatus(deployment, tally, leftMs <= 0, new Date());
  });
}

function sum(sets: readonly ReplicaSet[], read: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, set) => total + (read(set) ?? 0), 0);
}
