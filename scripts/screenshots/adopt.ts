/** Pictures of an adoption: the refused deploy that offers it, its plan, the watch, the end. */
import type { Page } from 'playwright-core';
import type { Player } from '../../sandbox/stories/player.ts';
import type { Camera } from './camera.ts';
import { both, dismissAll, type Screens, shoot, type } from './stage.ts';

interface Stage {
  readonly camera: Camera;
  readonly screens: Screens;
  readonly approver: Page;
  readonly player: Player;
}

export async function takeAdoption({ camera, screens, approver, player }: Stage): Promise<void> {
  const shot = (name: string) => shoot(camera, screens, name);
  const { phone } = screens;
  await type(phone, '/deploy refunds v1.2.1 reason="Faster refunds"');
  await player.cardShows('the offer', /refunds[\s\S]*REFUSED/, 15_000);
  for (const [page] of both(screens)) await page.locator('button#adopt').waitFor();
  await dismissAll(screens);
  await shot('adopt-offer');

  await phone.locator('button#adopt').click();
  await phone.getByRole('dialog').getByRole('button', { name: 'Adopt', exact: true }).click();
  await player.cardShows('the plan of the adoption', /WAITING FOR APPROVAL/, 15_000);
  for (const [page] of both(screens)) await page.locator('button#approve').waitFor();
  await dismissAll(screens);
  await shot('adopt-plan');

  await approver.locator('button#approve').click();
  await player.cardShows('the adoption watched', /BAKING/, 90_000);
  await shot('adopt-watched');
  await player.cardShows('the end of the adoption', /PROMOTED/, 120_000);
  for (const [page] of both(screens)) await page.getByText('stands as blue and green').waitFor();
  await shot('adopt-done');
}
