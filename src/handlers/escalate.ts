import { ACTIONS } from '../views/actions.ts';
import type { CardButton } from './card-button.ts';

/** Calls the next level now. */
export const escalate: CardButton = {
  actionId: ACTIONS.escalate,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.alerts.escalate(actor, value);
    return null;
  },
};
