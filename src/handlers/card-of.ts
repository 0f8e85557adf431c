import { DabbawalaError } from '../lib/errors.ts';
import { type CardValue, decodeCardValue } from '../views/card-value.ts';
import type { ModalMetadata } from '../views/modals.ts';

/** The card that a form was opened from. */
export function cardOf({ card }: ModalMetadata): CardValue {
  const value = card === undefined ? null : decodeCardValue(card);
  if (!value) throw new DabbawalaError('stale_button', 'The form names no card.');
  return value;
}
