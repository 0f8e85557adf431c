import { MODALS } from '../views/actions.ts';
import { decodeTarget, FIELDS } from '../views/modals.ts';
import { type Form, placeOptions } from './form.ts';

export const rollbackForm: Form = {
  callbackId: MODALS.rollback,
  kind: 'command',
  fields: [FIELDS.target, FIELDS.reason],
  toCommand: (values, metadata) => {
    const { words, env, region } = placeOptions(values.target ?? decodeTarget(metadata.target ?? ''));
    return { verb: 'rollback', words, options: { env, region, reason: values.reason } };
  },
};
