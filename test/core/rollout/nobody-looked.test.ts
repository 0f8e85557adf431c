/** What happened while nobody looked, or while people decided, is taken as it is found. */
import { expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { seen } from '../../../src/core/rollout/decision.ts';
import { BLIND, look, pods, sampleAt } from '../../support/observed.ts';
import { APPROVED, MINUTE, makePlan, makeRollout, SECOND } from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const strict = makePlan({ analysis: { ...makePlan().analysis, unknown: 'rollback' } });

it('does not count the time in which every replica was gone as blind time', () => {
  const rollout = makeRollout({
    plan: strict,
    clock: { knownTicks: 3, neededTicks: 24, lastTickAt: NOW - 10 * MINUTE, blindSince: NOW - 10 * MINUTE },
  });
  const back = decide(rollout, look(25, { sample: BLIND }));
  expect(back.next).toMatchObject({ phase: 'analysing', clock: { blindSince: NOW } });
  expect(back.effects).toEqual([]);
  // From here on somebody looks: the plan's blind time runs in full, and then it goes back.
  let { next } = back;
  for (let at = NOW + 5 * SECOND; at < NOW + 2 * MINUTE; at += 5 * SECOND)
    ({ next } = decide(next, look(25, { now: at, sample: BLIND })));
  expect(next.phase).toBe('analysing');
  const { next: end } = decide(next, look(25, { now: NOW + 2 * MINUTE, sample: BLIND }));
  expect(end).toMatchObject({ phase: 'draining', cause: { code: 'blind' } });
});

it('makes as many pods as stable has when the work begins, not as it had when people were asked', () => {
  const waiting = makeRollout({
    phase: 'awaiting-approval',
    plan: makePlan({ replicas: 3 }),
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
    approvals: [APPROVED],
  });
  const { next } = decide(
    waiting,
    look(0, { planning: { kind: 'planned', plan: makePlan({ replicas: 9 }) } }),
  );
  expect(next).toMatchObject({ phase: 'preparing', plan: { replicas: 9, digest: waiting.plan?.digest } });
  const made = { ...next, phaseSince: NOW };
  const few = look(0, { candidate: seen(pods({ ready: 3 })), sample: sampleAt(0) });
  expect(decide(made, few).next.phase).toBe('preparing');
});

it('a blind time does not send traffic back to a stable that broke its rules', () => {
  const forced = makeRollout({
    phase: 'baking',
    plan: {
      ...strict,
      steps: [100],
      forceForward: true,
      stableTrouble: { kind: 'rule', text: 'blue is broken' },
    },
    step: 0,
    desiredPercent: 100,
    confirmedPercent: 100,
    peakPercent: 100,
    clock: { knownTicks: 3, neededTicks: 24, lastTickAt: NOW - 5 * SECOND, blindSince: NOW - 2 * MINUTE },
  });
  const { next, effects } = decide(forced, look(100, { sample: BLIND }));
  expect(effects).toEqual([]);
  expect(next).toMatchObject({ phase: 'paused', cause: { code: 'both_breach' } });
  expect(next.cause.text).toContain('No verdict for 120 s');
  // Where stable only lacked pods and has them, the policy that was approved applies.
  const unready = {
    ...strict,
    forceForward: true as const,
    stableTrouble: { kind: 'unready' as const, text: '' },
  };
  expect(decide({ ...forced, plan: unready }, look(100, { sample: BLIND })).next.phase).toBe('draining');
});
