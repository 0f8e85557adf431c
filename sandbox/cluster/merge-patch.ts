import { badRequest, StatusError } from './status.ts';

/** JSON merge patch (RFC 7386), and the strategic one of built-in kinds, whose lists are merged by the key of their items. */

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

type Loose = Record<string, unknown>;

const isMap = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function requireMap(body: unknown, words: string): Loose {
  if (isMap(body)) return body;
  const type = Array.isArray(body) ? 'array' : typeof body;
  throw badRequest(`${words}json: cannot unmarshal ${type} into Go value of type map[string]interface {}`);
}

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Loose = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** The key by which items are told apart; every other list is replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  ownerReferences: 'uid',
};

export function strategicMergePatch(target: unknown, patch: unknown, kind: string): unknown {
  if (!isMap(patch)) return patch;
  if (patch.$patch === 'replace') return bare(patch);
  const merged: Loose = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null || (isMap(value) && value.$patch === 'delete')) delete merged[key];
    else if (Array.isArray(value)) merged[key] = mergeList(merged[key], value, key, kind);
    else merged[key] = strategicMergePatch(merged[key], value, kind);
  }
  return merged;
}

function mergeList(target: unknown, patch: readonly unknown[], name: string, kind: string): unknown[] {
  if (name === 'finalizers') return [...new Set([...((target as unknown[]) ?? []), ...patch])];
  const key = name === 'ports' ? (kind === 'Service' ? 'port' : 'containerPort') : MERGE_KEYS[name];
  const before = Array.isArray(target) ? target : [];
  if (key === undefined) return [...patch];
  const merged = [...before] as Loose[];
  const added: Loose[] = [];
  for (const item of patch) {
    if (!isMap(item) || item[key] === undefined) throw lacksKey(item, key);
    const at = merged.findIndex((entry) => entry[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at !== -1) merged.splice(at, 1);
    } else if (at === -1) {
      added.push(bare(item));
    } else {
      merged[at] = strategicMergePatch(merged[at], item, kind) as Loose;
    }
  }
  // New ones come first, as the server has them.
  return [...added, ...merged];
}

const bare = ({ $patch: _directive, ...rest }: Loose): Loose => rest;

function lacksKey(item: unknown, key: string): StatusError {
  const members = Object.entries((item ?? {}) as Loose).map(([name, value]) => `${name}:${String(value)}`);
  return new StatusError(
    500,
    undefined,
    `map: map[${members.join(' ')}] does not contain declared merge key: ${key}`,
  );
}
