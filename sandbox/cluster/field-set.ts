import type { KubeObject, ManagedFieldsEntry } from './objects.ts';

/**
 * Which fields an object has, in the words of managedFields: a set of paths whose steps are `f:name` or `k:{"name":"x"}`,
 * and its tree form. A member that is a leaf carries its value, so that two sets can be compared.
 */

/** Path (steps joined with SEPARATOR) -> JSON of the value, or '' for a container. */
export type FieldSet = Map<string, string>;

export const SEPARATOR = '\u0001';

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
  imagePullSecrets: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

/** Where a kind's list of that name is otherwise; null: one field. */
const KEYS_OF_KIND: Readonly<Record<string, Readonly<Record<string, readonly string[] | null>>>> = {
  Service: { ports: ['port', 'protocol'] },
  EndpointSlice: { ports: null },
  Job: { conditions: null },
};

/** Maps that are one field, wherever they are. */
const ATOMIC_MAPS = new Set([
  'f:podSelector',
  'f:selector',
  'f:labelSelector',
  'f:nodeSelector',
  'f:fieldRef',
  'f:secretKeyRef',
  'f:configMapKeyRef',
  'f:involvedObject',
]);

/** Members that an empty object of a built-in kind already has: nobody is said to have added them. */
const ALWAYS = ['f:metadata', 'f:spec', 'f:status'];
const TEMPLATE = [
  'f:spec f:template',
  'f:spec f:template f:metadata',
  'f:spec f:template f:spec',
  'f:spec f:template f:spec f:containers',
];
const ALWAYS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  Deployment: [...TEMPLATE, 'f:spec f:strategy'],
  ReplicaSet: TEMPLATE,
  Job: TEMPLATE,
  Pod: ['f:spec f:containers'],
  HorizontalPodAutoscaler: ['f:spec f:scaleTargetRef'],
  Event: ['f:source'],
  Service: ['f:status f:loadBalancer'],
  PersistentVolumeClaim: ['f:spec f:resources'],
};

interface Walk {
  readonly set: FieldSet;
  readonly isCustom: boolean;
  readonly kind: string;
  readonly isAlways: (path: readonly string[]) => boolean;
}

export function fieldsOf(object: KubeObject, isCustom: boolean): FieldSet {
  const set: FieldSet = new Map();
  const always = new Set([...ALWAYS, ...(ALWAYS_OF_KIND[object.kind] ?? [])]);
  const typed: Walk = {
    set,
    isCustom: false,
    kind: object.kind,
    isAlways: (path) => always.has(path.join(' ')),
  };
  const custom: Walk = { set, isCustom: true, kind: object.kind, isAlways: () => false };
  for (const [field, value] of Object.entries(object)) {
    if (field === 'apiVersion' || field === 'kind' || value === undefined) continue;
    if (field !== 'metadata') {
      walk(value, [`f:${field}`], isCustom ? custom : typed);
      continue;
    }
    for (const [name, part] of Object.entries(object.metadata)) {
      if (!UNTRACKED_METADATA.has(name)) walk(part, ['f:metadata', `f:${name}`], typed);
    }
  }
  return set;
}

/** What an apply says: its leaves, and the items of lists that have a key. */
export function appliedFields(object: KubeObject, isCustom: boolean): FieldSet {
  const set: FieldSet = new Map();
  const into = { set, kind: object.kind, isAlways: () => true };
  for (const [field, value] of Object.entries(object)) {
    if (field === 'apiVersion' || field === 'kind' || field === 'status' || value === undefined) continue;
    if (field !== 'metadata') walk(value, [`f:${field}`], { ...into, isCustom });
    else
      for (const [name, part] of Object.entries(object.metadata))
        if (!UNTRACKED_METADATA.has(name))
          walk(part, ['f:metadata', `f:${name}`], { ...into, isCustom: false });
  }
  return set;
}

export const entryFields = (entry: ManagedFieldsEntry): Set<string> => fromTree(entry.fieldsV1 ?? {});

/** `.spec.containers[name="app"].image`: a path as messages have it. */
export function pathToText(path: string): string {
  return path
    .split(SEPARATOR)
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
      const key = JSON.parse(step.slice(2)) as Record<string, unknown>;
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

function walk(value: unknown, path: readonly string[], into: Walk): void {
  if (value === undefined) return;
  const { set, isCustom } = into;
  const step = path.at(-1) ?? '';
  const keys = keysOf(step.slice(2), into);
  if (Array.isArray(value) && keys && value.length > 0) {
    if (!into.isAlways(path)) set.set(path.join(SEPARATOR), '');
    for (const item of value) walkItem(item as Record<string, unknown>, keys, path, into);
    return;
  }
  if (Array.isArray(value) && step === 'f:finalizers' && value.length > 0) {
    set.set(path.join(SEPARATOR), '');
    for (const item of value) set.set([...path, `v:${JSON.stringify(item)}`].join(SEPARATOR), '');
    return;
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap && Object.keys(value).length === 0 && into.isAlways(path)) return;
  if (!isMap || Object.keys(value).length === 0 || (ATOMIC_MAPS.has(step) && !isCustom)) {
    set.set(path.join(SEPARATOR), JSON.stringify(value));
    return;
  }
  if (!into.isAlways(path)) set.set(path.join(SEPARATOR), '');
  for (const [name, part] of Object.entries(value)) walk(part, [...path, `f:${name}`], into);
}

function keysOf(list: string, { isCustom, kind }: Walk): readonly string[] | undefined {
  if (isCustom) return undefined;
  const own = KEYS_OF_KIND[kind]?.[list];
  return own === null ? undefined : (own ?? LIST_KEYS[list]);
}

function walkItem(
  item: Record<string, unknown>,
  keys: readonly string[],
  path: readonly string[],
  into: Walk,
): void {
  const partOf = (name: string): unknown => item[name] ?? (name === 'protocol' ? 'TCP' : undefined);
  const present = keys.filter((key) => partOf(key) !== undefined);
  const key = Object.fromEntries(present.map((name) => [name, partOf(name)]));
  const itemPath = [...path, `k:${JSON.stringify(key)}`];
  // Who is an owner is one field, with all that is said of it.
  const isWhole = path.at(-1) === 'f:ownerReferences';
  into.set.set(itemPath.join(SEPARATOR), isWhole ? JSON.stringify(item) : '');
  if (isWhole) return;
  for (const [name, part] of Object.entries(item)) walk(part, [...itemPath, `f:${name}`], into);
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
