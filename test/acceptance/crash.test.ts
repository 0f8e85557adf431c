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

const cardOf = (service: string) => player.cards().findLast((card) => card.text.includes(service));

async function deploy(service: string, version: string): Promise<void> {
  await player.type('U0ASHA', `/deploy ${service} ${version} reason="crash"`);
  const card = await player.until(`the plan of ${service}`, 15_000, () => {
    const found = cardOf(service);
    return found?.actions.includes('approve') ? found : null;
  });
  await world.slack.click({ user: 'U0CHITRA', channel: 'C0WARROOM', ts: card.ts, actionId: 'approve' });
}

const reaches = (service: string, percent: number) =>
  player.until(`${service} at ${percent} %`, 60_000, () =>
    player.colour(service, 'green').weight >= percent ? true : null,
  );

const ends = (service: string, end: RegExp) =>
  player.until(`the end of ${service}`, 120_000, () => (end.test(cardOf(service)?.text ?? '') ? true : null));

describe('the built process, killed in mid-shift and started again', () => {
  it('goes on at the same step and ends right: one rollout promoted, one rolled back for a breach that came while it was dead', async () => {
    const [good, bad] = ['ledger', 'upi-switch'];
    await deploy(good, 'v5.1.0');
    await deploy(bad, 'v1.9.0');
    await reaches(good, 10);
    await world.bots[0]?.kill();
    await world.bots[0]?.start();
    await Promise.all([reaches(good, 50), reaches(bad, 25)]);
    await world.bots[0]?.kill();
    await world.faults.apply({ kind: 'errors', service: bad, version: 'v1.9.0', percent: 20 });
    await world.bots[0]?.start();
    await Promise.all([ends(bad, /ROLLED BACK/), ends(good, /PROMOTED/)]);

    expect(cardOf(bad)?.text).toMatch(/Error rate/);
    expect(player.colour(bad, 'green').weight).toBe(0);
    expect(player.colour(good, 'green').weight).toBe(100);
    await player.until('the former stable at 0', 15_000, () =>
      player.colour(good, 'blue').replicas === 0 ? true : null,
    );
    expect(player.weightWrites(good).length).toBeGreaterThanOrEqual(5);
    const counters = await world.mesh.counters();
    expect([counters[good]?.failed, counters[bad]?.failed]).toEqual([0, 0]);
  }, 240_000);

  it('does not lose a deploy that waits for the place of another', async () => {
    const service = 'payment-gateway';
    await deploy(service, 'v2.3.1');
    await reaches(service, 10);
    const shown = player.cards().filter((card) => card.text.includes(service)).length;
    await player.type('U0CHITRA', `/deploy ${service} v2.4.0 reason="instead" supersede`);
    await world.bots[0]?.kill();
    await world.bots[0]?.start();
    await player.until('the plan of the second one', 60_000, () => {
      const cards = player.cards().filter((card) => card.text.includes(service));
      return cards.length > shown && cards.at(-1)?.actions.includes('approve') ? true : null;
    });
    expect(cardOf(service)?.text).toMatch(/v2\.3\.0 → v2\.4\.0/);
    const first = player.cards().findLast((card) => /superseded by v2\.4\.0 of Chitra/.test(card.text));
    expect(first?.text).toMatch(/ROLLED BACK/);
    expect(player.colour(service, 'green').weight).toBe(0);
    expect((await world.mesh.counters())[service]?.failed).toBe(0);
  }, 240_000);
});
