/** More alerts than a channel takes, against a Slack as strict as Slack, and the process killed in the middle. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { ROOM, until, wordsOf } from './support/lane.ts';
import { sendAlert } from './support/one-alert.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ pace: 'test', rps: 10 });
}, 60_000);
afterAll(async () => world?.close());

const GROUPS = 60;
const nameOf = (index: number): string => `Storm-${String(index).padStart(2, '0')}`;
const names = Array.from({ length: GROUPS }, (_, index) => nameOf(index));
const startsAt = new Date(Date.now() - 60_000).toISOString();

const post = (name: string, status: 'firing' | 'resolved' = 'firing'): Promise<number> =>
  sendAlert(world, name, {
    ...{ status, startsAt },
    labels: { severity: name === nameOf(7) ? 'critical' : 'warning', service: 'ledger' },
  });

const digests = (): readonly SeenMessage[] =>
  world.slack.messages(ROOM).filter(({ text }) => /alerts? at once/.test(text));
const cardsOf = (name: string): readonly SeenMessage[] =>
  world.slack.messages(ROOM).filter(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`));
const isNamed = (name: string): boolean =>
  cardsOf(name).length > 0 || digests().some((digest) => wordsOf(digest).includes(name));

describe('a storm of alerts', { timeout: 120_000 }, () => {
  it('is told by name within seconds, also when the process is killed in it; the list is in the thread', async () => {
    expect(new Set(await Promise.all(names.map((name) => post(name))))).toEqual(new Set([200]));
    const [bot] = world.bots;
    await bot?.kill();
    await bot?.start();
    await until('every group is named', () => (names.every(isNamed) ? true : null), 40_000);
    // Of each group one card at most, and one digest names it.
    for (const name of names) {
      expect(cardsOf(name).length).toBeLessThanOrEqual(1);
      expect(digests().filter((digest) => wordsOf(digest).includes(name)).length).toBeLessThanOrEqual(1);
    }
    await until(
      'the list is there',
      () =>
        digests().every((digest) =>
          world.slack.messages(ROOM, digest.ts).some((reply) => (reply.files ?? []).length === 1),
        ) || null,
      40_000,
    );
    expect(world.slack.log().filter(({ status }) => status === 429)).toEqual([]);
  });

  it('when it is calm each that still fires gets its own card, the worst first; the others end where they were named', async () => {
    const isOwn = (name: string): boolean => cardsOf(name).length > 0;
    const ending = names.filter((name) => !isOwn(name) && name !== nameOf(7)).slice(0, 50);
    await Promise.all(ending.map((name) => post(name, 'resolved')));
    await until(
      'all open ones have cards',
      () => (names.every((name) => ending.includes(name) || isOwn(name)) ? true : null),
      60_000,
    );
    await until(
      'the digests tell the others',
      () =>
        ending.every(
          (name) => isOwn(name) || digests().some((digest) => wordsOf(digest).includes(`~${name}`)),
        ) || null,
      30_000,
      () => digests().map(wordsOf).join('\n---\n'),
    );
  });
});
