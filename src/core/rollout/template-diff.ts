/** What a candidate's pod template would change against the live one. Env is compared by value and shown by name alone. */

import type { TemplateChange } from './plan.ts';
import { sha256OfJson } from './plan-digest.ts';
import { isTrackingMark } from './tracking-marks.ts';

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
const byName = (items: readonly Json[]): ReadonlyMap<string, Json> =>
  new Map(items.map((item) => [String(item['name'] ?? ''), item]));
const same = (a: unknown, b: unknown): boolean => sha256OfJson(a ?? null) === sha256OfJson(b ?? null);

/** Labels that a template carries because of its colour or controller, not by anybody's will. */
const OWN_LABELS = ['pod-template-hash', 'dabbawala.dev/colour'];

export function diffTemplates(live: unknown, template: unknown): readonly TemplateChange[] {
  const changes: TemplateChange[] = [];
  const before = record(record(live)['spec']);
  const after = record(record(template)['spec']);
  const containersBefore = byName(list(before['containers']));
  const containersAfter = byName(list(after['containers']));
  for (const name of new Set([...containersBefore.keys(), ...containersAfter.keys()])) {
    const a = containersBefore.get(name);
    const b = containersAfter.get(name);
    if (!a || !b)
      changes.push({
        what: 'other',
        path: `container ${name}`,
        change: b ? 'added' : 'removed',
        from: null,
        to: null,
      });
    else changes.push(...diffContainer(name, a, b));
  }
  for (const key of keysOf(before, after, ['containers']))
    if (!same(before[key], after[key])) changes.push(other(`spec.${key}`, before[key], after[key]));
  const metaBefore = withoutOwn(record(record(live)['metadata']));
  const metaAfter = withoutOwn(record(record(template)['metadata']));
  for (const key of ['labels', 'annotations'])
    for (const name of keysOf(record(metaBefore[key]), record(metaAfter[key]), []))
      if (!same(record(metaBefore[key])[name], record(metaAfter[key])[name]))
        changes.push(other(`${key}.${name}`, record(metaBefore[key])[name], record(metaAfter[key])[name]));
  return changes;
}

function diffContainer(container: string, a: Json, b: Json): TemplateChange[] {
  const changes: TemplateChange[] = [];
  const envBefore = byName(list(a['env']));
  const envAfter = byName(list(b['env']));
  for (const name of new Set([...envBefore.keys(), ...envAfter.keys()]))
    if (!same(envBefore.get(name), envAfter.get(name)))
      changes.push({
        what: 'env',
        path: `${container}.${name}`,
        change: kind(envBefore.get(name), envAfter.get(name)),
        from: null,
        to: null,
      });
  const resourcesBefore = flat(record(a['resources']));
  const resourcesAfter = flat(record(b['resources']));
  for (const path of new Set([...resourcesBefore.keys(), ...resourcesAfter.keys()])) {
    const from = resourcesBefore.get(path) ?? null;
    const to = resourcesAfter.get(path) ?? null;
    if (from !== to)
      changes.push({ what: 'resources', path: `${container}.${path}`, change: kind(from, to), from, to });
  }
  for (const key of keysOf(a, b, ['env', 'resources', 'image', 'name']))
    if (!same(a[key], b[key])) changes.push(other(`${container}.${key}`, a[key], b[key]));
  return changes;
}

const kind = (from: unknown, to: unknown): TemplateChange['change'] =>
  from === undefined || from === null ? 'added' : to === undefined || to === null ? 'removed' : 'changed';
const other = (path: string, from: unknown, to: unknown): TemplateChange => ({
  what: 'other',
  path,
  change: kind(from, to),
  from: null,
  to: null,
});
const keysOf = (a: Json, b: Json, except: readonly string[]): readonly string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !except.includes(key)).sort();

function withoutOwn(metadata: Json): Json {
  const labels = Object.fromEntries(
    Object.entries(record(metadata['labels'])).filter(
      ([name]) => !OWN_LABELS.includes(name) && !isTrackingMark(name),
    ),
  );
  const annotations = Object.fromEntries(
    Object.entries(record(metadata['annotations'])).filter(
      ([name]) => !name.startsWith('dabbawala.dev/') && !isTrackingMark(name),
    ),
  );
  return { labels, annotations };
}

/** `requests.cpu` -> `500m`. */
function flat(resources: Json): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [group, values] of Object.entries(resources))
    for (const [name, value] of Object.entries(record(values))) found.set(`${group}.${name}`, String(value));
  return found;
}
