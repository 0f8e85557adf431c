import { appliedFields, entryFields, fieldsOf, pathToText, SEPARATOR } from './field-set.ts';
import type { Kind } from './kinds.ts';
import { cloneJson, type KubeObject, type ManagedFieldsEntry } from './objects.ts';
import { badRequest, invalid, StatusError } from './status.ts';

/**
 * Server-side apply: what a manager says is merged into the object and is its own from then on; what it no longer says,
 * and nobody else does, goes. A field that another manager owns with another value is a conflict, unless by force.
 */

export const APPLY_PATCH = 'application/apply-patch+yaml';

type Loose = Record<string, unknown>;

export interface Applied {
  readonly object: KubeObject;
  /** What the manager owns now. */
  readonly fields: ReadonlySet<string>;
}

export function requireAppliable(
  wanted: KubeObject,
  expected: { readonly apiVersion: string; readonly kind: string; readonly manager: string | null },
): void {
  if (!expected.manager) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: is required for apply patch',
        field: 'fieldManager',
      },
    ]);
  }
  if (wanted.apiVersion !== expected.apiVersion || wanted.kind !== expected.kind) {
    throw badRequest(`invalid object type: ${wanted.apiVersion ?? '/'}, Kind=${wanted.kind ?? ''}`);
  }
  if (wanted.metadata?.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
}

export function applyTo(
  live: KubeObject,
  wanted: KubeObject,
  kind: Kind,
  { manager, isForced }: { readonly manager: string; readonly isForced: boolean },
): Applied {
  const entries = live.metadata.managedFields ?? [];
  const isOwn = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined;
  const others = entries.filter((entry) => !isOwn(entry));
  const said = appliedFields(wanted, kind.isCustom);
  if (!isForced) requireNoConflict(said, fieldsOf(live, kind.isCustom), others, wanted.apiVersion);
  const object = merge(cloneJson(live), cloneJson(wanted), kind.isCustom) as KubeObject;
  const kept = new Set([...said.keys(), ...others.flatMap((entry) => [...entryFields(entry)])]);
  const before = entries.filter(isOwn).flatMap((entry) => [...entryFields(entry)]);
  // The deepest first, so that an item goes after what is in it.
  for (const path of before.sort((a, b) => b.length - a.length)) {
    const isKept = kept.has(path) || [...kept].some((other) => other.startsWith(`${path}${SEPARATOR}`));
    if (!isKept) drop(object, path.split(SEPARATOR));
  }
  return { object, fields: new Set(said.keys()) };
}

function requireNoConflict(
  said: ReadonlyMap<string, string>,
  live: ReadonlyMap<string, string>,
  others: readonly ManagedFieldsEntry[],
  apiVersion: string,
): void {
  const causes = others.flatMap((entry) =>
    [...entryFields(entry)]
      .filter((path) => said.has(path) && said.get(path) !== '' && live.get(path) !== said.get(path))
      .map((path) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${entry.manager}"${entry.operation === 'Apply' ? '' : ` using ${entry.apiVersion ?? apiVersion}`}`,
        field: pathToText(path),
      })),
  );
  const [first] = causes;
  if (!first) return;
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`;
  const text =
    causes.length === 1
      ? `${first.message}: ${first.field}`
      : `conflicts with ${causes.map(({ message, field }) => `${message.slice('conflict with '.length)}:\n- ${field}`).join('\n')}`;
  throw new StatusError(409, 'Conflict', `Apply failed with ${count}: ${text}`, { causes });
}

const isMap = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists of built-in kinds that are merged item by item, and by what. */
const ITEM_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port', 'protocol'],
  ownerReferences: ['uid'],
  conditions: ['type'],
};
const WHOLE_MAPS = new Set(['selector', 'labelSelector', 'nodeSelector']);

function merge(target: unknown, wanted: unknown, isCustom: boolean, name = ''): unknown {
  if (isMap(wanted) && isMap(target) && !(WHOLE_MAPS.has(name) && !isCustom)) {
    const merged: Loose = { ...target };
    for (const [key, value] of Object.entries(wanted)) merged[key] = merge(target[key], value, isCustom, key);
    return merged;
  }
  const keys = isCustom ? undefined : ITEM_KEYS[name];
  if (!keys || !Array.isArray(wanted) || !Array.isArray(target)) return wanted;
  const keyOf = (item: Loose): string =>
    keys.map((key) => String(item[key] ?? (key === 'protocol' ? 'TCP' : ''))).join('/');
  const merged = [...target] as Loose[];
  for (const item of wanted as Loose[]) {
    const at = merged.findIndex((entry) => keyOf(entry) === keyOf(item));
    if (at === -1) merged.push(item);
    else merged[at] = merge(merged[at], item, isCustom) as Loose;
  }
  return merged;
}

function drop(value: unknown, [step = '', ...rest]: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (step.startsWith('f:')) {
    const name = step.slice(2);
    if (rest.length === 0) delete (value as Loose)[name];
    else drop((value as Loose)[name], rest);
    return;
  }
  if (!Array.isArray(value)) return;
  const wanted = JSON.parse(step.slice(2)) as unknown;
  const at = value.findIndex((item) =>
    isMap(wanted)
      ? Object.entries(wanted).every(([key, part]) => (item as Loose)[key] === part)
      : item === wanted,
  );
  if (at === -1) return;
  if (rest.length === 0) value.splice(at, 1);
  else drop(value[at], rest);
}
