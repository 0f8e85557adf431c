import { describe, expect, it } from 'vitest';
import {
  beginEscalation,
  decideEscalation,
  type EscalationPolicy,
  escalateNow,
  restartEscalation,
  type Watched,
} from '../../../src/core/alert/escalation.ts';
import { type Mute, muteOf } from '../../../src/core/alert/mute.ts';
import { bySeverity, MINUTE, makePolicy, makeState, makeWatched } from '../../support/escalation-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';

const T = 1_000 * MINUTE;
const decide = (watched: Partial<Watched>, minutes: number, policy: Partial<EscalationPolicy> = {}) =>
  decideEscalation(makeWatched(watched), makePolicy(policy), T + minutes * MINUTE, []);
const onLevel = (level: number, more = {}) => ({ escalation: makeState({ level, since: T, ...more }) });
const acknowledged = { by: ASHA, at: T };
const mute: Mute = {
  ...{ name: 'db upgrade', match: { service: 'ledger' }, weekly: [], timeZone: 'UTC' },
  ...{ from: T, until: T + 60 * MINUTE },
};

type Beginning = [string, Partial<Watched>, Partial<EscalationPolicy>];

describe('an alert that begins', () => {
  it('has its first level called by the card itself', () => {
    const begun = beginEscalation(makeWatched(), makePolicy(), T, []);
    expect(begun).toEqual({ escalation: makeState({ since: T }), muted: null });
    expect(decide({ escalation: begun.escalation }, 1)).toEqual({ kind: 'wait', until: T + 5 * MINUTE });
  });

  const quiet: readonly Beginning[] = [
    ['is not bad enough', { severity: 'error' }, {}],
    ['calls nobody by configuration', {}, { callFrom: null }],
    ['is muted', {}, { mutes: [mute] }],
  ];
  it.each(quiet)('and %s calls nobody', (_, watched, policy) => {
    const begun = beginEscalation(makeWatched(watched), makePolicy(policy), T, []);
    expect(begun.escalation).toMatchObject({ level: 0, called: [] });
  });

  it('and gets worse calls the first level in its thread', () => {
    expect(decide({ severity: 'error', ...onLevel(0) }, 500)).toEqual({ kind: 'wait', until: null });
    expect(decide(onLevel(0), 500)).toMatchObject({ act: { code: 'worse', level: 1 }, calls: ['U1'] });
  });
});

describe('an alert that nobody acknowledges', () => {
  it('is reminded on its level, then the next one is called', () => {
    expect(decide(onLevel(1), 4)).toEqual({ kind: 'wait', until: T + 5 * MINUTE });
    expect(decide(onLevel(1), 5)).toMatchObject({
      act: { code: 'remind', level: 1, waitedMs: 5 * MINUTE },
      calls: ['U1'],
      next: { escalation: { level: 1, since: T, remindedAt: T + 5 * MINUTE, reminders: 1 } },
    });
    expect(decide(onLevel(1, { remindedAt: T + 5 * MINUTE, reminders: 1 }), 10)).toMatchObject({
      act: { code: 'escalate', level: 2, waitedMs: 10 * MINUTE },
      calls: ['U2'],
      next: { escalation: { level: 2, since: T + 10 * MINUTE, remindedAt: null, called: ['U2'] } },
    });
  });

  it('reaches one level a time however long nobody looked', () => {
    expect(decide(onLevel(1), 10_000)).toMatchObject({ act: { code: 'escalate', level: 2 } });
  });

  it('on the last level is reminded again and again, more seldom, never not at all', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((reminders) => {
      const step = decide(onLevel(3, { remindedAt: T, reminders }), 1);
      return step.kind === 'wait' && step.until !== null ? (step.until - T) / MINUTE : step;
    });
    expect(pauses).toEqual([10, 20, 40, 60, 60, 60, 60]);
  });

  it.each<[string, Partial<EscalationPolicy>]>([
    ['has no further level', { levels: makePolicy().levels.slice(0, 1) }],
    [
      'has a level without a time for it',
      { levels: makePolicy().levels.map((level) => ({ ...level, after: bySeverity(null) })) },
    ],
  ])('and %s is only reminded', (_, policy) => {
    expect(decide(onLevel(1), 10_000, policy)).toMatchObject({ act: { code: 'remind', level: 1 } });
  });

  it('on a level that the configuration has no longer stays with the last one', () => {
    expect(decide(onLevel(5), 10)).toMatchObject({ act: { code: 'remind', level: 5 }, calls: ['U3'] });
  });

  it('is not forgotten when the clock is set back', () => {
    const step = decide({ escalation: makeState({ since: T + 600 * MINUTE }) }, 0);
    expect(step).toMatchObject({ act: null, next: { escalation: { level: 1, since: T } } });
  });
});

