import { expect, it } from 'vitest';
import { adopt } from '../../src/handlers/adopt.ts';
import { rolloutCard } from '../../src/views/rollout-card.ts';
import { createFakeServices } from '../fakes/fake-services.ts';
import { ASHA, makeRollout, TARGET } from '../support/rollout-fixtures.ts';

const refused = (code: string) =>
  makeRollout({
    phase: 'closed',
    outcome: 'refused',
    plan: null,
    refusal: { code, text: 'It stands as one plain Deployment', hint: 'Adopt it first.' },
  });
const card = (code: string): string => JSON.stringify(rolloutCard({ rollout: refused(code), rev: 7 }).blocks);

it('a deploy of a service that is not adopted offers the adoption, no other refusal does', () => {
  expect(card('not_adopted')).toContain('"action_id":"adopt"');
  expect(card('plan_refused')).not.toContain('"action_id":"adopt"');
});

it('the button asks for the adoption with the reason of the deploy', async () => {
  const services = createFakeServices();
  const actor = { person: ASHA, origin: { via: 'button', team: 'T0DABBA', channel: 'C0WARROOM' } } as const;
  const button = { rolloutId: 'r-7k2m9qx4c1ab', approvalId: null, digestPrefix: '', revision: 'x' };
  const stored = { rollout: refused('not_adopted'), rev: 7, token: 1 };
  if (adopt.kind !== 'act') throw new Error('the button opens a form');
  await adopt.run({ actor, button, stored, channel: 'C0WARROOM', services } as never);
  expect(services.of('requestAdoption')[0]?.args[1]).toEqual({
    target: TARGET,
    reason: stored.rollout.reason,
    isUndo: false,
  });
});
