import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS, decodeForm } from '../views/actions.ts';
import type { Opener } from './opener.ts';

/** The form of a command that was typed as a mention and left something out. */
export const openForm: Opener = {
  actionId: ACTIONS.openForm,
  open: async ({ value, ask }) => {
    const asked = decodeForm(value);
    if (!asked) throw new DabbawalaError('stale_button', 'The button names no form.');
    return ask(asked.text, asked.target === null ? { kind: 'none' } : { kind: 'card', target: asked.target });
  },
};
