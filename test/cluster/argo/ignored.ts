/**
 * What a sync applies where ignored fields are respected. As Argo CD's normalizeTargetResources: both sides without the
 * ignored fields, then a JSON merge patch brings back what live has of them. A list is one value to a merge patch, so of a
 * custom resource the whole list comes from live; the card of a refusal warns of that.
 */
import { execFile } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import type { Body } from '../lab/api.ts';
import type { IgnoreRule } from './application.ts';

/** Path of gojq: Argo CD runs jq expressions with it as a library. */
export type Jq = string;

/** Rejects where the expression is none. */
const deletedBy = (jq: Jq, object: Body, expression: string): Promise<Body> =>
  new Promise((resolve, reject) => {
    const child = execFile(jq, ['-c', `del(${expression})`], (error, stdout, stderr) =>
      error ? reject(new Error(`${expression}: ${stderr}`)) : resolve(JSON.parse(stdout)),
    );
    child.stdin?.end(JSON.stringify(object));
  });

function removeAt(object: Body, pointer: string): void {
  const keys = pointer.split('/').slice(1);
  const names = keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop();
  const parent = names.reduce((at, name) => at?.[name], object);
  if (last !== undefined && parent !== undefined) delete parent[last];
}

const groupOf = ({ apiVersion }: Body): string =>
  String(apiVersion).includes('/') ? apiVersion.split('/')[0] : '';

const isFor = (object: Body, { group, kind, name, namespace }: IgnoreRule): boolean =>
  groupOf(object) === group &&
  object.kind === kind &&
  object.metadata.name === name &&
  object.metadata.namespace === namespace;

/** The object without what the rules ignore. */
export async function withoutIgnored(jq: Jq, object: Body, rules: readonly IgnoreRule[]): Promise<Body> {
  let rest = structuredClone(object);
  for (const rule of rules.filter((each) => isFor(object, each))) {
    for (const expression of rule.jqPathExpressions) rest = await deletedBy(jq, rest, expression);
    for (const pointer of rule.jsonPointers) removeAt(rest, pointer);
  }
  return rest;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386, of what `to` has and `from` lacks or has otherwise. Nothing is taken away: live is the richer of the two. */
export function mergePatch(from: unknown, to: unknown): unknown {
  if (!isMap(from) || !isMap(to)) return to;
  const changed = Object.entries(to).filter(([key, value]) => !isDeepStrictEqual(from[key], value));
  return Object.fromEntries(changed.map(([key, value]) => [key, mergePatch(from[key], value)]));
}

export function merged(object: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const base = isMap(object) ? object : {};
  const entries = Object.entries(patch).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(entries) };
}

/** What is applied instead of what Git says. */
export async function respectful(
  jq: Jq,
  target: Body,
  live: Body,
  rules: readonly IgnoreRule[],
): Promise<Body> {
  const { status: _, ...own } = live;
  const kept = mergePatch(await withoutIgnored(jq, own, rules), own);
  return merged(await withoutIgnored(jq, target, rules), kept);
}
