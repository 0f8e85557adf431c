import type { Dict } from './types.ts';

/** One colour of a service as the cluster tells it; `plain` is the Deployment of one that has no colours. */
export interface ColourState {
  readonly colour: 'blue' | 'green' | 'plain';
  readonly weight: number | null;
  readonly ready: number;
  readonly wanted: number;
  readonly image: string | null;
  /** Tag that the digest was asked by, as the bot notes it. */
  readonly version: string | null;
}

const VERSION_MARK = 'dabbawala.dev/version';

const dict = (value: unknown): Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {};
const list = (value: unknown): Dict[] => (Array.isArray(value) ? value.map(dict) : []);
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

const itemsOf = (body: unknown): Dict[] => list(dict(body).items);
const nameOf = (object: Dict): string => String(dict(object.metadata).name ?? '');

/** Weight by colour of the route whose destinations are this service's subsets; null where there is none. */
export function weightsOf(routes: unknown, service: string): { blue: number; green: number } | null {
  for (const route of itemsOf(routes)) {
    for (const http of list(dict(route.spec).http)) {
      const pair = list(http.route).filter((one) => {
        const host = String(dict(one.destination).host ?? '');
        return host === service || host.startsWith(`${service}.`);
      });
      const bySubset = (subset: string): number | undefined => {
        const found = pair.find((one) => dict(one.destination).subset === subset);
        return found === undefined ? undefined : count(found.weight ?? (pair.length === 1 ? 100 : 0));
      };
      const blue = bySubset('blue');
      const green = bySubset('green');
      if (blue !== undefined || green !== undefined) return { blue: blue ?? 0, green: green ?? 0 };
    }
  }
  return null;
}

function stateOf(deployments: unknown, name: string): Omit<ColourState, 'colour' | 'weight'> {
  const found = itemsOf(deployments).find((one) => nameOf(one) === name);
  const spec = dict(found?.spec);
  const marks = dict(dict(found?.metadata).annotations);
  const container = list(dict(dict(spec.template).spec).containers)[0];
  return {
    ready: count(dict(found?.status).readyReplicas),
    wanted: count(spec.replicas),
    image: typeof container?.image === 'string' ? container.image : null,
    version: typeof marks[VERSION_MARK] === 'string' ? marks[VERSION_MARK] : null,
  };
}

export function coloursOf(
  deployments: unknown,
  routes: unknown,
  service: string,
): readonly (ColourState & { readonly colour: 'blue' | 'green' })[] {
  const weights = weightsOf(routes, service);
  return (['blue', 'green'] as const).map((colour) => ({
    colour,
    weight: weights?.[colour] ?? null,
    ...stateOf(deployments, `${service}-${colour}`),
  }));
}

/** The one Deployment behind a route that names no colour: all of the traffic is its. */
export const plainOf = (deployments: unknown, service: string): ColourState => ({
  colour: 'plain',
  weight: 100,
  ...stateOf(deployments, service),
});

/** `v2.3.1` of a tagged image, the first digits of a digest, an em dash for none. */
export function shortImage(image: string | null): string {
  const [name = '', digest] = (image ?? '').split('@sha256:');
  return /:([^/:]+)$/.exec(name)?.[1] ?? digest?.slice(0, 7) ?? '—';
}
