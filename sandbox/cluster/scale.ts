import type { KubeObject, LabelSelector } from './objects.ts';
import { printSelector } from './selectors.ts';
import { invalid } from './status.ts';

/** The Scale that /scale shows of a Deployment or ReplicaSet. */

export function readScale(object: KubeObject): KubeObject {
  const spec = object.spec as { replicas?: number; selector?: LabelSelector };
  const status = object.status as { replicas?: number } | undefined;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    // Nothing is left out, as Go writes it.
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: printSelector(spec.selector) },
  };
}

/** The object with the replicas that the Scale says. */
export function withScale(object: KubeObject, scale: KubeObject): KubeObject {
  const wanted = scale.spec as { replicas?: number } | undefined;
  const replicas = wanted?.replicas ?? 0;
  if (replicas < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
        field: 'spec.replicas',
      },
    ]);
  }
  const { resourceVersion } = scale.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: { ...(object.spec as object), replicas },
  };
}
