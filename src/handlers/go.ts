import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

export const go: Button = {
  actionId: ACTIONS.go,
  kind: 'act',
  lookUp: 'required',
  mustBeCurrent: true,
  run: async ({ actor, stored, services }) => {
    await services.go(actor, stored.rollout.target);
  },
};
