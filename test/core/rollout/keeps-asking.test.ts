/** Where nothing may go back by itself, nobody is forgotten: it is said again as long as nobody decides. */
import { expect, it } from 'vitest';
import { needsDrive } from '../../../src/core/rollout/agenda.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { seen } from '../../../src/core/rollout/decision.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { look, stablePods } from '../../support/observed.ts';
import { ASHA, MINUTE, makeRollout } from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;

/** Minutes and codes of what is said in four hours, and where it ends; driven only when it asks for it. */
function play(percent: number, isStableGone = false) {
  let rollout: Rollout = makeRollout({
    phase: 'paused',
    pausedFrom: 'analysing',
    desiredPercent: percent,
    confirmedPercent: percent,
    needsSince: NOW,
    cause: { code: 'asked_hold', text: 'Paused by Asha', at: NOW, by: ASHA },
  });
  const gone = isStableGone ? { stable: seen(stablePods({ ready: 0, rolloutId: null })) } : {};
  const said: string[] = [];
  for (let minute = 1; minute <= 240; minute++) {
    const now = NOW + minute * MINUTE;
    if (!needsDrive(rollout, now)) continue;
    const decision = decide(rollout, look(percent, { now, ...gone }));
    said.push(...decision.events.map(({ code }) => `${minute}:${code}`));
    rollout = decision.next;
  }
  return { said, phase: rollout.phase };
}

it.each([100, 0])('keeps asking at %i %% and stays there', (percent) => {
  expect(play(percent)).toEqual({
    said: ['10:needs_you', '20:escalated', '80:escalated', '140:escalated', '200:escalated'],
    phase: 'paused',
  });
});

it('keeps asking where it would return to stable and stable has no endpoint', () => {
  const { said, phase } = play(25, true);
  expect(phase).toBe('paused');
  expect(said.slice(0, 3)).toEqual(['10:needs_you', '20:escalated', '60:needs_you']);
  expect(said.slice(3)).toEqual(['80:escalated', '140:escalated', '200:escalated']);
});
