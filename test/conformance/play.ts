/** Plays a sequence on a server and writes down what it answered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Hands, WatchHands } from './hands.ts';
import { type Normaliser, normaliser } from './normalise.ts';
import {
  at,
  type Body,
  namespaceOf,
  post,
  type Reply,
  type Request,
  type Seen,
  type Sequence,
  type Step,
} from './sequence.ts';

/** What is compared of one answer. */
export interface Exchange {
  readonly asked: string;
  readonly status: number;
  readonly contentType: string;
  readonly warnings?: readonly string[];
  readonly retryAfter?: string;
  readonly body: Body;
}

export type Record = Readonly<globalThis.Record<string, Exchange>>;

const HOLDS_WITHIN_MS = 20_000;

/** @param awaitNamespace resolves when a new namespace takes pods */
export async function play(
  sequence: Sequence,
  hands: Hands,
  awaitNamespace: (namespace: string) => Promise<void> = async () => undefined,
  holdsWithinMs = HOLDS_WITHIN_MS,
): Promise<Record> {
  const namespace = namespaceOf(sequence);
  const player = new Player(hands, namespace, holdsWithinMs);
  await prepare(hands, namespace);
  await awaitNamespace(namespace);
  await player.play(sequence.steps(namespace));
  return player.record;
}

/** A namespace of the sequence's own. */
async function prepare(hands: Hands, namespace: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const made = await hands.send(post(at('v1', null, 'namespaces'), body).request as Request);
  if (made.status !== 201)
    throw new Error(`namespace ${namespace}: ${made.status} ${JSON.stringify(made.body)}`);
}

class Player {
  readonly record: globalThis.Record<string, Exchange> = {};
  readonly #hands: Hands;
  readonly #seen: globalThis.Record<string, Body> = {};
  readonly #normalise: Normaliser = normaliser();
  readonly #namespace: string;
  readonly #holdsWithinMs: number;

  constructor(hands: Hands, namespace: string, holdsWithinMs: number) {
    this.#holdsWithinMs = holdsWithinMs;
    this.#hands = hands;
    this.#namespace = namespace;
  }

  async play(steps: Readonly<globalThis.Record<string, Step>>): Promise<void> {
    for (const [name, step] of Object.entries(steps))
      await this.#step(name, step).catch((error: Error) => {
        throw error.message.startsWith('in "')
          ? error
          : new Error(`in "${name}": ${error.message}`, { cause: error });
      });
  }

  async #step(name: string, step: Step): Promise<void> {
    const request = typeof step.request === 'function' ? step.request(this.#seen as Seen) : step.request;
    if (step.during) return this.#watch(name, step, request);
    const reply = await this.#send(name, step, request);
    this.#seen[name] = reply.body;
    this.#normalise.see(reply.body);
    if (!step.isGiven) this.#note(name, step, request, reply);
    else if (reply.status >= 300) throw new Error(`${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  async #send(name: string, { until }: Step, request: Request): Promise<Reply> {
    const deadline = performance.now() + this.#holdsWithinMs;
    for (;;) {
      const reply = await this.#hands.send(request);
      if (until === undefined || until(reply.body, reply.status)) return reply;
      if (performance.now() > deadline)
        throw new Error(`${name}: not within ${this.#holdsWithinMs / 1000} s: ${JSON.stringify(reply.body)}`);
      await delay(25);
    }
  }

  async #watch(name: string, step: Step, request: Request): Promise<void> {
    const opened = await this.#hands.watch(request);
    if (!('take' in opened)) return this.#note(name, step, request, opened);
    try {
      await this.play(step.during ?? {});
      const events = await (opened as WatchHands).take(step.events ?? 0);
      this.#seen[name] = events;
      this.#normalise.see(events);
      this.#note(name, step, request, {
        status: 200,
        contentType: 'application/json',
        warnings: [],
        retryAfter: null,
        body: events,
      });
    } finally {
      opened.close();
    }
  }

  #note(name: string, step: Step, request: Request, reply: Reply): void {
    if (this.record[name] !== undefined) throw new Error(`two steps are named "${name}"`);
    const whole = structuredClone(reply.body);
    for (const path of Object.keys(step.aside ?? {})) drop(whole, path.split('.'));
    const body = step.look && reply.status < 300 ? step.look(whole) : whole;
    this.record[name] = {
      asked: this.#asked(request),
      status: reply.status,
      // A pod of the tests names none: the proxy guesses one, when the body comes in time.
      contentType: isOfPod(request, reply) ? '' : reply.contentType,
      ...(reply.warnings.length > 0 && { warnings: reply.warnings }),
      ...(reply.retryAfter !== null && { retryAfter: reply.retryAfter }),
      body: JSON.parse(JSON.stringify(this.#normalise(body) ?? null)),
    };
  }

  /** For people who read the golden file. */
  #asked({ method, path, contentType, as }: Request): string {
    const where = path
      .replaceAll(this.#namespace, '{ns}')
      .replace(/continue=[^&]+/, 'continue=…')
      .replace(/resourceVersion=[1-9]\d*/, 'resourceVersion=…')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '…')
      .replace(/(\/pods\/)[a-z0-9]+-[a-z0-9-]+(?=[:/])/, '$1…');
    return [method, where, ...(contentType ? [contentType] : []), ...(as ? [`as ${as}`] : [])].join(' ');
  }
}

const isOfPod = ({ path }: Request, { body }: Reply): boolean =>
  path.includes('/proxy/') && typeof body === 'string';

function drop(value: Body, [name, ...rest]: readonly string[]): void {
  if (name === undefined || typeof value !== 'object' || value === null) return;
  if (name === '*') for (const part of Object.values(value)) drop(part, rest);
  else if (rest.length === 0) delete value[name];
  else drop(value[name], rest);
}
