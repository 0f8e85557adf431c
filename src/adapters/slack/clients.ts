import { type Logger, webApi } from '@slack/bolt';

export interface SlackAddress {
  /** Base address of the Web API. */
  readonly apiUrl: string;
  readonly token: string;
  readonly logger: Logger;
  /** ms for one call; 5 s when left out. */
  readonly timeoutMs?: number;
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** Every call of Bolt itself and of ours: bounded, and a 429 comes back at once instead of stopping the whole client. */
export const clientOptions = (address: SlackAddress, retries: 0 | 1 | 2): webApi.WebClientOptions => ({
  slackApiUrl: withSlash(address.apiUrl),
  retryConfig: { retries, minTimeout: 200 },
  timeout: address.timeoutMs ?? 5000,
  rejectRateLimitedCalls: true,
  logger: address.logger,
});

/** Bolt's respond() has no time-out of its own. */
export const boundedFetch =
  (timeoutMs: number): typeof fetch =>
  (input, init) =>
    fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(timeoutMs) });

export interface SlackClients {
  /** Never retries by itself: a post whose outcome is unknown is looked for first. */
  readonly write: webApi.WebClient;
  readonly read: webApi.WebClient;
}

export const createSlackClients = (address: SlackAddress): SlackClients => ({
  write: new webApi.WebClient(address.token, clientOptions(address, 0)),
  read: new webApi.WebClient(address.token, clientOptions(address, 2)),
});
