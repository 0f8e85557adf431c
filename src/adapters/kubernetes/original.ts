/** A plain Deployment before and after adoption: what stands around it, and the few fields that are written on it. */
import * as z from 'zod';
import type { WorkloadSurvey } from '../../core/rollout/facts.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { OriginalSpec, Place, SurveyQuestion } from '../../ports/workloads.ts';
import { autoscalers } from './autoscalers.ts';
import { imageOf, versionOf } from './candidate.ts';
import { type KubeClient, type PatchOperation, pointer } from './client.ts';
import { ORIGINAL_MARK, VERSION_MARK } from './marks.ts';
import { isPodOf, parseDeployment, parsePods, toPodState } from './observed.ts';
import { CLAIM, DEPLOYMENT, POD, SERVICE, SLICE } from './resources.ts';

const sliceSchema = z.looseObject({
  endpoints: z
    .array(
      z.looseObject({
        conditions: z.looseObject({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z.looseObject({ kind: z.string().nullish(), name: z.string() }).nullish(),
      }),
    )
    .nullish(),
});
const claimSchema = z.looseObject({
  spec: z.looseObject({ accessModes: z.array(z.string()).nullish() }).nullish(),
});
const volumesSchema = z.looseObject({
  volumes: z
    .array(z.looseObject({ persistentVolumeClaim: z.looseObject({ claimName: z.string() }).nullish() }))
    .nullish(),
});

type Pod = ReturnType<typeof parsePods>[number];

/** Whose pod it is, without a right to read ReplicaSets: theirs are named after Deployment and template. */
function ownerOf(pod: Pod): { readonly kind: string; readonly name: string } {
  const owner = pod.metadata.ownerReferences?.[0];
  if (!owner) return { kind: 'Pod', name: pod.metadata.name };
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  return { kind: owner.kind, name: owner.name };
}

export async function survey(
  client: KubeClient,
  place: Place,
  question: SurveyQuestion,
  signal?: AbortSignal,
): Promise<WorkloadSurvey> {
  const { namespace } = place;
  const [service, slices, podObjects, scalers, deployment] = await Promise.all([
    client.find(SERVICE, namespace, question.service, signal),
    client.list(SLICE, namespace, `kubernetes.io/service-name=${question.service}`, signal),
    client.list(POD, namespace, '', signal),
    autoscalers(client, place, question.scaled, signal),
    client.find(DEPLOYMENT, namespace, question.deployment, signal),
  ]);
  const pods = parsePods(podObjects);
  const readyNames = slices.flatMap((slice) =>
    (sliceSchema.safeParse(slice).data?.endpoints ?? []).flatMap(({ conditions, targetRef }) =>
      conditions?.ready === false ? [] : [targetRef?.name ?? 'an address without a pod'],
    ),
  );
  const own = pods.filter(
    (pod) => ownerOf(pod).name === question.deployment && isPodOf(pod, question.deployment),
  );
  return {
    endpointOwners: service === null ? null : count(new Set(readyNames), pods),
    digests: own
      .map((pod) => toPodState(pod, question.container))
      .flatMap((state) => (state.isReady ? [state.imageDigest] : [])),
    exclusiveClaims:
      deployment === null
        ? []
        : await exclusiveClaims(client, namespace, parseDeployment(deployment).spec.template.spec, signal),
    autoscalers: scalers.found,
  };
}

function count(
  names: ReadonlySet<string>,
  pods: readonly Pod[],
): NonNullable<WorkloadSurvey['endpointOwners']> {
  const found = new Map<string, { kind: string; name: string; pods: number }>();
  for (const name of names) {
    const pod = pods.find((entry) => entry.metadata.name === name);
    const owner = pod ? ownerOf(pod) : { kind: 'Address', name };
    const key = `${owner.kind}/${owner.name}`;
    found.set(key, { ...owner, pods: (found.get(key)?.pods ?? 0) + 1 });
  }
  return [...found.values()];
}

/** A claim that cannot be read counts: what may hang for ever is refused. */
async function exclusiveClaims(
  client: KubeClient,
  namespace: string,
  podSpec: object,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const volumes = volumesSchema.safeParse(podSpec).data?.volumes ?? [];
  const names = volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));
  const exclusive = await Promise.all(
    names.map(async (name) => {
      const object = await client.find(CLAIM, namespace, name, signal);
      const modes = claimSchema.safeParse(object).data?.spec?.accessModes ?? [];
      return modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany') ? [] : [name];
    }),
  );
  return exclusive.flat();
}

export async function setOriginal(
  client: KubeClient,
  { namespace }: Place,
  spec: OriginalSpec,
  signal?: AbortSignal,
): Promise<void> {
  const deployment = parseDeployment(await client.read(DEPLOYMENT, namespace, spec.name, signal));
  const { annotations, uid } = deployment.metadata;
  if (uid !== spec.uid)
    throw new DabbawalaError(
      'state_conflict',
      `Deployment ${spec.name} was replaced by another of that name.`,
    );
  const containers = deployment.spec.template.spec.containers;
  const index = containers.findIndex((container) => container.name === spec.container);
  const image = spec.revision && imageOf(spec.revision);
  const isDone =
    deployment.spec.replicas === spec.replicas &&
    annotations?.[ORIGINAL_MARK] === spec.rolloutId &&
    (image === null || containers[index]?.image === image);
  if (isDone) return;
  const mark = (name: string, value: string): PatchOperation => ({
    op: 'add',
    path: pointer('metadata', 'annotations', name),
    value,
  });
  const operations: PatchOperation[] = [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...(annotations == null ? [{ op: 'add' as const, path: '/metadata/annotations', value: {} }] : []),
    mark(ORIGINAL_MARK, spec.rolloutId),
    { op: 'add', path: '/spec/replicas', value: spec.replicas },
  ];
  if (spec.revision && image) {
    const at = (field: string) => pointer('spec', 'template', 'spec', 'containers', index, field);
    operations.push(
      { op: 'test', path: at('name'), value: spec.container },
      { op: 'add', path: at('image'), value: image },
      mark(VERSION_MARK, versionOf(spec.revision)),
    );
  }
  await client.patch(DEPLOYMENT, namespace, spec.name, operations, 'state_conflict', signal);
}
