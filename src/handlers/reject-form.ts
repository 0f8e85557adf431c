import { DabbawalaError } from '../lib/errors.ts';
import { MODALS } from '../views/actions.ts';
import { FIELDS } from '../views/modals.ts';
import type { Form } from './form.ts';

export const rejectForm: Form = {
  callbackId: MODALS.reject,
  kind: 'act',
  fields: [FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const { rolloutId, approvalId, digestPrefix } = metadata;
    if (rolloutId === undefined || approvalId === undefined || digestPrefix === undefined)
      throw new DabbawalaError('stale_button', 'The form names no approval.');
    if (values.reason === null)
      throw new DabbawalaError('invalid_argument', 'A reject needs a reason.', { hint: 'Write why.' });
    await services.vote(actor, {
      rolloutId,
      approvalId,
      decision: 'reject',
      reason: values.reason,
      digestPrefix,
    });
  },
};
