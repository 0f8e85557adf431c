import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

export const approve: Button = {
  actionId: ACTIONS.approve,
  kind: 'act',
  lookUp: 'required',
  mustBeCurrent: true,
  run: async ({ actor, button, services }) => {
    if (button.approvalId === null) throw new DabbawalaError('stale_button', 'The button names no approval.');
    await services.vote(actor, {
      rolloutId: button.rolloutId,
      approvalId: button.approvalId,
      decision: 'approve',
      reason: null,
      digestPrefix: button.digestPrefix,
    });
  },
};
