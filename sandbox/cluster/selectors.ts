import type { KubeObject, LabelSelector } from './objects.ts';
import { badRequest } from './status.ts';
import { VALUE as LABEL_VALUE, VALUE_HINT } from './words.ts';

/** Label and field selectors, both as query strings and as spec.selector. */

export type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const requirements = splitOutsideBrackets(text).map(parseRequirement);
  return (labels) => requirements.every((holds) => holds(labels));
}

function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of text) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else {
      part += letter;
    }
  }
  parts.push(part);
  return parts.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

function parseRequirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in' ? isIn(key, values) : isNotIn(key, values);
  }
  const compared = /^([^!=\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (compared) {
    const [, key = '', operator, value = ''] = compared;
    if (!LABEL_VALUE.test(value)) {
      throw badRequest(
        `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${VALUE_HINT}`,
      );
    }
    return operator === '!=' ? isNotIn(key, [value]) : isIn(key, [value]);
  }
  const existence = /^(!?)\s*([^\s!=(),]+)$/.exec(text);
  if (existence) {
    const [, negated, key = ''] = existence;
    return (labels) => Object.hasOwn(labels, key) === (negated === '');
  }
  const [, bare] = /^\S+\s+(?:in|notin)\s+(\S*)/.exec(text) ?? [];
  if (bare !== undefined) throw badRequest(`unable to parse requirement: found '${bare}' expected: '('`);
  throw badRequest(
    `unable to parse requirement: found '${text}', expected: in, notin, =, ==, !=, or the end`,
  );
}

function isIn(key: string, values: readonly string[]): Requirement {
  return (labels) => {
    const value = labels[key];
    return value !== undefined && values.includes(value);
  };
}

/** An absent label satisfies both `!=` and `notin`. */
function isNotIn(key: string, values: readonly string[]): Requirement {
  return (labels) => {
    const value = labels[key];
    return value === undefined || !values.includes(value);
  };
}

/** spec.selector of a workload. An empty selector matches everything, an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  const isEqual = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    isEqual &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      if (operator === 'In') return isIn(key, values)(labels);
      if (operator === 'NotIn') return isNotIn(key, values)(labels);
      return Object.hasOwn(labels, key) === (operator === 'Exists');
    })
  );
}

/** How the server prints a selector in a Scale or a message. */
export function printSelector(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...equal, ...others].sort().join(',');
}

const FIELDS: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
  'status.phase': (object) => readField(object, 'status', 'phase'),
  'spec.nodeName': (object) => readField(object, 'spec', 'nodeName'),
};

/** Beside the name and the namespace, which every kind can be asked for. */
const FIELDS_OF_KIND: Readonly<Record<string, Readonly<Record<string, (object: KubeObject) => unknown>>>> = {
  Secret: { type: (object) => object.type },
  Event: {
    ...Object.fromEntries(
      ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => [
        `involvedObject.${field}`,
        (object: KubeObject) => readField(object, 'involvedObject', field),
      ]),
    ),
    reason: (object) => object.reason,
    type: (object) => object.type,
  },
};

function readField(object: KubeObject, section: string, field: string): unknown {
  const value = object[section];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}

export function parseFieldSelector(text: string, kind: string): (object: KubeObject) => boolean {
  const requirements = text
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const parsed = /^([^!=]+)(==|=|!=)(.*)$/.exec(entry.trim());
      if (!parsed) throw badRequest(`invalid selector: '${entry}'; can't understand '${entry}'`);
      const [, field = '', operator, wanted = ''] = parsed;
      const read = FIELDS[field] ?? FIELDS_OF_KIND[kind]?.[field];
      if (!read) throw badRequest(`field label not supported: ${field}`);
      return (object: KubeObject) => (String(read(object) ?? '') === wanted) === (operator !== '!=');
    });
  return (object) => requirements.every((holds) => holds(object));
}

/** The two selectors of a list or watch, as one question. */
export function parseFilter(query: URLSearchParams, kind: string): (object: KubeObject) => boolean {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', kind);
  return (object) => byLabel(object.metadata.labels ?? {}) && byField(object);
}
