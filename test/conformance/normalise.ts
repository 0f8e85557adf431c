/**
 * What two servers may say differently, and nothing else. Identity is kept: the same uid, version or generated name gets
 * the same mark wherever it turns up in a sequence, so a wrong one still shows.
 */
import type { Body } from './sequence.ts';

export interface Normaliser {
  (body: Body): Body;
  /** An answer that was seen, compared or not: names that controllers made are known from then on. */
  see(body: Body): void;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Times of the run are marks; times that a sequence wrote itself lie in the past and are compared. */
const LATELY_MS = 24 * 3_600_000;

/** Values of members, whatever object they are in. */
const MEMBERS: Readonly<Record<string, { readonly mark: string; readonly why: string }>> = {
  continue: { mark: '<continue>', why: 'a token whose content is the server’s own' },
  nodeName: { mark: '<node>', why: 'which node takes a pod is the scheduler’s choice' },
  podIP: { mark: '<pod address>', why: 'addresses are given out in the order of starts' },
  hostIP: { mark: '<node address>', why: 'nodes are the machine’s' },
  clusterIP: { mark: '<cluster address>', why: 'addresses are drawn at random' },
  containerID: { mark: '<container>', why: 'the runtime’s own' },
  'topology.kubernetes.io/zone': { mark: '<zone>', why: 'the node’s' },
  expirationTimestamp: { mark: '<time>', why: 'a time of the run' },
};

/** One for each sequence. */
export function normaliser(): Normaliser {
  const marks = new Map<string, string>();
  const counts = new Map<string, number>();
  const markOf = (kind: string, value: string): string => {
    const key = `${kind} ${value}`;
    const known = marks.get(key);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    marks.set(key, `<${kind} ${count}>`);
    return `<${kind} ${count}>`;
  };
  const hashes = new Set<string>();
  const suffixes = new Set<string>();

  const text = (value: string): string => {
    const time = TIME.exec(value);
    if (time && Math.abs(Date.now() - Date.parse(value)) < LATELY_MS)
      return time[1] === undefined ? '<time>' : '<time with fractions>';
    // The whole object stands in it, in the order of the server's own types.
    const [, start, end] = /^(.*Invalid value: ")\{.*\}(": json: .*)$/.exec(value) ?? [];
    if (start !== undefined) return `${start}<object>${end}`;
    const [, made] = /ReplicaSet "\S+-([a-z0-9]+)"/.exec(value) ?? [];
    if (made !== undefined) hashes.add(made);
    let said = value.replace(UUID, (uid) => markOf('uid', uid));
    for (const hash of hashes) said = said.replaceAll(hash, markOf('hash', hash));
    for (const suffix of suffixes) said = said.replaceAll(suffix, markOf('suffix', suffix));
    // A version in a sentence is where the server is just now.
    return said
      .replace(/(resource version: )(\d+)( \()\d+\)/i, '$1<version>$3<version>)')
      .replace(/(resource version: \d+, current: )\d+/i, '$1<version>')
      .replace(/(ResourceVersion in (?:the precondition|record) \()(\d+)\)/gi, '$1<version>)')
      .replace(/10\.244\.\d+\.\d+/g, '<pod address>');
  };

  const walk = (value: unknown, name: string, isListMeta: boolean): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => walk(item, name === 'podIPs' ? 'podIP' : '', false));
      if (name === 'managedFields') return sortedEntries(items as Body[]);
      // Drawn at random like the single one.
      return name === 'clusterIPs' ? ['<cluster address>'] : items;
    }
    if (typeof value === 'object' && value !== null) {
      const object = value as Record<string, unknown>;
      const isList = name === '' && Array.isArray(object['items']);
      return Object.fromEntries(
        Object.entries(object)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, part]) => [text(key), walk(part, key, isListMeta || (isList && key === 'metadata'))]),
      );
    }
    if (typeof value !== 'string') return value;
    if (name === 'resourceVersion' && value !== '')
      // A list's is the whole server's, and moves with objects of others.
      return isListMeta ? '<version>' : markOf('version', value);
    const member = MEMBERS[name];
    return member && value !== '' && value !== 'None' ? member.mark : text(value);
  };

  const see = (body: Body): void => note(body, hashes, suffixes);
  return Object.assign((body: Body) => walk(body, '', false), { see });
}

/** Names that controllers make: of the template's hash, whose function is the server's own, and of random letters. */
function note(value: unknown, hashes: Set<string>, suffixes: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { generateName, name } = value as { generateName?: unknown; name?: unknown };
  const labels = (value as { labels?: Record<string, string> }).labels;
  const hash = labels?.['pod-template-hash'];
  if (hash !== undefined) hashes.add(hash);
  if (typeof generateName === 'string' && typeof name === 'string' && name.startsWith(generateName))
    suffixes.add(name.slice(generateName.length));
  for (const part of Object.values(value)) note(part, hashes, suffixes);
}

/** The server sorts them by their second, which is the run's. */
const sortedEntries = (entries: readonly Body[]): readonly Body[] =>
  [...entries].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));

const rank = ({ manager, operation, apiVersion, subresource }: Body): string =>
  [manager, operation, subresource, apiVersion].map((part) => part ?? '').join('\u0000');
