/** Which requests the bot sends, in shapes, and which of them have an exchange. */
import { readGolden } from './golden.ts';
import { SUBJECTS } from './subjects/index.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly userAgent?: string | null;
}

/** Names that say which object, not which kind of request. */
const FREE = new Set(['continue', 'container', 'tailLines', 'limitBytes', 'timeoutSeconds']);

/** `PATCH apps/deployments fieldManager`: method, resource and what the query asks for. Versions of Istio are one. */
export function shapeOf({ method, path, query }: Sent): string | null {
  const match =
    /^\/(?:api|apis\/([^/]+))\/v[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?/.exec(
      path,
    );
  if (!match) return null;
  const [, group = '', plural, name, part] = match;
  const resource = `${group}/${plural}${part === undefined ? '' : `/${part}`}`;
  const asked = Object.keys(query)
    .filter((key) => !FREE.has(key))
    .sort()
    .join(',');
  return [method, resource, name === undefined ? 'all' : 'one', ...(asked === '' ? [] : [asked])].join(' ');
}

let known: ReadonlySet<string> | undefined;

/** Shapes of all that is compared. */
export function coveredShapes(): ReadonlySet<string> {
  known ??= new Set(
    SUBJECTS.flatMap(({ name }) => Object.values(readGolden(name)))
      .flatMap((record) => Object.values(record))
      .flatMap(({ asked }) => {
        const [method = '', place = ''] = asked.split(' ');
        const url = new URL(place, 'http://server');
        return shapeOf({ method, path: url.pathname, query: Object.fromEntries(url.searchParams) }) ?? [];
      }),
  );
  return known;
}

/** Of what the bot asked, by its name in the request, whatever no exchange has. */
export const uncoveredOfBot = (sent: readonly Sent[]): readonly string[] =>
  uncovered(sent.filter(({ userAgent }) => userAgent === 'dabbawala'));

/** Shapes of requests that no exchange has. */
export const uncovered = (sent: readonly Sent[]): readonly string[] =>
  [...new Set(sent.map(shapeOf))].flatMap((shape) =>
    shape === null || coveredShapes().has(shape) ? [] : [shape],
  );
