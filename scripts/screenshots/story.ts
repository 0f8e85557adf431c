/** Pictures of the page while the real world lives: a deploy by form, a refused approval, traffic that moves, a breach. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { buildPage } from '../../sandbox/page/build.ts';
import { Player } from '../../sandbox/stories/player.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { takeAdoption } from './adopt.ts';
import type { Camera, WIDTHS } from './camera.ts';
import { both, dismissAll, type Screens, settle, shoot, type } from './stage.ts';

const SERVICE = 'payment-gateway';
const HEIGHTS = { 1200: 900, 360: 780 } as const;

async function fillForm(page: Page): Promise<void> {
  const form = page.getByRole('dialog', { name: 'Deploy' });
  await form.getByRole('combobox', { name: 'Service' }).click();
  await form.getByRole('option', { name: SERVICE }).click();
  await form.getByRole('combobox', { name: 'Version' }).click();
  await form.getByRole('option', { name: 'v2.3.1' }).click();
  await form.locator('textarea').fill('Retry budget for the UPI partner');
}

async function submitForm(page: Page): Promise<void> {
  const form = page.getByRole('dialog', { name: 'Deploy' });
  await form.getByRole('button', { name: 'Show the plan' }).click();
  await form.waitFor({ state: 'hidden' });
}

async function play(camera: Camera, world: World): Promise<void> {
  const player = new Player(world, (line) => console.log(`  ${line}`));
  const open = (width: (typeof WIDTHS)[number], user: string, rest = '') =>
    camera.open(width, HEIGHTS[width], `${world.slack.url}/?user=${user}${rest}`);
  const screens: Screens = { desk: await open(1200, 'U0ASHA'), phone: await open(360, 'U0ASHA') };
  const { desk, phone } = screens;
  const shot = (name: string) => shoot(camera, screens, name);

  await shot('start');
  await type(phone, '/dabba help');
  for (const [page] of both(screens)) await page.locator('.message.ephemeral').waitFor();
  await shot('help');
  for (const [page] of both(screens)) await page.getByRole('button', { name: 'Dismiss message' }).click();

  await player.until('load as the plan will find it', 60_000, async () => {
    const counters = Object.values(await world.mesh.counters());
    return counters.reduce((sum, { sent }) => sum + sent, 0) > 3000 ? true : null;
  });
  await phone.locator('.channel textarea').fill('/');
  await shot('commands');
  await type(phone, '/deploy');
  for (const [page] of both(screens)) await fillForm(page);
  await shot('deploy-form');
  await submitForm(phone);
  await player.cardShows('the plan', /WAITING FOR APPROVAL/, 15_000);
  for (const [page] of both(screens)) await page.locator('button#approve').waitFor();
  await shot('plan');

  await phone.locator('button#approve').click();
  await phone.getByText('Only visible to you').last().waitFor();
  await shot('refused-approval');
  await dismissAll(screens);

  const approver = await open(360, 'U0BHARAT');
  await approver.locator('button#reject').click();
  await approver.getByRole('dialog').locator('textarea').fill('Not during the settlement run');
  await camera.take(approver, 'page/reject-form-360.png');
  await approver.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await approver.locator('button#approve').click();
  await player.until('25 % on the candidate', 120_000, () =>
    player.colour(SERVICE, 'green').weight >= 25 ? true : null,
  );
  await player.cardShows('25 % watched', /ANALYSING[\s\S]*25 %/, 30_000);
  for (const [page] of both(screens)) await page.getByText(/: [3-9] of \d+ ticks judged/).waitFor();
  for (const [page] of both(screens)) await settle(page);
  await camera.take(desk, 'page-desktop.png');
  await camera.take(phone, 'page-phone.png');
  for (const [page] of both(screens)) await page.locator('.replies').last().click();
  for (const [page] of both(screens)) await page.locator('.thread-pane article').nth(1).waitFor();
  await shot('thread');
  for (const [page] of both(screens)) await page.getByRole('button', { name: 'Close thread' }).click();

  await phone.locator('button#rollback').click();
  await phone.getByRole('dialog').waitFor();
  await camera.take(phone, 'page/rollback-question-360.png');
  await phone.getByRole('button', { name: 'Leave it' }).click();
  await phone.locator('.world-button').click();
  await camera.take(phone, 'page/world-360.png');
  await phone.getByRole('switch', { name: 'Fails requests' }).click();
  await settle(phone);
  await camera.take(phone, 'page/faults-360.png');
  await phone.getByRole('button', { name: 'Close world panel' }).click();
  await player.cardShows('the end', /ROLLED BACK/, 90_000);
  await shot('rolled-back');
  await takeAdoption({ camera, screens, approver, player });
  await approver.close();
}

export async function takeStory(camera: Camera): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dabbawala-page-'));
  let world: World | null = null;
  const leave = () => void end().finally(() => process.exit(130));
  const end = async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  };
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  try {
    await buildPage(folder);
    world = await startWorld({
      pace: 'demo',
      staticDir: folder,
      onProgress: (line) => console.log(`  starting ${line}`),
    });
    await play(camera, world);
  } finally {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
    await end();
  }
}
