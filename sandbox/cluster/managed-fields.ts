import { type FieldSet, fieldsOf, fromTree, toTree } from './field-set.ts';
import { formatTime, type KubeObject, type ManagedFieldsEntry } from './objects.ts';

/**
 * Who owns which field. An update takes what it changed from all others; what it removed nobody owns. The bot reads this
 * to say who edited a route, and gives its own entry back at the end of a rollout.
 */

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** What a server-side apply says; absent for every other write. */
  readonly applied?: ReadonlySet<string> | undefined;
}

export function trackManagedFields(options: {
  readonly live: KubeObject | undefined;
  readonly next: KubeObject;
  readonly writer: Writer;
  readonly isCustom: boolean;
  readonly now: Date;
}): ManagedFieldsEntry[] {
  const { live, next, writer, isCustom, now } = options;
  const entries = startingEntries(live, next, {
    isSubresource: writer.subresource !== undefined,
    isCustom,
  });
  // An object that nobody is recorded for stays so: the real server begins to record at creation only.
  if (live && entries.length === 0 && !writer.applied) return [];

  const before: FieldSet = live ? fieldsOf(live, isCustom) : new Map();
  const after = fieldsOf(next, isCustom);
  const changed = new Set([...after].filter(([path, value]) => before.get(path) !== value).map(([p]) => p));
  const removed = new Set([...before.keys()].filter((path) => !after.has(path)));
  if (writer.applied) return applyEntries(entries, writer, { changed, removed, now });
  if (changed.size === 0 && removed.size === 0) return sortEntries(entries);

  const own = entries.find((entry) => isWriter(entry, writer));
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => without(entry, (path) => changed.has(path) || removed.has(path)));
  const kept = [...fromTree(own?.fieldsV1 ?? {})].filter((path) => !removed.has(path));
  const mine: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    time: formatTime(now),
    fieldsType: 'FieldsV1',
    fieldsV1: toTree(new Set([...kept, ...changed])),
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  };
  return sortEntries([...others, mine].filter((entry) => Object.keys(entry.fieldsV1 ?? {}).length > 0));
}

function applyEntries(
  entries: readonly ManagedFieldsEntry[],
  writer: Writer,
  {
    changed,
    removed,
    now,
  }: { readonly changed: Set<string>; readonly removed: Set<string>; readonly now: Date },
): ManagedFieldsEntry[] {
  const fields = writer.applied ?? new Set();
  const own = entries.find((entry) => isWriter(entry, writer));
  const isChange = changed.size > 0 || removed.size > 0;
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => without(entry, (path) => changed.has(path) || removed.has(path)));
  // Who says only what is there already has no time, as the real one notes it.
  const time = isChange ? formatTime(now) : own?.time;
  const mine: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toTree(fields),
  };
  return sortEntries([...others, mine].filter((entry) => Object.keys(entry.fieldsV1 ?? {}).length > 0));
}

/**
 * The entries that the update starts from. The request may change them; one that says nothing of them changes none, as
 * clients do that do not know the field. `[{}]` erases them; an empty list does so too of a built-in kind, not of a custom
 * one.
 */
function startingEntries(
  live: KubeObject | undefined,
  next: KubeObject,
  { isSubresource, isCustom }: { readonly isSubresource: boolean; readonly isCustom: boolean },
): ManagedFieldsEntry[] {
  const stored = live?.metadata.managedFields ?? [];
  if (isSubresource) return stored;
  const asked = next.metadata.managedFields;
  if (asked === undefined || (isCustom && asked.length === 0)) return stored;
  const [first] = asked;
  if (asked.length === 1 && first && Object.keys(first).length === 0) return [];
  return asked.every(isWritable) ? asked : stored;
}

/** Entries that no server would have written are not taken over. */
const isWritable = ({ operation, fieldsType }: ManagedFieldsEntry): boolean =>
  (operation === 'Update' || operation === 'Apply') && fieldsType === 'FieldsV1';

function isWriter(entry: ManagedFieldsEntry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === (writer.applied ? 'Apply' : 'Update') &&
    entry.apiVersion === writer.apiVersion &&
    entry.subresource === writer.subresource
  );
}

function without(entry: ManagedFieldsEntry, isTaken: (path: string) => boolean): ManagedFieldsEntry {
  const paths = [...fromTree(entry.fieldsV1 ?? {})];
  const kept = paths.filter((path) => !isTaken(path));
  return kept.length === paths.length ? entry : { ...entry, fieldsV1: toTree(kept) };
}

function sortEntries(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const rank = (entry: ManagedFieldsEntry): string =>
    [entry.operation, entry.time, entry.manager, entry.subresource].map((part) => part ?? '').join('\u0000');
  return [...entries].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The manager of a request that names none: the client's User-Agent up to its first slash. */
export function managerFromUserAgent(userAgent: string | undefined): string {
  const prefix = (userAgent ?? '').split('/')[0]?.slice(0, 128);
  return prefix || 'unknown';
}
