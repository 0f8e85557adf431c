import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import { type ClusterSettings, Connection } from './connection.ts';
import { type Answer, type ConflictCode, explainAnswer, explainSilence, parseJson } from './failures.ts';
import { apiVersionOf, type Call, describeObject, type Kind, POD, pathOf } from './resources.ts';

export const FIELD_MANAGER = 'dabbawala';

/** An object as the server stores it: every field, known or not. */
export type KubeObject = Record<string, unknown>;

export type PatchOperation =
  | { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** One segment of a JSON pointer. */
export const pointer = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const objectSchema = z.record(z.string(), z.unknown());
const listSchema = z.looseObject({
  items: z.array(objectSchema),
  metadata: z.looseObject({ continue: z.string().optional() }).optional(),
});

const METHODS = { get: 'GET', list: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' } as const;
const PAGE = 500;
const MAX_PAGES = 20;
/** Longer waits are the caller's: a tick must not hang on one busy server. */
const MAX_RETRY_AFTER_MS = 2000;

interface Extra {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly conflict?: ConflictCode;
}

/**
 * One cluster's API server, untyped on purpose. Every call ends within the cluster's time-out, however long the
 * signal lives, and throws nothing but DabbawalaError.
 */
export class KubeClient {
  readonly name: string;
  readonly #connection: Connection;
  readonly #timeoutMs: number;

  /** @throws `invalid_config` */
  constructor(name: string, settings: ClusterSettings) {
    this.name = name;
    this.#connection = new Connection(name, settings);
    this.#timeoutMs = settings.timeout;
  }

  async read(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject> {
    return this.#object({ verb: 'get', kind, namespace, name, subresource: null }, {}, signal);
  }

  /** null: there is no such object. */
  async find(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject | null> {
    try {
      return await this.read(kind, namespace, name, signal);
    } catch (error) {
      if (isDabbawalaError(error, 'object_missing')) return null;
      throw error;
    }
  }

  /** @param namespace empty: all of them */
  async list(
    kind: Kind,
    namespace: string,
    labelSelector: string,
    signal?: AbortSignal,
  ): Promise<readonly KubeObject[]> {
    const call: Call = { verb: 'list', kind, namespace, name: null, subresource: null };
    const items: KubeObject[] = [];
    let next = '';
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = {
        limit: String(PAGE),
        ...(labelSelector !== '' && { labelSelector }),
        ...(next !== '' && { continue: next }),
      };
      const answer = await this.#expect(call, { query }, signal);
      const parsed = listSchema.safeParse(parseJson(answer.text));
      if (!parsed.success) throw this.#unreadable(call);
      items.push(...parsed.data.items);
      next = parsed.data.metadata?.continue ?? '';
      if (next === '') return items;
    }
    throw new DabbawalaError(
      'cluster_unavailable',
      `Cluster "${this.name}" lists more than ${PAGE * MAX_PAGES} objects of ${describeObject(call)}.`,
    );
  }

  /** `state_conflict` when the name is taken; `plan_refused` when the server finds the object invalid. */
  async create(
    kind: Kind,
    namespace: string,
    body: KubeObject,
    options: { readonly dryRun?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#object(
      { verb: 'create', kind, namespace, name: null, subresource: null },
      {
        query: { fieldManager: FIELD_MANAGER, ...(options.dryRun && { dryRun: 'All' }) },
        body: { apiVersion: apiVersionOf(kind), kind: kind.kind, ...body },
      },
      signal,
    );
  }

  /** JSON patch: the only one that can change two numbers of a list and test what it stands on. */
  async patch(
    kind: Kind,
    namespace: string,
    name: string,
    operations: readonly PatchOperation[],
    conflict: ConflictCode,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#object(
      { verb: 'patch', kind, namespace, name, subresource: null },
      { query: { fieldManager: FIELD_MANAGER }, body: operations, conflict },
      signal,
    );
  }

  /** Foreground: the object stays, marked as being deleted, until what it owns is gone. */
  async remove(
    kind: Kind,
    namespace: string,
    name: string,
    uid: string,
    signal?: AbortSignal,
    graceSeconds?: number,
  ): Promise<void> {
    await this.#expect(
      { verb: 'delete', kind, namespace, name, subresource: null },
      {
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Foreground',
          preconditions: { uid },
          ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
        },
      },
      signal,
    );
  }

  /** Last lines of a container's log. `isPrevious`: of the run before this one. */
  async log(
    namespace: string,
    pod: string,
    container: string,
    lines: number,
    signal?: AbortSignal,
    isPrevious = false,
  ): Promise<string> {
    const answer = await this.#expect(
      { verb: 'get', kind: POD, namespace, name: pod, subresource: 'log' },
      {
        query: {
          ...{ container, tailLines: String(lines), limitBytes: '65536' },
          ...(isPrevious && { previous: 'true' }),
        },
      },
      signal,
    );
    return answer.text;
  }

  /** GET through the pod proxy; whatever came back, unjudged. @throws the raw network fault or the signal's reason */
  async proxy(call: Call, path: string, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    const outgoing = { method: 'GET', path: `${pathOf(call)}${path}`, headers: this.#headers(), body: null };
    return this.#connection.send(outgoing, within(timeoutMs, signal));
  }

  explain(call: Call, answer: Answer): DabbawalaError {
    return explainAnswer(this.name, call, answer, 'state_conflict');
  }

  close(): void {
    this.#connection.close();
  }

  async #object(call: Call, extra: Extra, signal: AbortSignal | undefined): Promise<KubeObject> {
    const answer = await this.#expect(call, extra, signal);
    const parsed = objectSchema.safeParse(parseJson(answer.text));
    if (!parsed.success) throw this.#unreadable(call);
    return parsed.data;
  }

  #headers(): Record<string, string> {
    return { Accept: 'application/json', 'User-Agent': FIELD_MANAGER };
  }

  async #expect(call: Call, extra: Extra, signal: AbortSignal | undefined): Promise<Answer> {
    const query = new URLSearchParams(extra.query).toString();
    const headers = this.#headers();
    if (extra.body !== undefined)
      headers['Content-Type'] = call.verb === 'patch' ? 'application/json-patch+json' : 'application/json';
    const outgoing = {
      method: METHODS[call.verb],
      path: `${pathOf(call)}${query === '' ? '' : `?${query}`}`,
      headers,
      body: extra.body === undefined ? null : JSON.stringify(extra.body),
    };
    const bounded = within(this.#timeoutMs, signal);
    let answer: Answer;
    try {
      answer = await this.#connection.send(outgoing, bounded);
      if (answer.status === 429) {
        await sleep(retryAfterMs(answer), undefined, { signal: bounded });
        answer = await this.#connection.send(outgoing, bounded);
      }
    } catch (error) {
      throw explainSilence(this.name, call, bounded.aborted ? bounded.reason : error, this.#timeoutMs);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw explainAnswer(this.name, call, answer, extra.conflict ?? 'state_conflict');
  }

  #unreadable(call: Call): DabbawalaError {
    return new DabbawalaError(
      'cluster_unavailable',
      `Cluster "${this.name}" answered ${call.verb} of ${describeObject(call)} with something that is no object.`,
    );
  }
}

const within = (timeoutMs: number, signal: AbortSignal | undefined): AbortSignal => {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
};

const retryAfterMs = (answer: Answer): number => {
  const seconds = Number(answer.retryAfter ?? '1');
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, MAX_RETRY_AFTER_MS) : 1000;
};
