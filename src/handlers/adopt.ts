import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

/** On a deploy that was refused because the service stands as one plain Deployment: its reason is the adoption's too. */
export const adopt: Button = {
  actionId: ACTIONS.adopt,
  kind: 'act',
  lookUp: 'required',
  mustBeCurrent: true,
  run: async ({ actor, stored: { rollout }, services }) => {
    await services.requestAdoption(actor, {
      target: rollout.target,
      reason: rollout.reason,
      isUndo: false,
    });
  },
};
