import { DabbawalaError } from '../lib/errors.ts';
import { MODALS } from '../views/actions.ts';
import { FIELDS } from '../views/modals.ts';
import { cardOf } from './card-of.ts';
import type { Form } from './form.ts';
import { durationOf } from './silence-form.ts';

export const expectForm: Form = {
  callbackId: MODALS.expect,
  kind: 'act',
  fields: [FIELDS.duration, FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const seen = cardOf(metadata);
    if (values.reason === null)
      throw new DabbawalaError('invalid_argument', 'A mark needs a reason.', {
        ...{ hint: 'Write why.', data: { field: FIELDS.reason } },
      });
    await services.alerts.markExpected(actor, seen, {
      ...{ durationMs: durationOf(values), reason: values.reason },
    });
  },
};
