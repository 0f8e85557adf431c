import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

export const promote: Button = {
  actionId: ACTIONS.promote,
  kind: 'act',
  lookUp: 'required',
  mustBeCurrent: true,
  run: async ({ actor, stored, services }) => {
    await services.promote(actor, stored.rollout.target);
  },
};
