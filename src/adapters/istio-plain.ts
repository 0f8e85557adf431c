/** A route before adoption: one destination without a subset, and how it becomes two colours and one again. Pure. */
import type { Colour } from '../core/colour.ts';
import type { RouteSurvey } from '../core/rollout/facts.ts';
import type { RouteRef } from '../core/rollout/plan.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import { findPair, fullHost, type KnownVirtualService, rulesFor, unusable } from './istio-route.ts';
import { type KubeObject, type PatchOperation, pointer } from './kubernetes/client.ts';
import { COLOUR_LABEL, MANAGED_BY } from './kubernetes/marks.ts';

type Http = NonNullable<KnownVirtualService['spec']['http']>[number];
type Destinations = NonNullable<Http['route']>;

/** The one HTTP route to the host, with its one destination; null: the object has another shape. */
interface PlainRoute {
  readonly index: number;
  readonly destinations: Destinations;
}

const isToHost = (route: RouteRef, host: string): boolean =>
  fullHost(host, route.namespace) === fullHost(route.host, route.namespace);

const namesHost = (route: RouteRef, http: Http): boolean =>
  (http.route ?? []).some(({ destination }) => isToHost(route, destination.host));

export const findPlain = (route: RouteRef, object: KnownVirtualService): PlainRoute | null => {
  const found = (object.spec.http ?? []).flatMap((http, index) =>
    namesHost(route, http) ? [{ index, destinations: http.route ?? [] }] : [],
  );
  const [only] = found;
  const isPlain =
    only !== undefined &&
    found.length === 1 &&
    only.destinations.length === 1 &&
    only.destinations[0]?.destination.subset === undefined;
  return isPlain ? only : null;
};

/** Why the object can be neither adopted nor is, as the end of a sentence; null: it can. */
const whyNot = (route: RouteRef, { spec }: KnownVirtualService): string | null => {
  if ((spec.tcp?.length ?? 0) + (spec.tls?.length ?? 0) > 0)
    return 'routes TCP or TLS too: only HTTP routes can be shifted by weight.';
  const http = spec.http ?? [];
  if (http.some((entry) => entry.delegate != null))
    return 'hands routes to a delegate: name that VirtualService in the configuration.';
  const own = http.filter((entry) => namesHost(route, entry));
  if (own.length === 0) return `has no HTTP route to ${route.host}.`;
  if (own.length > 1)
    return `has ${own.length} HTTP routes to ${route.host}: one is expected, or part of the requests would stay behind.`;
  const destinations = own[0]?.route ?? [];
  if (destinations.length > 1)
    return `has ${destinations.length} destinations in its HTTP route to ${route.host}: one is expected.`;
  return destinations[0]?.destination.subset === undefined
    ? null
    : `names the subset ${destinations[0].destination.subset} already.`;
};

export function surveyOf(
  route: RouteRef,
  object: KnownVirtualService,
  rules: readonly KubeObject[],
): RouteSurvey {
  const gateways = object.spec.gateways ?? [];
  const fault = whyNot(route, object);
  const isSplit = isPair(route, object);
  return {
    shape: isSplit ? 'split' : fault === null ? 'plain' : 'other',
    fault: isSplit ? '' : (fault ?? ''),
    coversMesh: gateways.length === 0 || gateways.includes('mesh'),
    rules: rulesFor(route, rules).map((rule) => rule.metadata.name),
  };
}

function isPair(route: RouteRef, object: KnownVirtualService): boolean {
  try {
    findPair(route, object);
    return true;
  } catch (error) {
    if (isDabbawalaError(error, 'route_unusable')) return false;
    throw error;
  }
}

/** Remembers whether the one destination had a weight, so that the way back leaves nothing else than it found. */
const weightMark = (route: RouteRef): string => `dabbawala.dev/plain.${route.service}`;
const ABSENT = 'absent';

/** One destination becomes two: the same with subset, all weight on `live`. */
export function splitOperations(
  route: RouteRef,
  { index, destinations }: PlainRoute,
  live: Colour,
): readonly PatchOperation[] {
  const path = pointer('spec', 'http', index, 'route');
  const [only] = destinations;
  if (!only) throw unusable(route, 'has no destination.');
  const coloured = (subset: Colour) => ({
    ...only,
    destination: { ...only.destination, subset },
    weight: subset === live ? 100 : 0,
  });
  return [
    { op: 'test', path, value: destinations },
    { op: 'add', path, value: [coloured('blue'), coloured('green')] },
    {
      op: 'add',
      path: pointer('metadata', 'annotations', weightMark(route)),
      value: only.weight === undefined ? ABSENT : String(only.weight),
    },
  ];
}

/** Two colours become the one destination that was there before. */
export function joinOperations(
  route: RouteRef,
  object: KnownVirtualService,
  live: Colour,
): readonly PatchOperation[] {
  const pair = findPair(route, object);
  const destinations = object.spec.http?.[pair.route]?.route ?? [];
  if (destinations.length !== 2)
    throw unusable(route, 'has further destinations beside the two colours: they would be lost.');
  const entry = destinations[pair.ends[live].index];
  if (!entry) throw unusable(route, 'lost a colour while it was read.');
  const { subset: _subset, ...destination } = entry.destination;
  const { weight: _weight, ...rest } = entry;
  const mark = object.metadata.annotations?.[weightMark(route)];
  const weight = mark !== undefined && /^\d+$/.test(mark) ? { weight: Number(mark) } : {};
  const path = pointer('spec', 'http', pair.route, 'route');
  return [
    { op: 'test', path, value: destinations },
    { op: 'add', path, value: [{ ...rest, destination, ...weight }] },
    ...(mark === undefined
      ? []
      : [{ op: 'remove' as const, path: pointer('metadata', 'annotations', weightMark(route)) }]),
  ];
}

const subset = (colour: Colour) => ({ name: colour, labels: { [COLOUR_LABEL]: colour } });

export const newRule = (route: RouteRef): KubeObject => ({
  metadata: { name: route.host.split('.')[0], labels: { ...MANAGED_BY } },
  spec: { host: route.host, subsets: [subset('blue'), subset('green')] },
});

/** Adds the subsets that lack; a subset that is there and means something else is left to a person. */
export function subsetOperations(rule: ReturnType<typeof rulesFor>[number]): readonly PatchOperation[] {
  const known = rule.spec.subsets ?? [];
  const missing = (['blue', 'green'] as const).filter((colour) => !known.some(({ name }) => name === colour));
  const guard: PatchOperation = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: rule.metadata.resourceVersion,
  };
  if (rule.spec.subsets == null)
    return [guard, { op: 'add', path: '/spec/subsets', value: missing.map(subset) }];
  return [
    guard,
    ...missing.map((colour) => ({ op: 'add' as const, path: '/spec/subsets/-', value: subset(colour) })),
  ];
}