describe('an alert that somebody looks at', () => {
  it('calls nobody else; who looks is reminded of it', () => {
    expect(decide({ ...onLevel(1), acknowledged }, 29)).toEqual({ kind: 'wait', until: T + 30 * MINUTE });
    const step = decide({ ...onLevel(1), acknowledged }, 30);
    expect(step).toMatchObject({ act: { code: 'unresolved', waitedMs: 30 * MINUTE }, calls: [ASHA.id] });
    const reminded = makeState({ level: 1, since: T, remindedAt: T + 30 * MINUTE });
    expect(decide({ escalation: reminded, acknowledged }, 59)).toMatchObject({ until: T + 60 * MINUTE });
  });

  it('goes on from its level with new time when nobody looks any more', () => {
    const state = restartEscalation(makeState({ level: 2, since: T }), T + 100 * MINUTE);
    expect(decide({ escalation: state }, 104)).toEqual({ kind: 'wait', until: T + 105 * MINUTE });
    expect(decide({ escalation: state }, 110)).toMatchObject({ act: { code: 'escalate', level: 3 } });
  });

  it('is not forgotten when the clock is set back', () => {
    const step = decide({ ...onLevel(1), acknowledged: { by: ASHA, at: T + 600 * MINUTE } }, 0);
    expect(step).toMatchObject({ kind: 'change', act: null, next: { escalation: { remindedAt: T } } });
    if (step.kind !== 'change') return;
    const again = { escalation: step.next.escalation, acknowledged: { by: ASHA, at: T + 600 * MINUTE } };
    expect(decide(again, 1)).toEqual({ kind: 'wait', until: T + 30 * MINUTE });
  });
});

describe('an alert in a maintenance', () => {
  const mutes = [mute];
  it('says so once and waits for the end of it', () => {
    const step = decide(onLevel(1), 1, { mutes });
    expect(step).toMatchObject({ act: { code: 'mute' }, calls: [], next: { muted: { name: 'db upgrade' } } });
    const muted = { name: 'db upgrade', until: mute.until };
    expect(decide({ ...onLevel(1), muted }, 50, { mutes })).toEqual({ kind: 'wait', until: mute.until });
  });

  it('that still fires afterwards calls whoever would have been called', () => {
    const muted = { name: 'db upgrade', until: mute.until };
    const step = (more: Partial<Watched>) => decide({ muted, ...more }, 60, { mutes });
    expect(step(onLevel(0))).toMatchObject({ act: { code: 'unmute', level: 1 }, calls: ['U1'] });
    expect(step(onLevel(2))).toMatchObject({ act: { code: 'unmute', level: 2 }, calls: ['U2'] });
    expect(step({ ...onLevel(0), severity: 'info' })).toMatchObject({ act: { level: 0 }, calls: [] });
    expect(step({ ...onLevel(1), acknowledged })).toMatchObject({ act: { level: 0 }, calls: [] });
    expect(step({ ...onLevel(0), isOver: true })).toEqual({ kind: 'wait', until: null });
  });

  it('is another alert where a label differs', () => {
    expect(decide({ ...onLevel(1), labels: { service: 'upi' } }, 1, { mutes })).toMatchObject({
      kind: 'wait',
    });
  });
});

describe('a person', () => {
  it('calls the next level now, and the last one again', () => {
    const escalate = (level: number) =>
      escalateNow(makeWatched(onLevel(level)), makePolicy(), T + MINUTE, []);
    expect(escalate(0)).toMatchObject({ escalation: { level: 1, called: ['U1'] }, isAgain: false });
    expect(escalate(1)).toMatchObject({ escalation: { level: 2, since: T + MINUTE }, isAgain: false });
    expect(escalate(3)).toMatchObject({ escalation: { level: 3, called: ['U3'] }, isAgain: true });
  });
});

describe('a weekly maintenance', () => {
  const weekly = [{ days: ['sun' as const], from: '02:00', until: '04:00' }];
  const backup: Mute = {
    name: 'backup',
    match: { service: 'ledger' },
    from: null,
    until: null,
    weekly,
    timeZone: 'UTC',
  };
  const labels = { service: 'ledger' };
  const sunday = Date.UTC(2026, 10, 29);
  const at = (hours: number) => muteOf([backup], labels, sunday + hours * 60 * MINUTE);

  it('is on in its hours alone, and knows their end, however often it is asked', () => {
    expect(at(1.99)).toBeNull();
    expect(at(2)).toEqual({ name: 'backup', until: sunday + 240 * MINUTE });
    expect(at(3.9)).toEqual({ name: 'backup', until: sunday + 240 * MINUTE });
    expect(at(4)).toBeNull();
    expect(at(7 * 24 + 3)).toEqual({ name: 'backup', until: sunday + (7 * 24 + 4) * 60 * MINUTE });
    // A clock that was set back.
    expect(at(2.5)).toEqual({ name: 'backup', until: sunday + 240 * MINUTE });
  });

  it('costs hundreds of alerts no more than a moment', () => {
    const before = performance.now();
    for (let index = 0; index < 2000; index += 1) at(2 + index / 2000);
    // Looking through a week each time takes 20 s and more.
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
