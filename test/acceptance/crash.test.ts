/** The built process, killed with SIGKILL in mid-shift and started again, goes on and ends right. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Player } from '../../sandbox/stories/player.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let world: World;
let player: Player;
let built: string;

/** As `npm run build` does, into a folder of the test's own. */
async function build(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-build-'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), dir], { cwd: ROOT });
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

beforeAll(async () => {
  built = await build();
  world = await startWorld({
    pace: 'test',
    botEntry: join(built, 'main.js'),
    slackLimits: { postBurst: 50, postIntervalMs: 1, tier3PerMinute: 5000 },
  });
  player = new Player(world, () => undefined);
}, 120_000);
afterAll(async () => {
  await world?.close();
  if (built) await rm(built, { recursive: true, force: true });
});

const newCard = async (service: string) =>
  player.until(`the plan of ${service}`, 15_000, () => {
    const card = player.cards().at(-1);
    return card?.text.includes(service) && card.actions.includes('approve') ? card : null;
  });

describe('the built process, killed in mid-shift', () => {
  it('goes on at the same step and ends promoted, with no request lost', async () => {
    const service = 'ledger';
    await player.type('U0ASHA', `/deploy ${service} v5.1.0 reason="crash"`);
    await world.slack.click({
      user: 'U0CHITRA',
      channel: 'C0WARROOM',
      ts: (await newCard(service)).ts,
      actionId: 'approve',
    });
    for (const percent of [10, 50]) {
      await player.until(`${percent} %`, 60_000, () =>
        player.colour(service, 'green').weight >= percent ? true : null,
      );
      await world.bots[0]?.kill();
      await world.bots[0]?.start();
    }
    await player.until('the end', 120_000, () => (/PROMOTED/.test(player.card().text) ? true : null));
    expect(player.colour(service, 'green').weight).toBe(100);
    await player.until('the former stable at 0', 15_000, () =>
      player.colour(service, 'blue').replicas === 0 ? true : null,
    );
    const weights = player
      .weightWrites(service)
      .map((write) => (Math.min(...write.weights) === 0 ? 100 : Number(write.weights.at(-1))));
    expect(weights.length).toBeGreaterThanOrEqual(5);
    expect((await world.mesh.counters())[service]?.failed).toBe(0);
  }, 200_000);

  it('rolls a breach back that came while it was dead', async () => {
    const service = 'upi-switch';
    await player.type('U0ASHA', `/deploy ${service} v1.9.0 reason="crash"`);
    await world.slack.click({
      user: 'U0CHITRA',
      channel: 'C0WARROOM',
      ts: (await newCard(service)).ts,
      actionId: 'approve',
    });
    await player.until('25 %', 60_000, () => (player.colour(service, 'green').weight >= 25 ? true : null));
    await world.bots[0]?.kill();
    await world.faults.apply({ kind: 'errors', service, version: 'v1.9.0', percent: 20 });
    await world.bots[0]?.start();
    await player.until('weight 0', 30_000, () =>
      player.colour(service, 'green').weight === 0 ? true : null,
    );
    await player.until('the end', 60_000, () => (/ROLLED BACK/.test(player.card().text) ? true : null));
    expect(player.card().text).toMatch(/Error rate/);
    expect((await world.mesh.counters())[service]?.failed).toBe(0);
  }, 150_000);
});
