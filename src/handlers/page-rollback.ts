import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS } from '../views/actions.ts';
import { decodeTarget, rollbackModal } from '../views/modals.ts';
import type { Opener } from './opener.ts';

/** *Roll back…* of the page: asks once more before anything moves. */
export const pageRollback: Opener = {
  actionId: ACTIONS.pageRollback,
  open: async ({ value, channel }) => {
    const target = decodeTarget(value);
    if (!target) throw new DabbawalaError('stale_button', 'Nothing was chosen that could go back.');
    return { kind: 'modal', view: rollbackModal({ channel, target }) };
  },
};
