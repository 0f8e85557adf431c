/** What a VirtualService and its DestinationRules say about two colours. Pure: objects in, numbers or a sentence out. */
import * as z from 'zod';
import { type Colour, otherColour } from '../core/colour.ts';
import type { RouteRef } from '../core/rollout/plan.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { KubeObject } from './kubernetes/client.ts';
import { COLOUR_LABEL } from './kubernetes/marks.ts';
import { metadataSchema } from './kubernetes/owner.ts';

const destinationSchema = z.looseObject({ host: z.string(), subset: z.string().optional() });
export const httpRouteSchema = z.looseObject({
  route: z.array(z.looseObject({ destination: destinationSchema, weight: z.number().optional() })).nullish(),
  delegate: z.looseObject({ name: z.string().optional() }).nullish(),
});
export const virtualServiceSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    gateways: z.array(z.string()).nullish(),
    http: z.array(httpRouteSchema).nullish(),
    tcp: z.array(z.unknown()).nullish(),
    tls: z.array(z.unknown()).nullish(),
  }),
});
export type KnownVirtualService = z.output<typeof virtualServiceSchema>;

const destinationRuleSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    host: z.string(),
    subsets: z
      .array(z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }))
      .nullish(),
  }),
});

type KnownRule = z.output<typeof destinationRuleSchema>;

export interface End {
  /** Index in the route's list of destinations. */
  readonly index: number;
  /** As the object has it: what a write tests. */
  readonly destination: z.output<typeof destinationSchema>;
  readonly weight: number;
}

/** Where the two weights stand in the object. */
export interface Pair {
  /** Index in spec.http. */
  readonly route: number;
  readonly ends: Readonly<Record<Colour, End>>;
  readonly total: number;
}

const COLOURS: readonly Colour[] = ['blue', 'green'];

export const unusable = (route: RouteRef, sentence: string, cause?: unknown): DabbawalaError =>
  new DabbawalaError('route_unusable', `VirtualService ${route.namespace}/${route.name} ${sentence}`, {
    cause,
    data: { route: route.name, namespace: route.namespace, host: route.host },
  });

/** `payment-gateway`, `payment-gateway.payments` and the full cluster name are one host, as Istio reads them. */
export const fullHost = (host: string, namespace: string): string => {
  const name = host.replace(/\.svc(\.cluster\.local)?$/, '');
  if (name !== host) return `${name}.svc`;
  const parts = host.split('.');
  if (parts.length === 1) return `${host}.${namespace}.svc`;
  return parts.length === 2 ? `${host}.svc` : host;
};

export const parseVirtualService = (route: RouteRef, object: KubeObject): KnownVirtualService => {
  const parsed = virtualServiceSchema.safeParse(object);
  if (!parsed.success) throw unusable(route, 'cannot be read: its spec has another shape.', parsed.error);
  return parsed.data;
};

const endsOf = (route: RouteRef, http: z.output<typeof httpRouteSchema>, colour: Colour): readonly End[] => {
  const destinations = http.route ?? [];
  // A single destination may leave its weight out and gets all; among several an absent weight is 0.
  const absent = destinations.length === 1 ? 100 : 0;
  const host = fullHost(route.host, route.namespace);
  return destinations.flatMap((entry, index) =>
    fullHost(entry.destination.host, route.namespace) === host && entry.destination.subset === colour
      ? [{ index, destination: entry.destination, weight: entry.weight ?? absent }]
      : [],
  );
};

const whyNoPair = (route: RouteRef, spec: KnownVirtualService['spec']): string => {
  const http = spec.http ?? [];
  if (http.length === 0)
    return (spec.tcp?.length ?? 0) + (spec.tls?.length ?? 0) > 0
      ? 'routes TCP or TLS only: weights can be shifted on an HTTP route alone.'
      : 'has no HTTP route.';
  const delegate = http.find((entry) => entry.delegate != null)?.delegate;
  if (delegate != null)
    return `hands its routes to the delegate ${delegate.name ?? ''}: name that VirtualService in the configuration.`;
  const one = COLOURS.find((colour) => http.some((entry) => endsOf(route, entry, colour).length > 0));
  if (one !== undefined)
    return `has no HTTP route with both subsets of ${route.host}: beside ${one} there is no ${otherColour(one)}.`;
  return `has no HTTP route that splits ${route.host} between the subsets blue and green.`;
};

