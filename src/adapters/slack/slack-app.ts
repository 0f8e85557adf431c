/** Bolt, by HTTP or by Socket Mode: the gate, the catch-all listeners, an orderly start while Slack is down and an orderly stop. */
import type { AddressInfo } from 'node:net';
import {
  type AllMiddlewareArgs,
  HTTPReceiver,
  type SlackActionMiddlewareArgs,
  type SlackCommandMiddlewareArgs,
  type SlackOptionsMiddlewareArgs,
  type SlackViewMiddlewareArgs,
} from '@slack/bolt';
import type { Log } from '../../lib/log.ts';
import { type Mask, maskText } from '../../lib/outbound/mask.ts';
import type { Mention } from '../../ports/chat.ts';
import { guardBody } from './body-guard.ts';
import { boltLogger } from './bolt-logger.ts';
import { clientOptions, type SlackClients } from './clients.ts';
import { createGate, type GateOptions, markRequest, UntrustedRequest } from './gate.ts';
import { InFlight } from './in-flight.ts';
import { readMention } from './mention.ts';
import { FilteredApp } from './outbound.ts';
import { createBackoff } from './send-limits.ts';
import { sleep } from './sleep.ts';
import { createSocketReceiver, keepConnected } from './socket-mode.ts';
import { readFault } from './web-errors.ts';

const PATH = '/slack/events';
/** Largest request body. Read and counted before anything is verified. */
export const BODY_LIMIT = 64 * 1024;
const STOP_WAIT_MS = 10_000;

/** One per way in. Each answers the person itself and never throws. */
export interface SlackListeners {
  command(args: SlackCommandMiddlewareArgs & AllMiddlewareArgs): Promise<void>;
  click(args: SlackActionMiddlewareArgs & AllMiddlewareArgs): Promise<void>;
  submit(args: SlackViewMiddlewareArgs & AllMiddlewareArgs): Promise<void>;
  options(args: SlackOptionsMiddlewareArgs & AllMiddlewareArgs): Promise<void>;
  mention(mention: Mention): Promise<void>;
}

export interface SlackAppOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly signingSecret: string;
  /** Given: Socket Mode, and nothing listens. */
  readonly appToken: string | null;
  readonly clients: SlackClients;
  readonly gate: Omit<GateOptions, 'log'>;
  readonly listeners: SlackListeners;
  /** What every answer goes through; without the process's own secrets when left out. */
  readonly mask?: Mask;
  readonly log: Log;
}

export interface SlackIdentity {
  readonly botId: string;
  readonly botUserId: string;
  readonly teamId: string;
}

export interface SlackApp {
  /** Listens and returns the port; in Socket Mode connects and returns null. Slack need not be reachable. */
  start(port: number, host?: string): Promise<number | null>;
  /** Ends the listener, then waits (at most 10 s) for handlers that were acked. */
  stop(): Promise<void>;
  /** Who the token belongs to; null until Slack has answered auth.test once. */
  identity(): SlackIdentity | null;
}

export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { log, listeners, gate } = options;
  const logger = boltLogger(log);
  const inFlight = new InFlight();
  const stopping = new AbortController();
  let identity: SlackIdentity | null = null;
  let connection: Promise<void> = Promise.resolve();

  const { apiUrl, appToken } = options;
  const socket = appToken === null ? null : createSocketReceiver({ apiUrl, appToken, logger, log });
  const createHttp = (): HTTPReceiver => {
    const http = new HTTPReceiver({
      signingSecret: options.signingSecret,
      endpoints: PATH,
      bodyLimit: BODY_LIMIT,
      logger,
      customPropertiesExtractor: (request) => markRequest(request as { headers?: Record<string, unknown> }),
      processEventErrorHandler: async ({ error, response }) => {
        const isUntrusted = error instanceof UntrustedRequest;
        if (!response.headersSent) response.writeHead(isUntrusted ? error.status : 500).end();
        log.warn({ why: error.message, isUntrusted }, 'request not accepted');
        return true;
      },
    });
    guardBody(http, PATH, BODY_LIMIT);
    return http;
  };
  const receiver = socket ?? createHttp();
  const mask = options.mask ?? maskText;
  const app = new FilteredApp(mask, {
    receiver,
    logger,
    convoStore: false,
    clientOptions: clientOptions({ apiUrl: options.apiUrl, token: options.token, logger, mask }, 0),
    // Never a Web API call on the way in: what is known of ourselves is learnt beside it.
    authorize: async () => ({
      botToken: options.token,
      ...(identity === null ? {} : { botId: identity.botId, botUserId: identity.botUserId }),
    }),
  });
  app.error(async (error) => {
    throw error;
  });
  app.use(createGate({ ...gate, log }));
  app.command(/.*/, (args) => inFlight.track(listeners.command(args)));
  app.action(/.*/, (args) => inFlight.track(listeners.click(args)));
  app.view(/.*/, (args) => inFlight.track(listeners.submit(args)));
  app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack }) => ack());
  app.options(/.*/, (args) => inFlight.track(listeners.options(args)));
  app.event('app_mention', async ({ body }) => {
    const mention = readMention(body, identity?.botUserId ?? null);
    if (mention) await inFlight.track(listeners.mention(mention));
  });

  async function learnIdentity(): Promise<void> {
    const backoff = createBackoff(60_000);
    while (!stopping.signal.aborted) {
      try {
        const answer = await options.clients.write.auth.test();
        identity = {
          botId: answer.bot_id ?? '',
          botUserId: answer.user_id ?? '',
          teamId: answer.team_id ?? '',
        };
        if (!gate.teams.includes(identity.teamId))
          log.error(
            { team: identity.teamId },
            'the token belongs to a workspace that slack.teams does not list',
          );
        return;
      } catch (error) {
        const { slackError, retryAfterMs } = readFault(error);
        const delayMs = retryAfterMs ?? backoff.next();
        log.warn({ slackError, delayMs }, 'Slack did not say who we are; asking again');
        await sleep(delayMs, stopping.signal);
      }
    }
  }

  return {
    start: async (port, host = '0.0.0.0') => {
      void inFlight.track(learnIdentity());
      if (socket !== null) connection = keepConnected(socket, stopping.signal, log);
      if (!(receiver instanceof HTTPReceiver)) return null;
      const server = await receiver.start(
        { port, host },
        { headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000 },
      );
      return (server.address() as AddressInfo).port;
    },
    stop: async () => {
      stopping.abort();
      // An answer over the socket needs the socket: there it closes last.
      const isSocketFree = socket === null ? Promise.resolve(true) : inFlight.settle(STOP_WAIT_MS);
      const isClosed = isSocketFree
        .then(() => app.stop())
        .then(
          () => connection,
          () => undefined,
        );
      const isSettled = await inFlight.settle(STOP_WAIT_MS);
      if (!isSettled) log.warn({ running: inFlight.size }, 'stopped while handlers were still running');
      await Promise.race([isClosed, sleep(1000, new AbortController().signal)]);
    },
    identity: () => identity,
  };
}
