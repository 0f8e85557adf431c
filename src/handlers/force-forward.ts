import { ACTIONS } from '../views/actions.ts';
import type { Button } from './button.ts';

/** On a deploy that was refused because stable has no ready pod: the same deploy, without a way back. */
export const forceForward: Button = {
  actionId: ACTIONS.forceForward,
  kind: 'act',
  lookUp: 'required',
  mustBeCurrent: true,
  run: async ({ actor, stored: { rollout }, services }) => {
    const { target, version, reason } = rollout;
    await services.requestDeploy(actor, { target, version, reason, forceForward: true });
  },
};
