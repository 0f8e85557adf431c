import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS } from '../views/actions.ts';
import { candidateName, stableName, targetName } from '../views/format.ts';
import { rejectModal } from '../views/modals.ts';
import type { Button } from './button.ts';

/** A reject asks for a reason; the submit decides. */
export const reject: Button = {
  actionId: ACTIONS.reject,
  kind: 'form',
  lookUp: 'required',
  mustBeCurrent: true,
  view: ({ button, stored: { rollout }, channel }) => {
    if (button.approvalId === null) throw new DabbawalaError('stale_button', 'The button names no approval.');
    const versions =
      rollout.plan === null ? candidateName(rollout) : `${stableName(rollout)} → ${candidateName(rollout)}`;
    return rejectModal({
      rolloutId: button.rolloutId,
      approvalId: button.approvalId,
      digestPrefix: button.digestPrefix,
      title: `${targetName(rollout.target)}, ${versions}`,
      channel,
    });
  },
};
