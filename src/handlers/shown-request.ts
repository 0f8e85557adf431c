import { DabbawalaError } from '../lib/errors.ts';
import type { CardValue } from '../views/card-value.ts';

/** Which request a button decides, and what of it was shown. */
export function shownRequest({ part }: CardValue): {
  readonly requestId: string;
  readonly digestPrefix: string;
} {
  const [, requestId, digestPrefix] = /^(q\d{1,6})\.([0-9a-f]{12})$/.exec(part ?? '') ?? [];
  if (requestId === undefined || digestPrefix === undefined)
    throw new DabbawalaError('stale_button', 'The button names no request.');
  return { requestId, digestPrefix };
}
