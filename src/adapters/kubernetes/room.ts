/** What room a second set of pods would have: quotas, the Service's selector, and what admission adds to a pod. */
import * as z from 'zod';
import {
  type ContainerRoom,
  known,
  notKnown,
  type QuotaSeen,
  type RoomSurvey,
} from '../../core/rollout/ground.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { Place, RoomQuestion } from '../../ports/workloads.ts';
import type { KubeClient, KubeObject } from './client.ts';
import { isPodOf, parsePods } from './observed.ts';
import { metadataSchema } from './owner.ts';
import { POD, QUOTA, SERVICE } from './resources.ts';

/** Numbers are quantities too: YAML writes `cpu: 1` as one. */
const quantities = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).catch({});
const quotaSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z
    .looseObject({
      hard: quantities.nullish(),
      scopes: z.array(z.string()).nullish(),
      scopeSelector: z
        .looseObject({
          matchExpressions: z
            .array(
              z.looseObject({
                scopeName: z.string(),
                operator: z.string(),
                values: z.array(z.string()).nullish(),
              }),
            )
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
  status: z.looseObject({ hard: quantities.nullish(), used: quantities.nullish() }).nullish(),
});
const resources = z.looseObject({ requests: quantities.nullish(), limits: quantities.nullish() });
const containers = z
  .array(
    z.looseObject({
      name: z.string(),
      restartPolicy: z.string().nullish(),
      resources: resources.nullish(),
    }),
  )
  .nullish();
const specSchema = z.looseObject({
  spec: z.looseObject({ containers, initContainers: containers }),
});
const serviceSchema = z.looseObject({
  spec: z.looseObject({ selector: z.record(z.string(), z.string()).nullish() }).nullish(),
});

export async function surveyRoom(
  client: KubeClient,
  { namespace }: Place,
  { service, deployments }: RoomQuestion,
  signal?: AbortSignal,
): Promise<RoomSurvey> {
  const [quotas, object, pods] = await Promise.all([
    readQuotas(client, namespace, signal),
    client.find(SERVICE, namespace, service, signal),
    client.list(POD, namespace, '', signal),
  ]);
  const selector = serviceSchema.safeParse(object).data?.spec?.selector ?? {};
  return {
    quotas,
    selector: Object.keys(selector).length === 0 ? null : selector,
    running: runningContainers(pods, deployments),
  };
}

async function readQuotas(
  client: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<RoomSurvey['quotas']> {
  try {
    const objects = await client.list(QUOTA, namespace, '', signal);
    return known(objects.flatMap(toQuota));
  } catch (error) {
    if (!isDabbawalaError(error, 'forbidden')) throw error;
    return notKnown(`no right to list ResourceQuotas in ${namespace}`);
  }
}

/** What the server counts by is its status; a quota that has none yet counts nothing. */
function toQuota(object: KubeObject): QuotaSeen[] {
  const { data } = quotaSchema.safeParse(object);
  if (!data) return [];
  const expressions = data.spec?.scopeSelector?.matchExpressions ?? [];
  return [
    {
      name: data.metadata.name,
      hard: data.status?.hard ?? data.spec?.hard ?? {},
      used: data.status?.used ?? {},
      scopes: [
        ...(data.spec?.scopes ?? []),
        ...expressions.map(({ scopeName, operator, values }) =>
          [scopeName, operator, ...(values?.length ? [values.join(',')] : [])].join(' '),
        ),
      ],
    },
  ];
}

/** Of one pod that runs: with the mesh's sidecar and the defaults that the namespace gives. */
function runningContainers(
  objects: readonly KubeObject[],
  deployments: readonly string[],
): readonly ContainerRoom[] | null {
  const running = objects.find((object) => {
    const [pod] = parsePods([object]);
    const owner = pod?.metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet');
    const hash = pod?.metadata.labels?.['pod-template-hash'];
    if (!pod || !owner || hash === undefined) return false;
    return deployments.some((name) => owner.name === `${name}-${hash}` && isPodOf(pod, name));
  });
  const spec = specSchema.safeParse(running).data?.spec;
  if (!spec) return null;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec.containers ?? []), ...sidecars].map(({ name, resources: own }) => ({
    name,
    requests: own?.requests ?? {},
    limits: own?.limits ?? {},
  }));
}
