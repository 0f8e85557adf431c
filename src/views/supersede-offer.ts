/** The refusal of a deploy while another rollout runs, for somebody who may put theirs in its place. */
import type { DabbawalaError } from '../lib/errors.ts';
import type { Message } from '../ports/chat.ts';
import { ACTIONS, encodeOffer, type OfferValue } from './actions.ts';
import { actions, button, confirm, fitMessage } from './blocks.ts';
import { targetName } from './format.ts';
import { errorReply } from './replies.ts';

/** @param running version of the rollout that would go back */
export function supersedeOffer(error: DabbawalaError, offer: OfferValue, running: string): Message {
  const refusal = errorReply(error);
  const ask = button({
    actionId: ACTIONS.supersede,
    label: 'Supersede',
    value: encodeOffer(offer),
    style: 'danger',
    confirm: confirm(
      'Take its place?',
      `${running} of ${targetName(offer.target)} is withdrawn, or goes back to the last good version. Then ${offer.version} is planned and asks for its own approval.`,
      'Supersede',
      'Leave it',
      'danger',
    ),
  });
  const blocks = [...refusal.classic, actions(ask)];
  return fitMessage({ text: refusal.text, blocks, classic: blocks });
}
