import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { LoadCounters } from '../contract.ts';

export interface LoadOptions {
  readonly proxyUrl: string;
  /** Hosts as clients name them; the rate is shared evenly. */
  readonly services: readonly string[];
  /** In total. */
  readonly rps: number;
  readonly timeoutMs?: number;
}

export interface ServiceCounters extends LoadCounters {
  /** Sent per second, over the last 5 s. */
  readonly rps: number;
}

/** One request that a rollout must not have caused. */
export interface Failure {
  readonly at: string;
  readonly service: string;
  /** `503 UH`, `ECONNRESET`, `timeout`… */
  readonly reason: string;
}

export interface Load {
  counters(): Record<string, ServiceCounters>;
  /** The newest 50. */
  failures(): readonly Failure[];
  reset(): void;
  stop(): Promise<void>;
}

const TICK_MS = 5;
const RATE_WINDOW_MS = 5000;
/** After a stall of the event loop at most this much is made up for: a burst is no constant load. */
const CATCH_UP_MS = 200;

interface Tally {
  sent: number;
  ok: number;
  faulty: number;
  failed: number;
  readonly sentAt: number[];
}

const newTally = (): Tally => ({ sent: 0, ok: 0, faulty: 0, failed: 0, sentAt: [] });

/** Payments at a constant rate, evenly paced, until stopped. */
export function startLoad(options: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, timeout: 30_000 });
  const { hostname, port } = new URL(options.proxyUrl);
  const timeoutMs = options.timeoutMs ?? 10_000;
  const tallies = new Map(options.services.map((service) => [service, newTally()]));
  const failures: Failure[] = [];
  const inFlight = new Set<Promise<void>>();

  const fail = (service: string, tally: Tally, reason: string): void => {
    tally.failed += 1;
    failures.push({ at: new Date().toISOString(), service, reason });
    if (failures.length > 50) failures.shift();
  };

  const judge = (service: string, tally: Tally, answer: IncomingMessage): void => {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) tally.ok += 1;
    else if (answer.headers['x-sandbox-fault'] === '1') tally.faulty += 1;
    else fail(service, tally, `${status} ${answer.headers['x-sandbox-flags'] ?? ''}`.trim());
  };

  const send = (service: string, tally: Tally): Promise<void> =>
    new Promise((resolve) => {
      const now = performance.now();
      tally.sent += 1;
      tally.sentAt.push(now);
      while ((tally.sentAt[0] ?? now) < now - RATE_WINDOW_MS) tally.sentAt.shift();
      const body = '{"amount":100,"currency":"INR"}';
      const request = httpRequest({
        agent,
        host: hostname,
        port,
        method: 'POST',
        path: '/pay',
        headers: { host: service, 'content-type': 'application/json', 'content-length': body.length },
      });
      let isOver = false;
      const over = (act: () => void): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        act();
        resolve();
      };
      const timer = setTimeout(() => {
        over(() => fail(service, tally, 'timeout'));
        request.destroy();
      }, timeoutMs);
      request.on('error', (error: NodeJS.ErrnoException) =>
        over(() => fail(service, tally, error.code ?? error.message)),
      );
      request.on('response', (answer) => {
        answer.on('error', () => over(() => fail(service, tally, 'cut off')));
        answer.on('end', () => over(() => judge(service, tally, answer)));
        answer.resume();
      });
      request.end(body);
    });

  let last = performance.now();
  let due = 0;
  let turn = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    due += (Math.min(now - last, CATCH_UP_MS) / 1000) * options.rps;
    last = now;
    for (; due >= 1; due -= 1) {
      const service = options.services[turn % options.services.length] ?? '';
      turn += 1;
      const sent = send(service, tallies.get(service) ?? newTally());
      inFlight.add(sent);
      void sent.finally(() => inFlight.delete(sent));
    }
  }, TICK_MS);

  return {
    counters: () => {
      const since = performance.now() - RATE_WINDOW_MS;
      return Object.fromEntries(
        [...tallies].map(([service, { sent, ok, faulty, failed, sentAt }]) => {
          const recent = sentAt.filter((at) => at >= since).length;
          return [service, { sent, ok, faulty, failed, rps: recent / (RATE_WINDOW_MS / 1000) }];
        }),
      );
    },
    failures: () => [...failures],
    reset: () => {
      for (const tally of tallies.values()) Object.assign(tally, { sent: 0, ok: 0, faulty: 0, failed: 0 });
      failures.length = 0;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
      agent.destroy();
    },
  };
}
