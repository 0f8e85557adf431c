import { ACTIONS } from '../views/actions.ts';
import { acceptedReply } from '../views/replies.ts';
import type { Button } from './button.ts';

/** One tap and the confirm of the card. Valid on an older card as long as the rollout runs: it only takes traffic back. */
export const rollBack: Button = {
  actionId: ACTIONS.rollback,
  kind: 'order',
  lookUp: 'patient',
  mustBeCurrent: false,
  run: async ({ actor, button, services }) => {
    const done = await services.rollBackRollout(actor, button.rolloutId, null);
    // Elsewhere the card says it; without the store no card can.
    return done.kind === 'by-route' ? acceptedReply({ ...done, kind: 'rollback-by-route' }) : null;
  },
};
