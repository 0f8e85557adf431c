import { MODALS } from '../views/actions.ts';
import { decodeTarget, FIELDS } from '../views/modals.ts';
import { type Form, placeOptions } from './form.ts';

export const trafficForm: Form = {
  callbackId: MODALS.traffic,
  kind: 'command',
  fields: [FIELDS.target, FIELDS.percent],
  toCommand: (values, metadata) => {
    const { words, env, region } = placeOptions(values.target ?? decodeTarget(metadata.target ?? ''));
    return {
      verb: 'traffic',
      words: [...words, values.percent === null ? '-' : String(values.percent)],
      options: { env, region },
    };
  },
};
