import { DabbawalaError } from '../lib/errors.ts';
import { ACTIONS, decodeOffer } from '../views/actions.ts';
import { acceptedReply } from '../views/replies.ts';
import type { Opener } from './opener.ts';

/** On the refusal of a deploy, seen by one person: bound to the rollout that it named. */
export const supersede: Opener = {
  actionId: ACTIONS.supersede,
  open: async ({ value, actor, services }) => {
    const offer = decodeOffer(value);
    if (!offer) throw new DabbawalaError('stale_button', 'This button is none that the bot knows.');
    const { rolloutId, ...request } = offer;
    const stored = await services.requestDeploy(await actor(), {
      ...request,
      supersede: { only: rolloutId },
    });
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'deploy', rollout: stored.rollout }) };
  },
};
