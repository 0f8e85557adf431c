import { ACTIONS } from '../views/actions.ts';
import type { CardButton } from './card-button.ts';
import { shownRequest } from './shown-request.ts';

/** What an alert's card asks of a second person. */
export const alertApprove: CardButton = {
  actionId: ACTIONS.alertApprove,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.alerts.decideRequest(actor, value, {
      ...{ ...shownRequest(value), decision: 'approve', reason: null },
    });
    return null;
  },
};
