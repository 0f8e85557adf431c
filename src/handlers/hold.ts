import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

export const hold: Button = {
  actionId: ACTIONS.hold,
  kind: 'act',
  lookUp: 'patient',
  mustBeCurrent: true,
  run: async ({ actor, stored, services }) => {
    await services.hold(actor, stored.rollout.target, null);
  },
};
