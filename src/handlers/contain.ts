/** Quarantine a pod, and kill it: both open a form, and both only ask. */
import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS, MODALS } from '../views/actions.ts';
import { killModal, quarantineModal } from '../views/alert-contained.ts';
import { encodeCardValue } from '../views/card-value.ts';
import { FIELDS } from '../views/modals.ts';
import type { CardButton } from './card-button.ts';
import { cardOf } from './card-of.ts';
import type { Form } from './form.ts';

export const quarantine: CardButton = {
  actionId: ACTIONS.quarantine,
  kind: 'form',
  lookUp: 'required',
  view: async ({ actor, value, channel, services }) =>
    quarantineModal({
      ...(await services.alerts.podsToContain(actor, value)),
      ...{ channel, card: encodeCardValue(value) },
    }),
};

export const killPod: CardButton = {
  actionId: ACTIONS.killPod,
  kind: 'form',
  lookUp: 'required',
  view: async ({ value, channel, services }) => {
    const { group } = await services.alerts.load(value.id);
    const known = group.contained?.find(({ pod }) => pod.uid === value.part);
    if (!known) throw new DabbawalaError('stale_button', 'The card names no such pod any more.');
    return killModal({ group, channel, card: encodeCardValue(value), pod: known.pod.name });
  },
};

const needed = (text: string | null, field: string): string => {
  if (text !== null) return text;
  throw new DabbawalaError('invalid_argument', 'This is needed.', { data: { field } });
};

export const quarantineForm: Form = {
  callbackId: MODALS.quarantine,
  kind: 'act',
  fields: [FIELDS.pod, FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const [uid, reason] = [needed(values.pod, FIELDS.pod), needed(values.reason, FIELDS.reason)];
    await services.alerts.askContain(actor, cardOf(metadata), { kind: 'quarantine', uid, reason });
  },
};

export const killPodForm: Form = {
  callbackId: MODALS.killPod,
  kind: 'act',
  fields: [FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const seen = cardOf(metadata);
    const [uid, reason] = [needed(seen.part, FIELDS.reason), needed(values.reason, FIELDS.reason)];
    await services.alerts.askContain(actor, seen, { kind: 'kill', uid, reason });
  },
};
