import { describe, expect, it } from 'vitest';
import type { Colour } from '../../../src/core/colour.ts';
import { type ColourAtRest, judgeRest, type RestLook } from '../../../src/core/rest/judge.ts';
import { ABSENT, type Seen, seen, unseen } from '../../../src/core/rollout/decision.ts';

const up = (ready = 3, more: Partial<ColourAtRest> = {}): Seen<ColourAtRest> =>
  seen({ replicas: 3, ready, isBeingDeleted: false, version: 'v1', ...more });
const GONE = up(0);
const UNKNOWN = unseen('timeout');

const look = (
  blue: number,
  colours: Readonly<Record<Colour, Seen<ColourAtRest>>>,
  recorded: Colour | null = 'blue',
): RestLook => ({
  route: seen({ percent: { blue, green: 100 - blue }, recorded, lastWriter: 'kubectl-edit' }),
  colours,
});

const CASES: readonly (readonly [string, RestLook, object])[] = [
  ['all on stable, which is ready', look(100, { blue: up(), green: up(0) }), { kind: 'sound' }],
  ['the idle colour is not there', look(100, { blue: up(1), green: ABSENT }), { kind: 'sound' }],
  ['the idle colour cannot be seen', look(100, { blue: up(), green: UNKNOWN }), { kind: 'sound' }],
  ['nothing is recorded and all is answered', look(50, { blue: up(), green: up() }, null), { kind: 'sound' }],
  [
    'the other colour has all and nobody to answer',
    look(0, { blue: up(), green: GONE }),
    { kind: 'put-back', dead: 'green', to: 'blue' },
  ],
  [
    'the other colour has a part and is gone',
    look(90, { blue: up(1), green: ABSENT }),
    { kind: 'put-back', dead: 'green', to: 'blue' },
  ],
  [
    'the other colour was scaled to 0 and its pods are going',
    look(0, { blue: up(), green: up(3, { replicas: 0 }) }),
    { kind: 'put-back', dead: 'green', to: 'blue' },
  ],
  [
    'the other colour is being deleted',
    look(0, { blue: up(), green: up(3, { isBeingDeleted: true }) }),
    { kind: 'put-back', dead: 'green', to: 'blue' },
  ],
  [
    'stable is green and blue is dead',
    look(100, { blue: GONE, green: up() }, 'green'),
    { kind: 'put-back', dead: 'blue', to: 'green' },
  ],
  [
    'stable itself is dead, and the other is ready',
    look(100, { blue: GONE, green: up() }),
    { kind: 'stranded', dead: 'blue', because: 'is-stable' },
  ],
  [
    'both share the traffic and stable is dead',
    look(50, { blue: GONE, green: up() }),
    { kind: 'stranded', dead: 'blue', because: 'is-stable' },
  ],
  [
    'the other colour is dead and stable too',
    look(0, { blue: up(0), green: GONE }),
    { kind: 'stranded', dead: 'green', because: 'stable-dead' },
  ],
  [
    'dead, and no colour is recorded',
    look(100, { blue: GONE, green: up() }, null),
    { kind: 'stranded', dead: 'blue', because: 'not-recorded' },
  ],
  [
    'somebody moved a part by hand',
    look(70, { blue: up(), green: up() }),
    { kind: 'moved', to: 'green', percent: 30 },
  ],
  [
    'somebody moved all by hand, and stable is down meanwhile',
    look(0, { blue: GONE, green: up() }),
    { kind: 'moved', to: 'green', percent: 100 },
  ],
  ['a colour with traffic cannot be seen', look(100, { blue: UNKNOWN, green: up() }), { kind: 'unknown' }],
  ['the way back cannot be seen', look(0, { blue: UNKNOWN, green: GONE }), { kind: 'unknown' }],
  [
    'the route cannot be read',
    { ...look(100, { blue: GONE, green: up() }), route: unseen('timeout') },
    { kind: 'unknown' },
  ],
];

describe('a service at rest', () => {
  it.each(CASES)('%s', (_, world, verdict) => {
    expect(judgeRest(world)).toMatchObject(verdict);
  });
});
