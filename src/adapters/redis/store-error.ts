import { DabbawalaError } from '../../lib/errors.ts';

/** Replies that mean "not now", whatever was asked: Redis is up and of no use to us. */
const UNUSABLE =
  /^(LOADING|READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|UNBLOCKED|MOVED|ASK)\b/;
/** Redis before 7 wraps the reason of a failed script in its own words. */
const UNUSABLE_IN_SCRIPT = /-(LOADING|READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN)\b/;

const isReply = (error: Error): boolean => error.name === 'ReplyError';

/**
 * Anything that ioredis throws, as one of ours. An answer of Redis that is our own fault (wrong type, a broken script,
 * a key in a foreign slot) is a bug; all else means that the store cannot be used now.
 */
export const toStoreError = (error: unknown, what: string): DabbawalaError => {
  if (error instanceof DabbawalaError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const isBug =
    (isReply(cause) && !UNUSABLE.test(cause.message) && !UNUSABLE_IN_SCRIPT.test(cause.message)) ||
    cause instanceof TypeError ||
    cause instanceof SyntaxError ||
    cause instanceof RangeError;
  return isBug
    ? new DabbawalaError('internal', `The state store refused to ${what}.`, { cause, data: { what } })
    : new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.', {
        cause,
        data: { what },
      });
};
