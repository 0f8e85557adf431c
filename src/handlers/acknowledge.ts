import { ACTIONS } from '../views/actions.ts';
import type { CardButton } from './card-button.ts';

export const acknowledge: CardButton = {
  actionId: ACTIONS.acknowledge,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.alerts.acknowledge(actor, value);
    return null;
  },
};
