import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

/** One tap and the confirm of the card. Valid on an older card as long as the rollout runs: it only takes traffic back. */
export const rollBack: Button = {
  actionId: ACTIONS.rollback,
  kind: 'act',
  lookUp: 'patient',
  mustBeCurrent: false,
  run: async ({ actor, button, services }) => {
    await services.rollBackRollout(actor, button.rolloutId, null);
  },
};