/** The one HTTP route that holds both colours. @throws `route_unusable` */
export const findPair = (route: RouteRef, virtualService: KnownVirtualService): Pair => {
  const { spec } = virtualService;
  const found = (spec.http ?? []).flatMap((http, index) => {
    const blue = endsOf(route, http, 'blue');
    const green = endsOf(route, http, 'green');
    return blue.length > 0 && green.length > 0 ? [{ route: index, blue, green }] : [];
  });
  const [only] = found;
  if (only === undefined) throw unusable(route, whyNoPair(route, spec));
  if (found.length > 1)
    throw unusable(
      route,
      `splits ${route.host} between blue and green in ${found.length} HTTP routes: only one can be shifted.`,
    );
  const [blue, green] = [only.blue[0], only.green[0]];
  if (blue === undefined || green === undefined || only.blue.length + only.green.length > 2)
    throw unusable(route, `names a colour of ${route.host} twice in one HTTP route.`);
  const total = blue.weight + green.weight;
  for (const { weight } of [blue, green])
    if (!Number.isInteger(weight) || weight < 0)
      throw unusable(route, `has the weight ${weight}: weights must be whole numbers from 0.`);
  if (total === 0) throw unusable(route, 'gives neither colour any weight: their sum is 0.');
  return { route: only.route, ends: { blue, green }, total };
};

/** A route to the host without a colour reaches the candidate's pods before any weight does; null: there is none. */
export const findUncoloured = (route: RouteRef, virtualService: KnownVirtualService): string | null => {
  const host = fullHost(route.host, route.namespace);
  const index = (virtualService.spec.http ?? []).findIndex((http) =>
    (http.route ?? []).some(
      ({ destination }) =>
        fullHost(destination.host, route.namespace) === host && destination.subset === undefined,
    ),
  );
  return index < 0
    ? null
    : `sends requests to ${route.host} without a subset in HTTP route ${index + 1}: a candidate would get them unasked.`;
};

/** By object: looks at a hundred routes of a namespace share one list of its rules. */
const readRules = new WeakMap<KubeObject, KnownRule | null>();

/** null: not readable, so none of ours. */
function readRule(rule: KubeObject): KnownRule | null {
  const known = readRules.get(rule);
  if (known !== undefined) return known;
  const parsed = destinationRuleSchema.safeParse(rule);
  const read = parsed.success ? parsed.data : null;
  readRules.set(rule, read);
  return read;
}

/** DestinationRules for the host of the route. Istio merges them all. */
export const rulesFor = (route: RouteRef, rules: readonly KubeObject[]): readonly KnownRule[] => {
  const host = fullHost(route.host, route.namespace);
  return rules
    .map(readRule)
    .filter((rule) => rule !== null)
    .filter((rule) => fullHost(rule.spec.host, route.namespace) === host);
};

/** Whether each colour has its subset; a sentence when not. Istio merges all DestinationRules of a host. */
export const findSubsetFault = (route: RouteRef, rules: readonly KubeObject[]): string | null => {
  const parsed = rulesFor(route, rules);
  if (parsed.length === 0)
    return `needs a DestinationRule for ${route.host} with the subsets blue and green: there is none in ${route.namespace}.`;
  const subsets = parsed.flatMap((rule) => rule.spec.subsets ?? []);
  const name = parsed.map((rule) => rule.metadata.name).join(', ');
  for (const colour of COLOURS) {
    const subset = subsets.find((candidate) => candidate.name === colour);
    if (subset === undefined) return `needs subset ${colour} in DestinationRule ${name}: it is not there.`;
    if (subset.labels?.[COLOUR_LABEL] !== colour)
      return `needs the label ${COLOUR_LABEL}: ${colour} on subset ${colour} of DestinationRule ${name}.`;
  }
  return null;
};
