import { ACTIONS } from '../views/actions.ts';
import { deployModal } from '../views/modals.ts';
import type { Button } from './button.ts';

export const deployAgain: Button = {
  actionId: ACTIONS.deployAgain,
  kind: 'form',
  lookUp: 'patient',
  mustBeCurrent: false,
  view: ({ stored: { rollout }, channel, services }) =>
    deployModal({
      targets: services.targets(),
      channel,
      initial: {
        service: rollout.target.service,
        environment: rollout.target.environment,
        ...(rollout.target.region === null ? {} : { region: rollout.target.region }),
        version: rollout.version,
        ...(rollout.reason === null ? {} : { reason: rollout.reason }),
      },
    }),
};
