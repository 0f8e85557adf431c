import type { KubeObject } from './objects.ts';

/**
 * Which fields an object has, in the words of managedFields: a set of paths whose steps are `f:name` or `k:{"name":"x"}`,
 * and its tree form. A member that is a leaf carries its value, so that two sets can be compared.
 */

/** Path (steps joined with SEPARATOR) -> JSON of the value, or '' for a container. */
export type FieldSet = Map<string, string>;

const SEPARATOR = '\u0001';

/** Never owned by anyone. */
const UNTRACKED_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** Lists of built-in kinds that are owned item by item. All other lists are one field: so is `spec.http` of a route. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  ports: ['containerPort', 'protocol'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

/** Maps that are one field. */
const ATOMIC_MAPS = new Set([
  'f:selector',
  'f:nodeSelector',
  'f:fieldRef',
  'f:secretKeyRef',
  'f:configMapKeyRef',
]);

export function fieldsOf(object: KubeObject, isCustom: boolean): FieldSet {
  const set: FieldSet = new Map();
  for (const [field, value] of Object.entries(object)) {
    if (field === 'apiVersion' || field === 'kind' || value === undefined) continue;
    if (field === 'metadata') {
      for (const [name, part] of Object.entries(object.metadata)) {
        if (!UNTRACKED_METADATA.has(name)) walk(part, ['f:metadata', `f:${name}`], set, false);
      }
    } else {
      walk(value, [`f:${field}`], set, isCustom);
    }
  }
  return set;
}

function walk(value: unknown, path: readonly string[], set: FieldSet, isCustom: boolean): void {
  if (value === undefined) return;
  const step = path.at(-1) ?? '';
  const keys = LIST_KEYS[step.slice(2)];
  if (Array.isArray(value) && keys && !isCustom && value.length > 0) {
    for (const item of value) walkItem(item as Record<string, unknown>, keys, path, set);
    return;
  }
  if (Array.isArray(value) && step === 'f:finalizers') {
    for (const item of value) set.set([...path, `v:${JSON.stringify(item)}`].join(SEPARATOR), '');
    return;
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || Object.keys(value).length === 0 || (ATOMIC_MAPS.has(step) && !isCustom)) {
    set.set(path.join(SEPARATOR), JSON.stringify(value));
    return;
  }
  if (isCustom || step === 'f:labels' || step === 'f:annotations') set.set(path.join(SEPARATOR), '');
  for (const [name, part] of Object.entries(value)) walk(part, [...path, `f:${name}`], set, isCustom);
}

function walkItem(
  item: Record<string, unknown>,
  keys: readonly string[],
  path: readonly string[],
  set: FieldSet,
): void {
  const present = keys.filter((key) => item[key] !== undefined);
  const key = Object.fromEntries(present.map((name) => [name, item[name]]));
  const itemPath = [...path, `k:${JSON.stringify(key)}`];
  set.set(itemPath.join(SEPARATOR), '');
  for (const [name, part] of Object.entries(item)) walk(part, [...itemPath, `f:${name}`], set, false);
}

/** `{"f:spec":{"f:http":{}}}`; `.` marks a container that is itself a member. */
export function toTree(paths: Iterable<string>): Record<string, unknown> {
  const tree: Tree = {};
  const members = [...paths].sort();
  const containers = new Set<string>();
  for (const member of members) {
    const steps = member.split(SEPARATOR);
    for (let i = 1; i < steps.length; i += 1) containers.add(steps.slice(0, i).join(SEPARATOR));
  }
  for (const member of members) {
    let node = tree;
    for (const step of member.split(SEPARATOR)) {
      node[step] ??= {};
      node = node[step];
    }
    if (containers.has(member)) node['.'] = {};
  }
  return tree;
}

interface Tree {
  [step: string]: Tree;
}

export function fromTree(tree: Record<string, unknown>): Set<string> {
  const paths = new Set<string>();
  const visit = (node: unknown, path: readonly string[]): void => {
    const steps = Object.entries((node ?? {}) as Record<string, unknown>);
    if (steps.length === 0 && path.length > 0) paths.add(path.join(SEPARATOR));
    for (const [step, child] of steps) {
      if (step === '.') paths.add(path.join(SEPARATOR));
      else visit(child, [...path, step]);
    }
  };
  visit(tree, []);
  return paths;
}
