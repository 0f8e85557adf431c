/** What a failed delivery was, as far as it decides what to try next. */
import { isDabbawalaError } from '../lib/errors.ts';

export interface Fault {
  readonly slackError: string;
  readonly method: string;
  readonly retryAfterMs: number | null;
  /** Slack understood and refused this card: others may fare better. */
  readonly isCardsOwn: boolean;
}

export function readDeliveryFault(error: unknown): Fault {
  const isSlack = isDabbawalaError(error, 'slack_unavailable');
  const data = isSlack ? error.data : {};
  const slackError = String(data.slackError ?? (isDabbawalaError(error) ? error.code : 'unexpected'));
  const retryAfterMs = typeof data.retryAfterMs === 'number' ? data.retryAfterMs : null;
  const isRefusal = isSlack && data.isOutcomeUnknown === false && /^[a-z_]+$/.test(slackError);
  return {
    slackError,
    method: String(data.method ?? ''),
    retryAfterMs,
    isCardsOwn: isRefusal || !isDabbawalaError(error),
  };
}

/** Slack said no, or was never reached: it need not be looked for. */
export const isKnownNotDone = (error: unknown): boolean =>
  isDabbawalaError(error, 'slack_unavailable') && error.data.isOutcomeUnknown === false;
