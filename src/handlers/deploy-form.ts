import { MODALS } from '../views/actions.ts';
import { FIELDS } from '../views/modals.ts';
import type { Form } from './form.ts';

export const deployForm: Form = {
  callbackId: MODALS.deploy,
  kind: 'command',
  fields: [FIELDS.service, FIELDS.environment, FIELDS.version, FIELDS.reason],
  toCommand: ({ service, environment, region, version, reason }) => ({
    verb: 'deploy',
    words: [service ?? '-', version ?? '-'],
    options: { env: environment, region, reason },
  }),
};
