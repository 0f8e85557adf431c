/** PagerDuty's Events API v2: one address, three words, told apart by the dedup key. */
import * as z from 'zod';
import { DabbawalaError } from '../lib/errors.ts';
import { type Mask, maskText } from '../lib/outbound/mask.ts';
import { maskValue } from '../lib/outbound/mask-value.ts';
import type { PageEvent, Pager } from '../ports/pager.ts';

export interface PagerDutySettings {
  readonly url: string;
  /** ms, of one request. */
  readonly timeout: number;
}

/** Limits of the API. */
const SUMMARY_AT_MOST = 1024;
const ANSWER_AT_MOST = 10_000;

const answer = z.looseObject({ message: z.string().catch(''), errors: z.array(z.string()).catch([]) });

/** @param routingKey read for every event, so that a rotated one counts @param mask what every event goes through */
export const createPagerDuty = (
  { url, timeout }: PagerDutySettings,
  routingKey: () => string,
  mask: Mask = maskText,
): Pager => ({
  send: async (event) => {
    const key = routingKey();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'dabbawala' },
      body: JSON.stringify(maskValue(bodyOf(event, key), mask, OURS)),
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    }).catch((error: unknown) => {
      const why =
        error instanceof Error && error.name === 'TimeoutError'
          ? `no answer within ${timeout} ms`
          : 'not reached';
      throw new DabbawalaError('pager_unavailable', `PagerDuty: ${why}.`, { cause: error });
    });
    if (response.status === 202) return void (await response.body?.cancel());
    const words = (await wordsOf(response)).replaceAll(key || '\0', '…');
    // 429 and 5xx are to be sent again, all else would be refused again.
    if (response.status !== 429 && response.status < 500)
      throw new DabbawalaError('pager_refused', `PagerDuty refused it (${response.status}): ${words}`);
    const seconds = Number(response.headers.get('retry-after'));
    throw new DabbawalaError('pager_unavailable', `PagerDuty answered ${response.status}.`, {
      data: Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 3600) * 1000 } : {},
    });
  },
});

/** The key that opens the door, and the one that finds the page again. */
const OURS = { kept: new Set(['routing_key', 'dedup_key']), areNumbersMasked: false };

function bodyOf(event: PageEvent, routingKey: string): object {
  const head = { routing_key: routingKey, event_action: event.action, dedup_key: event.key };
  if (event.action !== 'trigger') return head;
  return {
    ...head,
    client: 'Dabbawala',
    ...(event.link !== null && {
      client_url: event.link,
      links: [{ href: event.link, text: 'Card in Slack' }],
    }),
    payload: {
      summary: event.summary.toWellFormed().slice(0, SUMMARY_AT_MOST),
      source: event.source.toWellFormed().slice(0, 255) || 'Dabbawala',
      severity: event.severity,
      timestamp: new Date(event.since).toISOString(),
      custom_details: event.details,
    },
  };
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { message, errors } = answer.parse(JSON.parse(text.slice(0, ANSWER_AT_MOST)));
    return (
      [message, ...errors]
        .filter((part) => part !== '')
        .join('; ')
        .slice(0, 300) || 'no reason given'
    );
  } catch {
    return 'no reason given';
  }
}
