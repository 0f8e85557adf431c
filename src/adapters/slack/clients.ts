import type { Logger, webApi } from '@slack/bolt';
import { type Mask, maskText } from '../../lib/outbound/mask.ts';
import { FilteredClient, outboundFetch } from './outbound.ts';

export interface SlackAddress {
  /** Base address of the Web API. */
  readonly apiUrl: string;
  readonly token: string;
  readonly logger: Logger;
  /** ms for one call; 5 s when left out. */
  readonly timeoutMs?: number;
  /** What every call goes through; without the process's own secrets when left out. */
  readonly mask?: Mask;
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** Bolt's respond() has no time-out of its own. */
const RESPOND_TIMEOUT_MS = 3000;

/** Every call of Bolt itself and of ours: filtered, bounded, and a 429 comes back at once instead of stopping the whole client. */
export const clientOptions = (address: SlackAddress, retries: 0 | 1 | 2): webApi.WebClientOptions => ({
  slackApiUrl: withSlash(address.apiUrl),
  retryConfig: { retries, minTimeout: 200 },
  timeout: address.timeoutMs ?? 5000,
  rejectRateLimitedCalls: true,
  logger: address.logger,
  fetch: outboundFetch(address.mask ?? maskText, RESPOND_TIMEOUT_MS),
});

export interface SlackClients {
  /** Never retries by itself: a post whose outcome is unknown is looked for first. */
  readonly write: webApi.WebClient;
  readonly read: webApi.WebClient;
}

export function createSlackClients(address: SlackAddress): SlackClients {
  const create = (retries: 0 | 2): webApi.WebClient =>
    new FilteredClient(address.mask ?? maskText, address.token, clientOptions(address, retries));
  return { write: create(0), read: create(2) };
}
