import { ACTIONS } from '../views/actions.ts';
import { expectModal } from '../views/alert-expected.ts';
import { encodeCardValue } from '../views/card-value.ts';
import type { CardButton } from './card-button.ts';

/** Opens the form for who has the right; the submit decides. */
export const expect: CardButton = {
  actionId: ACTIONS.expect,
  kind: 'form',
  lookUp: 'required',
  view: async ({ actor, value, channel, services }) => {
    const { group } = await services.alerts.mayMarkExpected(actor, value);
    return expectModal({ group, channel, card: encodeCardValue(value) });
  },
};

export const unexpect: CardButton = {
  actionId: ACTIONS.unexpect,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    await services.alerts.unmarkExpected(actor, value);
    return null;
  },
};
