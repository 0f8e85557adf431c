import { ACTIONS } from '../views/actions.ts';
import { silenceModal } from '../views/alert-modals.ts';
import { encodeCardValue } from '../views/card-value.ts';
import type { CardButton } from './card-button.ts';

/** Shows what a silence would hold back; the submit decides. */
export const silence: CardButton = {
  actionId: ACTIONS.silence,
  kind: 'form',
  lookUp: 'required',
  view: async ({ actor, value, channel, services }) =>
    silenceModal({
      ...(await services.alerts.previewSilence(actor, value)),
      ...{ channel, card: encodeCardValue(value) },
    }),
};
