/** Two replicas of the real process at once: one decision, one writer, and a dead one is replaced. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Player } from '../../sandbox/stories/player.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { rawClient } from '../support/redis.ts';

const SERVICE = 'payment-gateway';
let world: World;
let player: Player;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    replicas: 2,
    slackLimits: { postBurst: 50, postIntervalMs: 1, tier3PerMinute: 5000 },
  });
  player = new Player(world, () => undefined);
}, 60_000);
afterAll(async () => {
  await world?.close();
});

/** [token, weights] of every weight that the API server took, in order. */
const writes = (service: string) =>
  world.cluster.requests().flatMap((request) => {
    if (
      request.method !== 'PATCH' ||
      !request.path.endsWith(`/virtualservices/${service}`) ||
      request.status !== 200
    )
      return [];
    const operations = request.body as readonly { op: string; path: string; value: unknown }[];
    const weights = operations
      .filter(({ op, path }) => op === 'add' && path.endsWith('/weight'))
      .map(({ value }) => Number(value));
    const token = operations.find(({ path }) => path.includes('token.'))?.value;
    return weights.length === 2 ? [{ at: request.at, token: Number(token), weights }] : [];
  });

async function auditOf(action: string): Promise<readonly Record<string, unknown>[]> {
  const redis = rawClient(world.redis.port);
  try {
    const streams = await redis.keys('db:{r:*}:a');
    const entries = await Promise.all(streams.map((stream) => redis.xrange(stream, '-', '+')));
    return entries.flat().flatMap(([, fields]) => {
      const record = JSON.parse(fields.find((field) => field.startsWith('{')) ?? '{}') as Record<
        string,
        unknown
      >;
      return record['action'] === action ? [record] : [];
    });
  } finally {
    redis.disconnect();
  }
}

describe('two replicas', () => {
  it('make one decision of 100 parallel clicks of approve and reject from several people', async () => {
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="race"`);
    const card = await player.cardShows('the plan', /WAITING FOR APPROVAL/, 15_000);
    const people = ['U0BHARAT', 'U0CHITRA', 'U0DEV', 'U0ASHA'];
    const clicks = Array.from({ length: 90 }, (_, index) => {
      const user = people[index % people.length] ?? 'U0BHARAT';
      return world.slack.click({ user, channel: 'C0WARROOM', ts: card.ts, actionId: 'approve', revision: 0 });
    });
    const rejects = Array.from({ length: 10 }, (_, index) =>
      rejectAs(index % 2 === 0 ? 'U0BHARAT' : 'U0CHITRA', card.ts),
    );
    const answers = await Promise.all([...clicks, ...rejects]);
    expect(answers).toHaveLength(100);

    await player.until('a decision', 10_000, () =>
      /PREPARING|PROBING|SHIFTING|ANALYSING|REJECTED/.test(player.card().text) ? true : null,
    );
    const votes = await auditOf('rollout.vote');
    const deciding = votes.filter((vote) =>
      ['approved', 'rejected'].includes(String((vote['data'] as Record<string, unknown>)['state'])),
    );
    expect(deciding).toHaveLength(1);
    const voters = votes.map((vote) => (vote['actor'] as { id: string }).id);
    expect(voters).not.toContain('U0ASHA');
    expect(voters).not.toContain('U0DEV');
    const others = await auditOf('approval.vote');
    const isRepeated = (record: Record<string, unknown>): boolean =>
      (record['data'] as Record<string, unknown>)['repeated'] === true;
    const lost = others.filter((record) => !isRepeated(record));
    expect(lost.filter((record) => record['outcome'] === 'denied').length).toBeGreaterThan(0);
    // Denied: no right to decide. Refused: decided before.
    expect(lost.filter((record) => !['denied', 'refused'].includes(String(record['outcome'])))).toEqual([]);
  }, 60_000);

  it('never write a weight twice with different values, though one is killed in mid-shift', async () => {
    const service = 'upi-switch';
    await player.type('U0ASHA', `/deploy ${service} v1.9.0 reason="take-over"`);
    const card = await player.until('the plan', 15_000, () => {
      const found = player.card();
      return found.text.includes(service) && found.actions.includes('approve') ? found : null;
    });
    await world.slack.click({ user: 'U0BHARAT', channel: 'C0WARROOM', ts: card.ts, actionId: 'approve' });
    await player.until('25 %', 60_000, () => (player.colour(service, 'green').weight === 25 ? true : null));
    // Whichever drives, dies; the other takes over, and the dead one comes back as the second.
    await world.bots[0]?.kill();
    await player.until('the take-over', 30_000, () =>
      player.colour(service, 'green').weight > 25 ? true : null,
    );
    await world.bots[0]?.start();
    await world.bots[1]?.kill();
    await player.until('the end', 90_000, () =>
      player.cards().some((entry) => entry.text.includes(service) && /PROMOTED/.test(entry.text))
        ? true
        : null,
    );
    await world.bots[1]?.start();

    const all = writes(service);
    const percents = all.map(
      (write) => write.weights.find((weight) => weight !== 100 && weight !== 0) ?? Math.max(...write.weights),
    );
    expect(all.every(({ weights }) => weights.reduce((sum, weight) => sum + weight, 0) === 100)).toBe(true);
    expect(all.map(({ token }) => token)).toEqual(all.map(({ token }) => token).toSorted((a, b) => a - b));
    expect(percents.length).toBeGreaterThanOrEqual(5);
    const steps = all.map(({ weights }) => weights.join('/'));
    expect(new Set(steps).size).toBe(steps.length);
    const counters = await world.mesh.counters();
    expect(counters[service]?.failed).toBe(0);
  }, 200_000);
});

async function rejectAs(user: string, ts: string): Promise<unknown> {
  await world.slack.click({ user, channel: 'C0WARROOM', ts, actionId: 'reject', revision: 0 });
  const view = world.slack.views(user).at(-1);
  if (!view) return null;
  return world.slack
    .submit({ user, viewId: view.id, values: { reason: 'not now' } })
    .catch((error: unknown) => error);
}
