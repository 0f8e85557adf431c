import { deflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../../sandbox/page/chromium.ts';
import { overflowOf } from '../../../scripts/screenshots/camera.ts';
import { withPalette } from '../../../scripts/screenshots/palette.ts';
import { cardGallery } from '../../support/card-gallery.ts';
import { type PageWorld, startPageWorld } from './world.ts';

describe.skipIf(findChromium() === null)('the bot’s cards on a phone', { timeout: 60_000 }, () => {
  let world: PageWorld;
  let browser: Browser;
  let page: Page;
  const posted = new Map<string, string>();

  beforeAll(async () => {
    world = await startPageWorld();
    for (const { name, message } of cardGallery()) {
      const { text, blocks } = message;
      const { ts } = await world.bot.api('chat.postMessage', { channel: 'C0WARROOM', text, blocks });
      posted.set(name, String(ts));
    }
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    await page.goto(`${world.url}/?world=0`);
    await page
      .locator('article.message')
      .nth(posted.size - 1)
      .waitFor();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it.each(cardGallery().map(({ name }) => name))('needs no scroll to the side: %s', async (name) => {
    expect(await overflowOf(page, `article[data-ts="${posted.get(name)}"]`)).toEqual([]);
  });

  it('shows a user group by its name', async () => {
    const card = page.locator(`article[data-ts="${posted.get('awaiting-approval')}"]`);
    expect(await card.getByText('@payment-approvers').count()).toBe(1);
  });

  it('has buttons that a thumb hits', async () => {
    const heights = (await page.evaluate(
      `[...document.querySelectorAll('.slot-actions button')].map((one) => one.getBoundingClientRect().height)`,
    )) as number[];
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(40);
  });

  it('has a menu that Escape closes', async () => {
    const menu = page.getByRole('navigation', { name: 'Workspace' });
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await menu.waitFor();
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
  });

  it('keeps every pixel of a picture that has few colours', async () => {
    const png = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 40 } });
    const pixels = (picture: Buffer): Promise<unknown> =>
      page.evaluate(`(async () => {
        const image = new Image();
        image.src = 'data:image/png;base64,${picture.toString('base64')}';
        await image.decode();
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, image.width, image.height).data].join();
      })()`);
    expect(await pixels(withPalette(png))).toBe(await pixels(png));
    expect(() => withPalette(deflateSync('no picture'))).toThrow('not a PNG');
  });
});
