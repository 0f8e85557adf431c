import { isDeepStrictEqual } from 'node:util';
import jsonPatch from 'fast-json-patch';
import { goType } from './go-json.ts';
import { badRequest, patchRejected } from './status.ts';

/**
 * JSON patch with the rules of the library that the real API server uses, which is laxer than RFC 6902 in one place:
 * `replace` of an absent member of an object that exists is accepted. Everything else that does not fit is one and the
 * same 422, so a client cannot tell a lost race from a wrong path.
 */

export const JSON_PATCH = 'application/json-patch+json';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export function applyJsonPatch<T extends object>(document: T, body: unknown): T {
  let current: unknown = structuredClone(document);
  for (const operation of parseOperations(body)) {
    check(current, operation);
    // A test is judged above: the library refuses null for an absent member, the real server does not.
    if (operation.op === 'test') continue;
    try {
      current = jsonPatch.applyOperation(
        current,
        plain(current, operation) as never,
        false,
        true,
      ).newDocument;
    } catch {
      throw patchRejected();
    }
  }
  return current as T;
}

function parseOperations(body: unknown): Operation[] {
  if (!Array.isArray(body)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(body)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  return body.map((entry) => {
    const operation = entry as Operation | null;
    if (typeof operation?.path !== 'string') throw patchRejected();
    return operation;
  });
}

/** As RFC 6902 has it: a value that is left out is null, a place counted from the end one from the front, a copy of nothing null. */
function plain(document: unknown, operation: Operation): object {
  const path = fromFront(document, operation.path, operation.op === 'add' ? 1 : 0);
  if (operation.op === 'copy' && !locate(document, operation.from ?? '').isPresent) {
    return { op: 'add', path, value: null };
  }
  const needsValue = operation.op === 'add' || operation.op === 'replace';
  // A member that is absent is added: the server's library replaces it.
  return { ...operation, path, ...(needsValue && { value: operation.value ?? null }) };
}

function fromFront(document: unknown, path: string, room: number): string {
  const [, parent, back] = /^(.*)\/-(\d+)$/.exec(path) ?? [];
  const list = parent === undefined ? null : locate(document, parent).value;
  return Array.isArray(list) ? `${parent}/${list.length + room - Number(back)}` : path;
}

function check(document: unknown, operation: Operation): void {
  const target = locate(document, operation.path);
  switch (operation.op) {
    case 'test':
      if (!isDeepStrictEqual(target.value ?? null, operation.value ?? null)) throw patchRejected();
      return;
    case 'add':
      if (Array.isArray(target.parent) && !fitsList(target.parent, target.key, true)) throw patchRejected();
      requireParent(target);
      return;
    case 'replace':
      if (Array.isArray(target.parent) && !fitsList(target.parent, target.key, false)) throw patchRejected();
      requireParent(target);
      return;
    case 'remove':
      if (!target.isPresent) throw patchRejected();
      return;
    case 'copy':
      requireParent(target);
      if (typeof locate(document, operation.from ?? '').parent !== 'object') throw patchRejected();
      return;
    case 'move':
      if (!locate(document, operation.from ?? '').isPresent) throw patchRejected();
      requireParent(target);
      return;
    default:
      throw patchRejected();
  }
}

interface Located {
  readonly parent: unknown;
  readonly key: string;
  readonly isPresent: boolean;
  readonly value: unknown;
}

function locate(document: unknown, pointer: string): Located {
  if (pointer === '') return { parent: { '': document }, key: '', isPresent: true, value: document };
  if (!pointer.startsWith('/')) throw patchRejected();
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop() ?? '';
  let parent: unknown = document;
  for (const step of keys) parent = member(parent, step).value;
  return { parent, key, ...member(parent, key) };
}

function member(parent: unknown, key: string): { readonly isPresent: boolean; readonly value: unknown } {
  if (Array.isArray(parent)) {
    const isPresent = fitsList(parent, key, false);
    return { isPresent, value: isPresent ? parent[Number(key)] : undefined };
  }
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) {
    return { isPresent: false, value: undefined };
  }
  return { isPresent: true, value: (parent as Record<string, unknown>)[key] };
}

function fitsList(list: readonly unknown[], key: string, canAppend: boolean): boolean {
  if (canAppend && key === '-') return true;
  if (/^-[1-9]\d*$/.test(key)) return -Number(key) <= list.length + (canAppend ? 1 : 0);
  return /^(0|[1-9]\d*)$/.test(key) && Number(key) < list.length + (canAppend ? 1 : 0);
}

function requireParent(target: Located): void {
  if (typeof target.parent !== 'object' || target.parent === null) throw patchRejected();
}
