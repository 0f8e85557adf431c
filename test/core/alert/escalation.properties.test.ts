import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideEscalation,
  type EscalationAct,
  escalateNow,
  restartEscalation,
  type Watched,
} from '../../../src/core/alert/escalation.ts';
import { MINUTE, makePolicy, makeWatched } from '../../support/escalation-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';

type Event =
  | { readonly kind: 'time'; readonly minutes: number }
  | { readonly kind: 'ack' | 'unack' | 'over' | 'new' | 'escalate' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 0, max: 25 }).map((minutes) => ({ kind: 'time' as const, minutes })),
  },
  // The clock is set, either way: a failover to another machine.
  {
    weight: 1,
    arbitrary: fc.integer({ min: -600, max: 600 }).map((minutes) => ({ kind: 'time' as const, minutes })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Event>(
      { kind: 'ack' },
      { kind: 'unack' },
      { kind: 'over' },
      { kind: 'new' },
      { kind: 'escalate' },
    ),
  },
);
const policy = makePolicy();

interface Played {
  readonly act: EscalationAct;
  readonly level: number;
  readonly isAcknowledged: boolean;
  readonly isOver: boolean;
  readonly episode: number;
}

/** Looks after each event, as the clock does, until there is nothing more to do at that instant. */
function play(events: readonly Event[]): readonly Played[] {
  let now = 10_000 * MINUTE;
  let watched: Watched = makeWatched();
  let episode = 1;
  const played: Played[] = [];
  for (const next of events) {
    const state = watched.escalation;
    if (next.kind === 'time') now += next.minutes * MINUTE;
    if (next.kind === 'ack' && !watched.isOver) watched = { ...watched, acknowledged: { by: ASHA, at: now } };
    if (next.kind === 'unack' && state)
      watched = { ...watched, acknowledged: null, escalation: restartEscalation(state, now) };
    if (next.kind === 'over') watched = { ...watched, isOver: true };
    if (next.kind === 'new') {
      watched = makeWatched();
      episode += 1;
    }
    if (next.kind === 'escalate' && state && !watched.isOver)
      watched = { ...watched, escalation: escalateNow(watched, policy, now, []).escalation };
    for (let looks = 0; ; looks += 1) {
      // One act a level and a reminder at most: it never runs on by itself.
      expect(looks).toBeLessThan(4);
      const step = decideEscalation(watched, policy, now, []);
      if (step.kind === 'wait') break;
      const { isOver } = watched;
      const isAcknowledged = watched.acknowledged !== null;
      watched = { ...watched, ...step.next };
      if (step.act)
        played.push({ act: step.act, level: step.next.escalation.level, isAcknowledged, isOver, episode });
    }
  }
  return played;
}

const games = fc.array(event, { maxLength: 80 });

describe('whatever happens, an escalation', () => {
  it('never skips a level and never calls one twice by itself', () => {
    fc.assert(
      fc.property(games, (events) => {
        const isByHand = events.some(({ kind }) => kind === 'escalate');
        const played = play(events);
        for (const episode of new Set(played.map((one) => one.episode))) {
          const levels = played
            .filter((one) => one.episode === episode && one.act.code === 'escalate')
            .map((one) => one.level);
          const steps = levels.slice(1).map((level, index) => level - (levels[index] ?? 0));
          // By hand a level may come in between; by the clock alone it is 2, 3.
          expect(steps.every((step) => (isByHand ? step >= 1 : step === 1))).toBe(true);
          if (!isByHand) expect(levels[0] ?? 2).toBe(2);
        }
      }),
    );
  });

  it('calls nobody but the one who looks while somebody looks, and nobody at all once it is over', () => {
    fc.assert(
      fc.property(games, (events) => {
        for (const { act, isAcknowledged, isOver } of play(events)) {
          expect(isOver).toBe(false);
          expect(act.code === 'unresolved').toBe(isAcknowledged);
        }
      }),
    );
  });

  it('that nobody acknowledges always says something within the hour, whatever the clock did before', () => {
    fc.assert(
      fc.property(games, (events) => {
        const calm: readonly Event[] = [{ kind: 'new' }, { kind: 'time', minutes: 0 }];
        const before = play([...events, ...calm]).length;
        const after = play([...events, ...calm, { kind: 'time', minutes: 5 }, { kind: 'time', minutes: 5 }]);
        expect(after.slice(before).map(({ act }) => act.code)).toEqual(['remind', 'escalate']);
        const set = play([
          ...events,
          ...calm,
          { kind: 'time', minutes: -500 },
          { kind: 'time', minutes: 61 },
        ]);
        expect(set.length).toBeGreaterThan(before);
      }),
    );
  });
});
