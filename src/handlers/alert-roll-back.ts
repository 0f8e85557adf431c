import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS } from '../views/actions.ts';
import { acceptedReply } from '../views/replies.ts';
import type { CardButton } from './card-button.ts';

/** On an alert's card, beside the rollout that it names. It only takes traffic back, so a slow Slack does not hold it up. */
export const alertRollBack: CardButton = {
  actionId: ACTIONS.alertRollBack,
  kind: 'act',
  lookUp: 'patient',
  run: async ({ actor, value, services }) => {
    if (value.part === null) throw new DabbawalaError('stale_button', 'The button names no rollout.');
    const done = await services.alerts.rollBackCause(actor, value, value.part);
    return acceptedReply(
      done.kind === 'by-route'
        ? { ...done, kind: 'rollback-by-route' }
        : { kind: 'rollback', how: done.kind, rollout: done.stored.rollout },
    );
  },
};
