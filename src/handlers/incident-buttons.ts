import { ACTIONS } from '../views/actions.ts';
import { declareModal, resolveModal, updateModal } from '../views/incident-modals.ts';
import type { CardButton } from './card-button.ts';

/** On an alert's card: a form that the alert has filled. */
export const declareFromAlert: CardButton = {
  actionId: ACTIONS.declareIncident,
  kind: 'form',
  lookUp: 'patient',
  view: async ({ value, channel, services }) =>
    declareModal({
      channel,
      services: services.incidents.services(),
      initial: await services.incidents.propose(value.id),
      alertGroup: value.id,
    }),
};

export const incidentUpdate: CardButton = {
  actionId: ACTIONS.incidentUpdate,
  kind: 'form',
  lookUp: 'patient',
  view: async ({ value, channel, services }) =>
    updateModal((await services.incidents.load(value.id)).incident, channel),
};

export const incidentResolve: CardButton = {
  actionId: ACTIONS.incidentResolve,
  kind: 'form',
  lookUp: 'patient',
  view: async ({ value, channel, services }) =>
    resolveModal((await services.incidents.load(value.id)).incident, channel),
};

export const incidentCommand: CardButton = {
  actionId: ACTIONS.incidentCommand,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.incidents.takeCommand(actor, value.id);
    return null;
  },
};
