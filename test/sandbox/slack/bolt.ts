/** A local Slack and a Bolt app that talks to it, for these tests. */

import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { type Slack, type SlackOptions, startSlack } from '../../../sandbox/slack/index.ts';

export const SIGNING_SECRET = 'a-secret-of-the-tests';
export const BOT_TOKEN = 'xoxb-tests';

export interface Pair {
  readonly slack: Slack;
  readonly app: App;
  /** Where Bolt listens. */
  readonly botUrl: string;
  /** Every payload that a listener saw. */
  readonly seen: Record<string, unknown>[];
  stopBot(): Promise<void>;
  close(): Promise<void>;
}

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** `setup` registers listeners before the first request. */
export async function startPair(
  setup: (app: App) => void = () => {},
  options: Partial<SlackOptions> = {},
): Promise<Pair> {
  let botUrl: string | null = null;
  const slack = await startSlack({
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    bot: () => botUrl,
    ...options,
  });
  const receiver = new HTTPReceiver({ signingSecret: SIGNING_SECRET, logger: silent });
  const app = new App({
    token: BOT_TOKEN,
    receiver,
    logger: silent,
    clientOptions: {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: silent,
    },
  });
  const seen: Record<string, unknown>[] = [];
  app.use(async ({ body, context, next }) => {
    seen.push({ ...body, retryNum: context.retryNum, retryReason: context.retryReason });
    await next();
  });
  setup(app);
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  const { port } = server.address() as AddressInfo;
  botUrl = `http://127.0.0.1:${port}/slack/events`;
  // Bolt asks who it is as soon as it is made, and does not catch a failure of that.
  await until('Bolt asked who it is', () => slack.log().some((each) => each.method === 'auth.test'));
  let isStopped = false;
  const stopBot = async (): Promise<void> => {
    if (!isStopped) await app.stop();
    isStopped = true;
  };
  return {
    slack,
    app,
    seen,
    botUrl,
    stopBot,
    close: async () => {
      await stopBot();
      await slack.close();
    },
  };
}

/** Waits until the condition gives a value; fails after the deadline. */
export async function until<T>(
  what: string,
  condition: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs = 5000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`did not happen in ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A clock that moves only by hand. */
export function handClock(start = 1_800_000_000_000): { now: () => number; pass(ms: number): void } {
  let at = start;
  return {
    now: () => at,
    pass: (ms) => {
      at += ms;
    },
  };
}

/** One Web API call without a client's own retries. */
export async function call(
  slack: Slack,
  method: string,
  args: Record<string, unknown> = {},
  token = BOT_TOKEN,
): Promise<{ status: number; retryAfter: string | null; body: Record<string, unknown> }> {
  const response = await fetch(slack.apiUrl + method, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(args),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Record<string, unknown>,
  };
}
