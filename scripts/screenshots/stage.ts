/** Two windows on one world, a desk and a phone, and what both need for a picture. */
import type { Page } from 'playwright-core';
import { type Camera, overflowOf } from './camera.ts';

export interface Screens {
  readonly desk: Page;
  readonly phone: Page;
}

export const both = ({ desk, phone }: Screens): readonly (readonly [Page, number])[] => [
  [desk, 1200],
  [phone, 360],
];

export async function shoot(camera: Camera, screens: Screens, name: string): Promise<void> {
  for (const [page, width] of both(screens)) {
    await settle(page);
    await camera.take(page, `page/${name}-${width}.png`);
    for (const what of await overflowOf(page, '.app'))
      if (!what.startsWith('textarea')) camera.blame(`page ${name} is too wide at ${width} px: ${what}`);
  }
}

/** The pointer away from what it would light up, and two frames after what the page has just read. */
export async function settle(page: Page): Promise<void> {
  await page.mouse.move(1, 1);
  await page.evaluate(
    'new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 150))',
  );
}

export async function type(page: Page, text: string): Promise<void> {
  const composer = page.locator('.channel textarea');
  await composer.fill(text);
  await composer.press('Escape');
  await composer.press('Enter');
}

/** Puts away what only the asking person was told. */
export async function dismissAll(screens: Screens): Promise<void> {
  for (const [page] of both(screens)) {
    const dismiss = page.getByRole('button', { name: 'Dismiss message' });
    while ((await dismiss.count()) > 0) await dismiss.last().click();
  }
}
