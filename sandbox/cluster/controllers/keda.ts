import { KINDS } from '../kinds.ts';
import { findController, type KubeObject, type Metadata, ownedBy } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** KEDA, as far as a bot meets it: a ScaledObject has a HorizontalPodAutoscaler of its own, and what others write on that is written back. */

interface Spec {
  scaleTargetRef: { kind?: string; name: string };
  minReplicaCount?: number;
  maxReplicaCount?: number;
  advanced?: { horizontalPodAutoscalerConfig?: { name?: string } };
}

export function startKeda(registry: Registry): Controller {
  const queue = new WorkQueue((namespace) => {
    for (const object of registry.store.list(KINDS.scaledobjects, namespace)) reconcile(registry, object);
  });
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.scaledobjects || kind === KINDS.horizontalpodautoscalers)
      queue.add(object.metadata.namespace ?? '');
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function reconcile(registry: Registry, object: KubeObject): void {
  if (object.metadata.deletionTimestamp !== undefined) return;
  const { namespace, name } = object.metadata;
  const { scaleTargetRef, minReplicaCount = 0, maxReplicaCount = 100, advanced } = object.spec as Spec;
  const wanted = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: scaleTargetRef.name },
    // A HorizontalPodAutoscaler has no 0: to and from there KEDA goes itself.
    minReplicas: Math.max(1, minReplicaCount),
    maxReplicas: maxReplicaCount,
  };
  const autoscaler = advanced?.horizontalPodAutoscalerConfig?.name ?? `keda-hpa-${name}`;
  const live = registry.store.get(KINDS.horizontalpodautoscalers, namespace, autoscaler);
  const writer = { ...controllerWriter('autoscaling/v2'), manager: 'keda' };
  if (live) {
    if (findController(live)?.uid !== object.metadata.uid) return;
    registry.mutate(KINDS.horizontalpodautoscalers, live, writer, (copy) => {
      copy.spec = { ...(copy.spec as object), ...wanted };
    });
    return;
  }
  registry.create(
    KINDS.horizontalpodautoscalers,
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name: autoscaler,
        namespace,
        labels: { 'scaledobject.keda.sh/name': name, 'app.kubernetes.io/managed-by': 'keda-operator' },
        ownerReferences: [ownedBy(object)],
      } as unknown as Metadata,
      spec: wanted,
    },
    { writer },
  );
}
