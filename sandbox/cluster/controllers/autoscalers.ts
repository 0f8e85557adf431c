import { KINDS } from '../kinds.ts';
import { type Condition, type Deployment, type KubeObject, withCondition } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { matchesSelector, printSelector } from '../selectors.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** HorizontalPodAutoscalers: bounds and conditions, no metrics. Two over the same pods both stop, which is the point. */

interface Spec {
  scaleTargetRef: { kind: string; name: string };
  minReplicas?: number;
  maxReplicas: number;
}

export function startAutoscalers(registry: Registry): Controller {
  const queue = new WorkQueue((namespace) => {
    for (const autoscaler of registry.store.list(KINDS.horizontalpodautoscalers, namespace)) {
      reconcile(registry, autoscaler);
    }
  });
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.horizontalpodautoscalers || kind === KINDS.deployments || kind === KINDS.pods) {
      queue.add(object.metadata.namespace ?? '');
    }
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function targetOf(registry: Registry, autoscaler: KubeObject): Deployment | undefined {
  const { scaleTargetRef } = autoscaler.spec as Spec;
  if (scaleTargetRef?.kind !== 'Deployment') return undefined;
  return registry.store.get(KINDS.deployments, autoscaler.metadata.namespace, scaleTargetRef.name) as
    | Deployment
    | undefined;
}

function reconcile(registry: Registry, autoscaler: KubeObject): void {
  const { minReplicas = 1, maxReplicas, scaleTargetRef } = autoscaler.spec as Spec;
  const target = targetOf(registry, autoscaler);
  const current = target?.spec.replicas ?? 0;
  const bounded = current === 0 ? 0 : Math.min(maxReplicas, Math.max(minReplicas, current));
  if (target && bounded !== current) {
    const writer = controllerWriter('apps/v1', 'scale');
    registry.mutate(KINDS.deployments, target, writer, (copy) => {
      (copy as Deployment).spec.replicas = bounded;
    });
  }
  const conditions = target
    ? [
        condition('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size'),
        scalingActive(registry, autoscaler, target),
      ]
    : [
        condition(
          'AbleToScale',
          'False',
          'FailedGetScale',
          `the HPA controller was unable to get the target's current scale: deployments.apps "${scaleTargetRef?.name}" not found`,
        ),
      ];
  registry.mutate(
    KINDS.horizontalpodautoscalers,
    autoscaler,
    controllerWriter('autoscaling/v2', 'status'),
    (copy) => {
      const before = (copy.status as { conditions?: Condition[] } | undefined)?.conditions;
      copy.status = {
        ...(current > 0 && { currentReplicas: current }),
        desiredReplicas: bounded,
        currentMetrics: null,
        conditions: conditions.reduce<Condition[]>(
          (all, entry) => withCondition(all, entry, new Date()),
          before ?? [],
        ),
      };
    },
  );
}

function scalingActive(registry: Registry, autoscaler: KubeObject, target: Deployment): Condition {
  if (target.spec.replicas === 0) {
    const why = 'scaling is disabled since the replica count of the target is zero';
    return condition('ScalingActive', 'False', 'ScalingDisabled', why);
  }
  const { namespace } = autoscaler.metadata;
  const pods = registry.store
    .list(KINDS.pods, namespace)
    .filter((pod) => matchesSelector(target.spec.selector, pod.metadata.labels ?? {}));
  const rivals = registry.store.list(KINDS.horizontalpodautoscalers, namespace).filter((other) => {
    const selector = targetOf(registry, other)?.spec.selector;
    return pods.some((pod) => matchesSelector(selector, pod.metadata.labels ?? {}));
  });
  if (rivals.length > 1) {
    const names = rivals.map((other) => `${namespace}/${other.metadata.name}`).join(' ');
    const why = `pods by selector ${printSelector(target.spec.selector)} are controlled by multiple HPAs: [${names}]`;
    return condition('ScalingActive', 'False', 'AmbiguousSelector', why);
  }
  const why = 'the HPA was able to successfully calculate a replica count from cpu resource utilization';
  return condition('ScalingActive', 'True', 'ValidMetricFound', why);
}

function condition(type: string, status: string, reason: string, message: string): Condition {
  return { type, status, reason, message };
}
