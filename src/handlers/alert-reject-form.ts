import { DabbawalaError } from '../lib/errors.ts';
import { MODALS } from '../views/actions.ts';
import { FIELDS } from '../views/modals.ts';
import { cardOf } from './card-of.ts';
import type { Form } from './form.ts';
import { shownRequest } from './shown-request.ts';

export const alertRejectForm: Form = {
  callbackId: MODALS.alertReject,
  kind: 'act',
  fields: [FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const seen = cardOf(metadata);
    const { reason } = values;
    if (reason === null)
      throw new DabbawalaError('invalid_argument', 'A reject needs a reason.', { hint: 'Write why.' });
    await services.alerts.decideRequest(actor, seen, { ...shownRequest(seen), decision: 'reject', reason });
  },
};
