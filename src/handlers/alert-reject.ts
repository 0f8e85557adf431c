import { ACTIONS } from '../views/actions.ts';
import { alertRejectModal } from '../views/alert-modals.ts';
import { encodeCardValue } from '../views/card-value.ts';
import type { CardButton } from './card-button.ts';

/** A reject asks for a reason; the submit decides. */
export const alertReject: CardButton = {
  actionId: ACTIONS.alertReject,
  kind: 'form',
  lookUp: 'required',
  view: async ({ value, channel, services }) => {
    const { group } = await services.alerts.load(value.id);
    return alertRejectModal({ channel, card: encodeCardValue(value), title: group.title });
  },
};
