import { KINDS } from './kinds.ts';
import type { KubeObject, LabelSelector } from './objects.ts';
import { matchesReady } from './pods.ts';
import type { Registry } from './registry.ts';
import { matchesSelector } from './selectors.ts';
import { StatusError } from './status.ts';

/** POST pods/<name>/eviction, the request of a node drain: it shows what two budgets over one pod do. */

interface Budget {
  selector?: LabelSelector;
  minAvailable?: number | string;
  maxUnavailable?: number | string;
}

export function evict(registry: Registry, namespace: string, name: string): void {
  const pod = registry.get(KINDS.pods, namespace, name);
  const labels = pod.metadata.labels ?? {};
  const budgets = registry.store
    .list(KINDS.poddisruptionbudgets, namespace)
    .filter((budget) => matchesSelector((budget.spec as Budget | undefined)?.selector, labels));
  if (budgets.length > 1) {
    throw new StatusError(
      500,
      undefined,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const [budget] = budgets;
  const lack = budget ? findLack(registry, namespace, budget) : null;
  if (budget && lack) {
    throw new StatusError(
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: `The disruption budget ${budget.metadata.name} needs ${lack.needed} healthy pods and has ${lack.healthy} currently`,
          },
        ],
      },
    );
  }
  registry.delete(KINDS.pods, namespace, name, {});
}

/** null: a pod may go. */
function findLack(
  registry: Registry,
  namespace: string,
  budget: KubeObject,
): { readonly needed: number; readonly healthy: number } | null {
  const { selector, minAvailable, maxUnavailable } = budget.spec as Budget;
  const pods = registry.store
    .list(KINDS.pods, namespace)
    .filter((pod) => matchesSelector(selector, pod.metadata.labels ?? {}));
  const healthy = pods.filter(matchesReady).length;
  const needed =
    maxUnavailable === undefined
      ? share(minAvailable ?? 1, pods.length)
      : pods.length - share(maxUnavailable, pods.length);
  return healthy - 1 >= needed ? null : { needed, healthy };
}

function share(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * total);
}
