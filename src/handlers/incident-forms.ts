import { MODALS } from '../views/actions.ts';
import { INCIDENT_FIELDS } from '../views/incident-modals.ts';
import type { Form } from './form.ts';

const { title, severity, services, state, text } = INCIDENT_FIELDS;

export const declareForm: Form = {
  callbackId: MODALS.declareIncident,
  kind: 'command',
  fields: [title, services, severity],
  toCommand: (_values, { card }, inputs) => ({
    verb: 'incident',
    words: ['declare', inputs[title] ?? ''],
    options: {
      sev: inputs[severity] ?? null,
      services: inputs[services] ?? 'none',
      alert: card ?? null,
    },
  }),
};

export const updateForm: Form = {
  callbackId: MODALS.incidentUpdate,
  kind: 'command',
  fields: [text, state, severity],
  toCommand: (_values, { card }, inputs) => ({
    verb: 'incident',
    words: ['status', card ?? '', inputs[text] ?? ''],
    options: { state: inputs[state] ?? null, sev: inputs[severity] ?? null },
  }),
};

export const resolveForm: Form = {
  callbackId: MODALS.incidentResolve,
  kind: 'command',
  fields: [text],
  toCommand: (_values, { card }, inputs) => ({
    verb: 'incident',
    words: ['resolve', card ?? '', inputs[text] ?? ''],
    options: {},
  }),
};
