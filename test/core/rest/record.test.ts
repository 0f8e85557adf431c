import { describe, expect, it } from 'vitest';
import { judgeRest, type RestLook } from '../../../src/core/rest/judge.ts';
import { enterRest, noteRest, type RestContext, type RestRecord } from '../../../src/core/rest/record.ts';
import { seen, unseen } from '../../../src/core/rollout/decision.ts';
import { MINUTE, SECOND, T0, TARGET } from '../../support/rollout-fixtures.ts';

const pods = (ready: number, version: string) => seen({ replicas: 3, ready, isBeingDeleted: false, version });
const world = (bluePercent: number, blueReady: number, greenReady: number): RestLook => ({
  route: seen({
    percent: { blue: bluePercent, green: 100 - bluePercent },
    recorded: 'blue',
    lastWriter: 'kubectl-edit',
  }),
  colours: { blue: pods(blueReady, 'v2.3.0'), green: pods(greenReady, 'v2.3.1') },
});
const DEAD = world(100, 0, 3);
const SOUND = world(100, 3, 0);
const MOVED = world(70, 3, 3);

const contextOf = (look: RestLook, at: number): RestContext => ({
  place: { target: TARGET, namespace: 'payments', route: 'payment-gateway', everyMs: 30_000 },
  look,
  now: T0 + at,
});

/** Looks in order, 30 s apart; answers what was said after each. */
function play(looks: readonly RestLook[], everyMs = 30 * SECOND): readonly string[] {
  let record: RestRecord | null = null;
  return looks.map((look, index) => {
    const before: RestRecord | null = record;
    record = noteRest(before, judgeRest(look), contextOf(look, index * everyMs));
    const fresh = (record?.unsaid ?? []).filter(({ id }) => !before?.unsaid.some((known) => known.id === id));
    return fresh.map(({ level, title }) => `${level} ${title}`).join(', ');
  });
}

describe('what is said of a service at rest', () => {
  it('once per state, again when it changes, and when it is over', () => {
    expect(play([SOUND, DEAD, DEAD, DEAD, world(100, 0, 0), SOUND, SOUND])).toEqual([
      '',
      'page NO READY POD',
      '',
      '',
      '',
      'over AS IT SHOULD BE',
      '',
    ]);
  });

  it('a flip by hand: a note that mentions nobody, again for another weight', () => {
    expect(play([MOVED, MOVED, world(40, 3, 3), SOUND])).toEqual([
      'note MOVED BY HAND',
      '',
      'note MOVED BY HAND',
      'over AS IT SHOULD BE',
    ]);
  });

  it('unknown is no news, neither a change nor an end', () => {
    const blind: RestLook = { ...DEAD, route: unseen('timeout') };
    expect(play([DEAD, blind, DEAD, blind])).toEqual(['page NO READY POD', '', '', '']);
  });

  it('what flaps wakes nobody twice in ten minutes', () => {
    expect(play([DEAD, SOUND, DEAD, SOUND], MINUTE)).toEqual([
      'page NO READY POD',
      'over AS IT SHOULD BE',
      'note NO READY POD',
      'over AS IT SHOULD BE',
    ]);
    expect(play([DEAD, SOUND, DEAD], 6 * MINUTE)[2]).toBe('page NO READY POD');
  });

  it('says what has traffic, why nothing was moved, and what to type', () => {
    const record = noteRest(null, judgeRest(DEAD), contextOf(DEAD, 0));
    expect(record?.unsaid[0]?.text).toBe(
      'blue (v2.3.0) has 100 % of the traffic and no ready pod. It is the colour recorded as stable; green (v2.3.1) has 3 ready pods. Nothing was moved: a version that was not recorded as stable gets no traffic by itself.',
    );
    expect(record?.unsaid[0]?.todo?.command).toBe(
      'kubectl -n payments describe deployment payment-gateway-blue',
    );
    const moved = noteRest(null, judgeRest(MOVED), contextOf(MOVED, 0))?.unsaid[0]?.text;
    expect(moved).toMatch(/^kubectl-edit left 30 % of the traffic on green \(v2\.3\.1\)/);
  });

  it('keeps the newest ten notices while Slack is away', () => {
    let record: RestRecord | null = null;
    for (let index = 0; index < 30; index++) {
      const look = index % 2 ? SOUND : MOVED;
      record = noteRest(record, judgeRest(look), contextOf(look, index * MINUTE));
    }
    expect(record?.unsaid).toHaveLength(10);
    expect(new Set(record?.unsaid.map(({ id }) => id)).size).toBe(10);
    expect(record?.rev).toBe(30);
  });

  it('keeps its start while the state stays the same', () => {
    const first = enterRest(null, contextOf(DEAD, 0), 'putting-back', 'green:blue', null);
    const again = enterRest(first, contextOf(DEAD, MINUTE), 'putting-back', 'green:blue', null);
    expect([again.since, again.rev]).toEqual([T0, 2]);
  });
});
