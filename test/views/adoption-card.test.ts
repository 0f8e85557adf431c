import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { rolloutCard } from '../../src/views/rollout-card.ts';
import { makeApproval, makePlan, makeRollout } from './fixtures.ts';

const adoption = {
  original: 'payment-gateway',
  colour: 'payment-gateway-blue',
  autoscaler: { name: 'scaler', from: 'payment-gateway', to: 'payment-gateway-blue' },
  propagationMs: 10_000,
};
const draw = (kind: Plan['kind'], phase: 'awaiting-approval' | 'promoted') => {
  const plan = makePlan({ kind, steps: [100], templateChanges: [], adoption });
  const approvals = [makeApproval()];
  const message = rolloutCard({ rollout: makeRollout({ kind, phase, plan, approvals }), rev: 7 });
  return { message, words: JSON.stringify(message.blocks) };
};

describe('the card of an adoption', () => {
  it('says before the tap that the pods take traffic at once, and what follows', () => {
    const { message, words } = draw('adopt', 'awaiting-approval');
    expect(message.text).toContain('adoption: payment-gateway → payment-gateway-blue');
    expect(words).toMatch(/as soon as they are ready/);
    expect(words).toMatch(/subsets blue and green, then 10 s/);
    expect(words).toMatch(/scaler scales payment-gateway-blue/);
    expect(words).toMatch(/payment-gateway to 0 replicas, kept as the template/);
    expect(limitFaults(message.blocks)).toEqual([]);
  });

  it('says of an undo that both share the traffic until the colours go', () => {
    const { message, words } = draw('adopt-undo', 'awaiting-approval');
    expect(message.text).toContain('undo of adoption: payment-gateway-blue → payment-gateway');
    expect(words).toMatch(/share the traffic/);
    expect(words).toMatch(/both colours are deleted; the subsets stay/);
    expect(limitFaults(message.blocks)).toEqual([]);
  });

  it('says at the end where to change env and resources from now on', () => {
    expect(draw('adopt', 'promoted').words).toMatch(/stays as the template: change env and resources there/);
    expect(draw('adopt-undo', 'promoted').words).toMatch(/The subsets stay/);
  });
});
