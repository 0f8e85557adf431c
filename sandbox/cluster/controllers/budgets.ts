import { KINDS } from '../kinds.ts';
import {
  type Condition,
  findController,
  type KubeObject,
  type LabelSelector,
  withCondition,
} from '../objects.ts';
import { isActive, matchesReady } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { matchesSelector } from '../selectors.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** PodDisruptionBudget -> its status: how many pods may go. */
export function startBudgets(registry: Registry): Controller {
  const queue = new WorkQueue((key) => reconcile(registry, key));
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.poddisruptionbudgets) queue.add(keyOf(object));
    if (kind !== KINDS.pods) return;
    for (const budget of registry.store.list(KINDS.poddisruptionbudgets, object.metadata.namespace)) {
      queue.add(keyOf(budget));
    }
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

interface BudgetSpec {
  readonly selector?: LabelSelector;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

function reconcile(registry: Registry, key: string): void {
  const { namespace, name } = splitKey(key);
  const budget = registry.store.get(KINDS.poddisruptionbudgets, namespace, name);
  if (!budget || budget.metadata.deletionTimestamp !== undefined) return;
  const counts = countsOf(registry, budget);
  const isAllowed = counts.disruptionsAllowed > 0;
  registry.mutate(KINDS.poddisruptionbudgets, budget, controllerWriter('policy/v1', 'status'), (copy) => {
    const before = (copy.status as { conditions?: Condition[] } | undefined)?.conditions;
    const condition = {
      type: 'DisruptionAllowed',
      status: isAllowed ? 'True' : 'False',
      reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: budget.metadata.generation,
    };
    copy.status = {
      ...counts,
      observedGeneration: budget.metadata.generation,
      conditions: withCondition(before, condition, new Date()),
    };
  });
}

function countsOf(
  registry: Registry,
  budget: KubeObject,
): Record<string, number> & { disruptionsAllowed: number } {
  const { selector, minAvailable, maxUnavailable } = budget.spec as BudgetSpec;
  const pods = registry.store
    .list(KINDS.pods, budget.metadata.namespace)
    .filter((pod) => isActive(pod) && matchesSelector(selector, pod.metadata.labels ?? {}));
  const expected =
    maxUnavailable === undefined && typeof minAvailable === 'number' ? pods.length : scaleOf(registry, pods);
  const healthy = pods.filter(matchesReady).length;
  const desired =
    maxUnavailable === undefined
      ? share(minAvailable ?? 1, expected)
      : Math.max(0, expected - share(maxUnavailable, expected));
  return {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: expected > 0 ? Math.max(0, healthy - desired) : 0,
    expectedPods: expected,
  };
}

/** How many pods their ReplicaSets are to have: what a share is a share of. */
function scaleOf(registry: Registry, pods: readonly KubeObject[]): number {
  const owners = new Set(pods.map((pod) => findController(pod)?.name ?? ''));
  return [...owners].reduce((sum, name) => {
    const set = registry.store.get(KINDS.replicasets, pods[0]?.metadata.namespace, name);
    return sum + ((set?.spec as { replicas?: number } | undefined)?.replicas ?? 0);
  }, 0);
}

function share(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * total);
}
