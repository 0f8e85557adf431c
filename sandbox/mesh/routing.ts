import type { HttpRoute, StringMatch, VirtualService } from './objects.ts';

export interface AskedRequest {
  /** As the client wrote it; a port is ignored. */
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** absent: no VirtualService for the host. unrouted: there is one and none of its routes matches. */
export type FoundRoute =
  | { readonly kind: 'route'; readonly route: HttpRoute; readonly namespace: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unrouted' };

/**
 * `name`, `name.ns`, `name.ns.svc` or the whole, with or without a port -> `name.ns.svc.cluster.local`. Any other name with
 * dots is outside the cluster and stays as it is.
 */
export function fullHost(host: string, namespace: string): string {
  const plain = host.replace(/:\d+$/, '');
  const [name = '', own = namespace, svc = 'svc'] = plain.split('.');
  return svc === 'svc' ? `${name}.${own}.svc.cluster.local` : plain;
}

/** A pattern that does not compile matches nothing: the API server stores it, and the proxy must outlive it. */
function isFullMatch(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return false;
  }
}

const matches = (rule: StringMatch | undefined, value: string): boolean => {
  if (!rule) return true;
  if (rule.exact !== undefined) return rule.exact === value;
  if (rule.prefix !== undefined) return value.startsWith(rule.prefix);
  return rule.regex === undefined || isFullMatch(rule.regex, value);
};

const isMatch = (route: HttpRoute, request: AskedRequest): boolean =>
  (route.match ?? []).length === 0 ||
  (route.match ?? []).some(
    (condition) =>
      matches(condition.uri, request.path) &&
      matches(condition.method, request.method) &&
      Object.entries(condition.headers ?? {}).every(([name, rule]) => {
        const value = request.headers[name.toLowerCase()];
        return value !== undefined && matches(rule, String(value));
      }),
  );

/** The first route that fits, of the VirtualService that covers mesh traffic to the host. */
export function findRoute(
  virtualServices: readonly VirtualService[],
  host: string,
  request: AskedRequest,
): FoundRoute {
  const own = virtualServices.filter(({ metadata, spec }) => {
    const gateways = spec?.gateways ?? [];
    const isMesh = gateways.length === 0 || gateways.includes('mesh');
    return isMesh && (spec?.hosts ?? []).some((name) => fullHost(name, metadata.namespace ?? '') === host);
  });
  if (own.length === 0) return { kind: 'absent' };
  for (const { metadata, spec } of own)
    for (const route of spec?.http ?? [])
      if (isMatch(route, request)) return { kind: 'route', route, namespace: metadata.namespace ?? '' };
  return { kind: 'unrouted' };
}

/**
 * Picks by weight. A single destination takes everything, whatever its weight says; among several an absent weight is 0.
 * Negative weights, which the API server lets through, count as 0. null: nobody has weight.
 *
 * @param dice 0 (inclusive) to 1 (exclusive)
 */
export function pickDestination(
  route: HttpRoute,
  dice: number,
): { readonly host: string; readonly subset?: string } | null {
  const entries = route.route ?? [];
  const weightOf = (index: number): number =>
    entries.length === 1 ? 1 : Math.max(0, entries[index]?.weight ?? 0);
  const total = entries.reduce((sum, _, index) => sum + weightOf(index), 0);
  let at = dice * total;
  for (const [index, { destination }] of entries.entries()) {
    const weight = weightOf(index);
    if (weight > 0 && at < weight && destination?.host)
      return destination.subset === undefined
        ? { host: destination.host }
        : { host: destination.host, subset: destination.subset };
    at -= weight;
  }
  return null;
}
