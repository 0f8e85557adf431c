/** What in the mesh reaches a host beside its own route, who manages its objects, and which pods take plain text. */
import * as z from 'zod';
import { known, type MeshSurvey, notKnown, type Owned, type PeerPolicy } from '../core/rollout/ground.ts';
import type { RouteRef } from '../core/rollout/plan.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import { fullHost, rulesFor, virtualServiceSchema } from './istio-route.ts';
import type { KubeObject } from './kubernetes/client.ts';
import { findOwner, type Metadata, metadataSchema } from './kubernetes/owner.ts';

/** Where Istio keeps what holds for the whole mesh. */
export const MESH_ROOT = 'istio-system';

const destination = z.looseObject({ host: z.string(), subset: z.string().optional() });
const targets = z.array(z.looseObject({ destination: destination.nullish() })).nullish();
/** Whatever may name a destination: routes of three kinds, and mirrors, which send a copy. */
const reachSchema = z.looseObject({
  metadata: metadataSchema.extend({ namespace: z.string().default('') }),
  spec: z.looseObject({
    http: z
      .array(z.looseObject({ route: targets, mirror: destination.nullish(), mirrors: targets }))
      .nullish(),
    tcp: z.array(z.looseObject({ route: targets })).nullish(),
    tls: z.array(z.looseObject({ route: targets })).nullish(),
  }),
});
type Reach = z.output<typeof reachSchema>;

const inTargets = (list: z.output<typeof targets>) =>
  (list ?? []).flatMap((entry) => (entry.destination ? [entry.destination] : []));

function destinationsOf({ spec }: Reach, isOwn: boolean) {
  const http = spec.http ?? [];
  return [
    // The route's own HTTP destinations are judged where it is read.
    ...(isOwn ? [] : http.flatMap((each) => inTargets(each.route))),
    ...http.flatMap((each) => [...(each.mirror ? [each.mirror] : []), ...inTargets(each.mirrors)]),
    ...(spec.tcp ?? []).flatMap((each) => inTargets(each.route)),
    ...(spec.tls ?? []).flatMap((each) => inTargets(each.route)),
  ];
}

/** Objects with a destination to the host that names no subset. */
export function uncolouredRoutes(route: RouteRef, objects: readonly KubeObject[]): readonly string[] {
  const host = fullHost(route.host, route.namespace);
  const found = objects.flatMap((object) => {
    const { data } = reachSchema.safeParse(object);
    if (!data) return [];
    const namespace = data.metadata.namespace || route.namespace;
    const isOwn = data.metadata.name === route.name && namespace === route.namespace;
    const reaches = destinationsOf(data, isOwn).some(
      (each) => each.subset === undefined && fullHost(each.host, namespace) === host,
    );
    return reaches ? [`VirtualService ${namespace}/${data.metadata.name}`] : [];
  });
  return [...new Set(found)].toSorted();
}

const owned = (kind: Owned['kind'], metadata: Metadata): readonly Owned[] => {
  const owner = findOwner(metadata);
  return owner === null ? [] : [{ kind, name: metadata.name, owner }];
};

export function ownersOf(
  route: RouteRef,
  object: KubeObject,
  rules: readonly KubeObject[],
): readonly Owned[] {
  const { data } = virtualServiceSchema.safeParse(object);
  return [
    ...(data ? owned('VirtualService', data.metadata) : []),
    ...rulesFor(route, rules).flatMap(({ metadata }) => owned('DestinationRule', metadata)),
  ];
}

const policySchema = z.looseObject({
  metadata: metadataSchema.extend({ namespace: z.string().default('') }),
  spec: z
    .looseObject({
      selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).nullish() }).nullish(),
      mtls: z.looseObject({ mode: z.string().nullish() }).nullish(),
      portLevelMtls: z.record(z.string(), z.looseObject({ mode: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

export const toPolicies = (objects: readonly KubeObject[]): readonly PeerPolicy[] =>
  objects.flatMap((object) => {
    const { data } = policySchema.safeParse(object);
    if (!data) return [];
    const { metadata, spec } = data;
    const labels = spec?.selector?.matchLabels ?? {};
    return [
      {
        namespace: metadata.namespace,
        name: metadata.name,
        selector: Object.keys(labels).length === 0 ? null : labels,
        mode: spec?.mtls?.mode ?? null,
        ports: Object.fromEntries(
          Object.entries(spec?.portLevelMtls ?? {}).map(([port, { mode }]) => [port, mode ?? 'UNSET']),
        ),
        isMeshWide: metadata.namespace === MESH_ROOT,
      },
    ];
  });

/** What a list said, or in words that it may not be made; what is no kind of this cluster is not there. */
async function listed(
  ask: () => Promise<readonly KubeObject[]>,
): Promise<readonly KubeObject[] | 'forbidden'> {
  try {
    return await ask();
  } catch (error) {
    if (isDabbawalaError(error, 'crd_missing')) return [];
    if (isDabbawalaError(error, 'forbidden')) return 'forbidden';
    throw error;
  }
}

export interface MeshReads {
  readonly route: () => Promise<KubeObject>;
  readonly rules: () => Promise<readonly KubeObject[]>;
  readonly routesHere: () => Promise<readonly KubeObject[]>;
  readonly routesEverywhere: () => Promise<readonly KubeObject[]>;
  readonly policies: (namespace: string) => Promise<readonly KubeObject[]>;
}

export async function surveyMesh(route: RouteRef, reads: MeshReads): Promise<MeshSurvey> {
  const [object, rules, everywhere, here, ofNamespace, ofMesh] = await Promise.all([
    reads.route(),
    reads.rules(),
    listed(reads.routesEverywhere),
    listed(reads.routesHere),
    listed(() => reads.policies(route.namespace)),
    listed(() => reads.policies(MESH_ROOT)),
  ]);
  const routes = everywhere === 'forbidden' ? here : everywhere;
  const unseenRoutes =
    routes === 'forbidden'
      ? `Whether other routes send to ${route.host} is not known: no right to list VirtualServices in ${route.namespace}`
      : everywhere === 'forbidden'
        ? `Routes of other namespaces to ${route.host} are not seen: no right to list VirtualServices there`
        : null;
  return {
    owners: ownersOf(route, object, rules),
    uncoloured: routes === 'forbidden' ? [] : uncolouredRoutes(route, routes),
    unseenRoutes,
    ...policiesSeen(route, ofNamespace, ofMesh),
  };
}

/** A policy of the namespace wins over the mesh's, so that one need not be seen when the other decides. */
function policiesSeen(
  route: RouteRef,
  ofNamespace: readonly KubeObject[] | 'forbidden',
  ofMesh: readonly KubeObject[] | 'forbidden',
): Pick<MeshSurvey, 'policies'> {
  if (ofNamespace === 'forbidden')
    return { policies: notKnown(`no right to list PeerAuthentications in ${route.namespace}`) };
  const own = toPolicies(ofNamespace);
  const isDecided = own.some(({ selector, mode }) => selector === null && mode !== null && mode !== 'UNSET');
  if (ofMesh === 'forbidden')
    return {
      policies: isDecided
        ? known(own)
        : notKnown(`no right to list PeerAuthentications in ${MESH_ROOT}, where the mesh keeps its own`),
    };
  return { policies: known([...own, ...toPolicies(ofMesh)]) };
}
