/** What the server stores, read into the words of the port. Pure and tolerant: only the fields needed. */
import * as z from 'zod';
import { DabbawalaError } from '../../lib/errors.ts';
import type { DeploymentState, PodState } from '../../ports/workloads.ts';
import type { KubeObject } from './client.ts';
import { asColour, COLOUR_LABEL, ORIGINAL_MARK, ROLLOUT_MARK, VERSION_MARK } from './marks.ts';
import { findOwner, metadataSchema } from './owner.ts';

const requirement = z.looseObject({
  key: z.string(),
  operator: z.string(),
  values: z.array(z.string()).nullish(),
});

export const deploymentSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    replicas: z.number().nullish(),
    selector: z.looseObject({
      matchLabels: z.record(z.string(), z.string()).nullish(),
      matchExpressions: z.array(requirement).nullish(),
    }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()).nullish() }).nullish(),
      spec: z.looseObject({
        containers: z.array(z.looseObject({ name: z.string(), image: z.string().optional() })),
      }),
    }),
  }),
  status: z
    .looseObject({
      readyReplicas: z.number().nullish(),
      observedGeneration: z.number().nullish(),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
type KnownDeployment = z.output<typeof deploymentSchema>;

export const isOurs = (deployment: KnownDeployment): boolean =>
  deployment.metadata.annotations?.[ROLLOUT_MARK] !== undefined;

/** `pods "x-abc" is forbidden: exceeded quota: team, …`: pods that the API server refused exist nowhere else. */
const replicaFailure = ({ status }: KnownDeployment): string | null => {
  const failed = status?.conditions?.find(
    ({ type, status: is }) => type === 'ReplicaFailure' && is === 'True',
  );
  return failed ? (failed.message ?? 'pods cannot be created') : null;
};

/** `registry:5000/team/app:v1@sha256:…` in its parts: a colon before the last slash is the registry's port. */
export const splitImage = (image: string): DeploymentState['image'] => {
  const [name = '', digest = null] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  return {
    repository: hasTag ? name.slice(0, colon) : name,
    tag: hasTag ? name.slice(colon + 1) : null,
    digest,
  };
};

export const parseDeployment = (object: KubeObject): KnownDeployment => {
  const parsed = deploymentSchema.safeParse(object);
  if (parsed.success) return parsed.data;
  throw new DabbawalaError('internal', 'The cluster answered with a Deployment that cannot be read.', {
    cause: parsed.error,
  });
};

/** @throws `plan_refused` when it has no such container: not `object_missing`, which says that the Deployment is absent */
export const toDeploymentState = (object: KubeObject, container: string): DeploymentState => {
  const deployment = parseDeployment(object);
  const { metadata, spec, status } = deployment;
  const containers = spec.template.spec.containers;
  const named = containers.find((candidate) => candidate.name === container);
  if (named === undefined)
    throw new DabbawalaError(
      'plan_refused',
      `Deployment ${metadata.name} has no container "${container}"; it has ${containers.map((entry) => entry.name).join(', ')}.`,
      { hint: 'Name the container in the configuration of the service.' },
    );
  const rolloutId = metadata.annotations?.[ROLLOUT_MARK] ?? null;
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    replicas: spec.replicas ?? 1,
    readyReplicas: status?.readyReplicas ?? 0,
    isObserved: (status?.observedGeneration ?? 0) >= metadata.generation,
    isOurs: rolloutId !== null,
    rolloutId,
    colour: asColour(spec.template.metadata?.labels?.[COLOUR_LABEL]),
    version: metadata.annotations?.[VERSION_MARK] ?? null,
    image: splitImage(named.image ?? ''),
    template: spec.template,
    selects: asColour(spec.selector.matchLabels?.[COLOUR_LABEL]),
    owner: findOwner(metadata),
    adoptedBy: metadata.annotations?.[ORIGINAL_MARK] ?? null,
    isBeingDeleted: metadata.deletionTimestamp != null,
    replicaFailure: replicaFailure(deployment),
  };
};

/** The Deployment's selector as a query of the API. */
export const selectorText = (deployment: KnownDeployment): string => {
  const { matchLabels, matchExpressions } = deployment.spec.selector;
  const equal = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const rest = (matchExpressions ?? []).map(({ key, operator, values }) => {
    const list = `(${(values ?? []).join(',')})`;
    if (operator === 'In') return `${key} in ${list}`;
    if (operator === 'NotIn') return `${key} notin ${list}`;
    return operator === 'Exists' ? key : `!${key}`;
  });
  return [...equal, ...rest].join(',');
};

const ended = z
  .looseObject({ exitCode: z.number(), finishedAt: z.string().nullish(), reason: z.string().nullish() })
  .nullish();

const containerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  imageID: z.string().default(''),
  state: z
    .looseObject({
      waiting: z.looseObject({ reason: z.string().default('Waiting') }).nullish(),
      running: z.looseObject({}).nullish(),
      terminated: ended,
    })
    .nullish(),
  lastState: z.looseObject({ terminated: ended }).nullish(),
});

export const podSchema = z.looseObject({
  metadata: metadataSchema.extend({
    ownerReferences: z
      .array(z.looseObject({ kind: z.string(), name: z.string(), uid: z.string().default('') }))
      .nullish(),
  }),
  status: z
    .looseObject({
      phase: z.string().default(''),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
      initContainerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});
export type KnownPod = z.output<typeof podSchema>;

export const parsePods = (objects: readonly KubeObject[]): readonly KnownPod[] =>
  objects.flatMap((object) => {
    const parsed = podSchema.safeParse(object);
    return parsed.success ? [parsed.data] : [];
  });

/**
 * The selector of an original Deployment (`app: payment-gateway`) matches the pods of both colours as well, so a pod
 * counts only when its ReplicaSet is the Deployment's. Ended and leaving pods are history, not capacity.
 */
export const isPodOf = (pod: KnownPod, deployment: string): boolean => {
  if (pod.metadata.deletionTimestamp != null) return false;
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return false;
  const replicaSet = pod.metadata.ownerReferences?.find((owner) => owner.kind === 'ReplicaSet');
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return replicaSet === undefined || hash === undefined || replicaSet.name === `${deployment}-${hash}`;
};

/** Every pod waits like this for a moment; it is no trouble. */
const STARTING = ['ContainerCreating', 'PodInitializing'];

export const waitingReason = (pod: KnownPod): string | null => {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const reason = statuses
    .map((status) => status.state?.waiting?.reason)
    .find((word) => word !== undefined && !STARTING.includes(word));
  if (reason !== undefined) return reason;
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  return scheduled?.status === 'False' ? (scheduled.reason ?? 'Unschedulable') : null;
};

export const toPodState = (pod: KnownPod, container: string): PodState => {
  const status = pod.status?.containerStatuses?.find((entry) => entry.name === container);
  return {
    name: pod.metadata.name,
    isReady:
      pod.status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    waiting: waitingReason(pod),
    restarts: status?.restartCount ?? 0,
    // Without a repository before it the id is that of the image's config, which no manifest digest equals.
    imageDigest: /@(sha256:[0-9a-f]{64})$/.exec(status?.imageID ?? '')?.[1] ?? null,
  };
};
