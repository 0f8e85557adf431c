import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS } from '../views/actions.ts';
import type { CardButton } from './card-button.ts';

export const endSilence: CardButton = {
  actionId: ACTIONS.endSilence,
  kind: 'act',
  lookUp: 'required',
  run: async ({ actor, value, services }) => {
    if (value.part === null) throw new DabbawalaError('stale_button', 'The button names no silence.');
    await services.alerts.endSilence(actor, value, value.part);
    return null;
  },
};
