/** Signed requests to the bot, with Slack's deadline. */

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { signedHeaders } from './signing.ts';
import type { State } from './state.ts';
import type { Delivery, Json } from './types.ts';

export interface Sent {
  readonly status: number;
  readonly body: string;
  readonly error: Delivery['error'];
  /** Slack's word for it in x-slack-retry-reason. */
  readonly reason: string;
  readonly ms: number;
  readonly isRetryRefused: boolean;
}

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

export class Dispatcher {
  readonly #state: State;
  // No kept connections: a bot that was killed leaves none behind.
  readonly #agent = new Agent({ keepAlive: false });
  readonly #open = new Set<ClientRequest>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(state: State) {
    this.#state = state;
  }

  /** Sends and waits at most ackMs. Never throws. */
  async send(
    kind: Delivery['kind'],
    name: string,
    contentType: string,
    body: string,
    retry: { readonly num: number; readonly reason: string } | null = null,
  ): Promise<Sent> {
    const at = this.#state.now();
    const started = performance.now();
    const headers = {
      ...signedHeaders(this.#state.options.signingSecret, body, contentType),
      ...(retry ? { 'x-slack-retry-num': String(retry.num), 'x-slack-retry-reason': retry.reason } : {}),
    };
    const outcome = await this.#exchange(body, headers);
    const sent: Sent = { ...outcome, ms: Math.round(performance.now() - started) };
    this.#state.recordDelivery({
      at,
      kind,
      name,
      ms: sent.ms,
      status: sent.status,
      error: sent.error,
      retry: retry?.num ?? 0,
    });
    return sent;
  }

  #exchange(body: string, headers: Record<string, string>): Promise<Omit<Sent, 'ms'>> {
    const url = this.#state.options.bot();
    const failed = (error: 'operation_timeout' | 'dispatch_failed', reason: string, status = 0) => ({
      status,
      body: '',
      error,
      reason,
      isRetryRefused: false,
    });
    if (url === null || this.#isClosed)
      return Promise.resolve(failed('dispatch_failed', 'connection_failed'));
    return new Promise((resolve) => {
      const outgoing = request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      });
      this.#open.add(outgoing);
      const timer = setTimeout(() => {
        done(failed('operation_timeout', 'http_timeout'));
        outgoing.destroy();
      }, this.#state.limits.ackMs);
      const done = (result: Omit<Sent, 'ms'>): void => {
        clearTimeout(timer);
        this.#open.delete(outgoing);
        resolve(result);
      };
      outgoing.on('error', () => done(failed('dispatch_failed', 'connection_failed')));
      outgoing.on('response', (incoming) => {
        collect(incoming).then(
          (text) => {
            const status = incoming.statusCode ?? 0;
            const isOk = status >= 200 && status < 300;
            done({
              status,
              body: text,
              error: isOk ? null : 'dispatch_failed',
              reason: isOk ? '' : 'http_error',
              isRetryRefused: incoming.headers['x-slack-no-retry'] === '1',
            });
          },
          () => done(failed('dispatch_failed', 'connection_failed')),
        );
      });
      outgoing.end(body);
    });
  }

  /** Sends an interaction payload. */
  interaction(kind: Delivery['kind'], name: string, payload: Json): Promise<Sent> {
    return this.send(kind, name, FORM, new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  }

  /** Sends an event, again and again until it is acknowledged or Slack would give up. */
  async event(name: string, payload: Json): Promise<void> {
    const body = JSON.stringify(payload);
    const waits = this.#state.limits.eventRetryMs;
    let sent = await this.send('event', name, JSON_TYPE, body);
    for (const [index, wait] of waits.entries()) {
      if (sent.error === null || sent.isRetryRefused || this.#isClosed) return;
      if (wait > 0) await this.#sleep(wait);
      if (this.#isClosed) return;
      sent = await this.send('event', name, JSON_TYPE, body, { num: index + 1, reason: sent.reason });
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      timer.unref();
      this.#timers.add(timer);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const each of this.#open) each.destroy();
    this.#agent.destroy();
  }
}

async function collect(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
