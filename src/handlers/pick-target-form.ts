import { MODALS } from '../views/actions.ts';
import { FIELDS } from '../views/modals.ts';
import { type Form, placeOptions } from './form.ts';

/** For verbs that need a service and nothing else. */
export const pickTargetForm: Form = {
  callbackId: MODALS.pickTarget,
  kind: 'command',
  fields: [FIELDS.target],
  toCommand: (values, metadata) => {
    const { words, env, region } = placeOptions(values.target);
    return { verb: metadata.verb ?? '-', words, options: { env, region } };
  },
};
