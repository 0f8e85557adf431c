import { ACTIONS } from '../views/actions.ts';
import type { CardButton } from './card-button.ts';

export const unacknowledge: CardButton = {
  actionId: ACTIONS.unacknowledge,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.alerts.unacknowledge(actor, value);
    return null;
  },
};
