/** Slack's failures as one of ours: what it said, when to try again, and whether it may have happened all the same. */
import { webApi } from '@slack/bolt';
import { DabbawalaError } from '../../lib/errors.ts';

export interface SlackFault {
  /** Slack's error word, or `http_500`, `timeout`, `connection`… */
  readonly slackError: string;
  readonly retryAfterMs: number | null;
  /** The call may have taken effect: look before doing it again. */
  readonly isOutcomeUnknown: boolean;
}

/** A connection that never came up cannot have carried the call. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Slack documents these as "some aspect of the operation may have succeeded". */
const MAYBE_DONE = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable']);
const DEFAULT_RETRY_MS = 1000;

function causeCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as Error & { code?: unknown }).code;
    if (typeof code === 'string' && !code.startsWith('slack_')) return code;
    if (at.name === 'TimeoutError') return 'timeout';
  }
  return null;
}

export function readFault(error: unknown): SlackFault {
  const fault = (
    slackError: string,
    isOutcomeUnknown: boolean,
    retryAfterMs: number | null = null,
  ): SlackFault => ({
    slackError,
    retryAfterMs,
    isOutcomeUnknown,
  });
  if (error instanceof webApi.WebAPIPlatformError)
    return fault(error.data.error, MAYBE_DONE.has(error.data.error));
  if (error instanceof webApi.WebAPIRateLimitedError)
    return fault('ratelimited', false, error.retryAfter * 1000);
  if (error instanceof webApi.WebAPIHTTPError)
    return fault(`http_${error.statusCode}`, error.statusCode >= 500);
  if (error instanceof webApi.WebAPIRequestError) {
    const code = causeCode(error.original) ?? 'connection';
    return fault(code, !NOT_SENT.has(code));
  }
  // A 429 whose Retry-After cannot be read comes as a plain Error.
  if (error instanceof Error && error.message.includes('retry-after'))
    return fault('ratelimited', false, DEFAULT_RETRY_MS);
  return fault('unexpected', true);
}

export function slackUnavailable(method: string, error: unknown): DabbawalaError {
  const fault = readFault(error);
  return new DabbawalaError('slack_unavailable', `Slack did not carry out ${method}: ${fault.slackError}.`, {
    cause: error,
    data: { method, ...fault },
  });
}

export function groupsUnavailable(what: string, error: unknown): DabbawalaError {
  const { slackError, retryAfterMs } = readFault(error);
  const again =
    retryAfterMs === null ? 'in a few seconds' : `in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s`;
  // A server that does not know the method will never say: whoever is named by group alone stays shut out.
  const hint =
    slackError === 'unknown_method'
      ? 'This server cannot say it at all: name people by id under `users` in the configuration.'
      : `Try again ${again}.`;
  return new DabbawalaError('groups_unavailable', `Slack could not say ${what}: ${slackError}.`, {
    cause: error,
    hint,
    data: { slackError, retryAfterMs },
  });
}
