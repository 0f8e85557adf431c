import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../../sandbox/page/chromium.ts';
import { fill, type PageWorld, startPageWorld } from './world.ts';

describe.skipIf(findChromium() === null)('the page in a browser', { timeout: 60_000 }, () => {
  let world: PageWorld;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    world = await startPageWorld();
    await fill(world);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(world.url);
    await page.waitForSelector('article.message');
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const actions = (): string[] =>
    world.bot.got.flatMap((payload) =>
      ((payload.actions ?? []) as { action_id: string }[]).map((action) => action.action_id),
    );

  it('asks before a button with a confirm is pressed, and presses it as the chosen person', async () => {
    await page.getByRole('radio', { name: /Become Bharat/ }).click();
    await page.locator('button#approve').last().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(actions()).not.toContain('approve');
    await page.locator('button#approve').last().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await expect.poll(actions).toContain('approve');
    const last = world.bot.got.at(-1) as { user: { id: string } };
    expect(last.user.id).toBe('U0BHARAT');
  });

  it('opens, fills and sends a form, with the error under its field', async () => {
    const composer = page.locator('.channel textarea');
    await composer.fill('/dep');
    await composer.press('Tab');
    await composer.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Deploy' });
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    expect(await dialog.getByText('Please complete this required field.').count()).toBe(3);
    await dialog.getByRole('combobox', { name: 'Service' }).click();
    await dialog.getByRole('option', { name: 'ledger' }).click();
    await dialog.getByRole('combobox', { name: 'Version' }).fill('2.3.1');
    await dialog.getByRole('option', { name: 'v2.3.1' }).click();
    await dialog.locator('textarea').fill('please refuse');
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.getByText('The registry has no such tag.').waitFor();
    await dialog.locator('textarea').fill('faster');
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('opens a thread from its reply count and answers in it', async () => {
    await page.locator('.replies').first().click();
    const thread = page.getByRole('complementary', { name: 'Thread' });
    await thread.locator('textarea').fill('on it');
    await thread.locator('textarea').press('Enter');
    await thread.getByText('on it').waitFor();
    await thread.getByRole('button', { name: 'Close thread' }).click();
    await thread.waitFor({ state: 'detached' });
  });

  it('shows an edit at once', async () => {
    const { ts } = await world.bot.api('chat.postMessage', { channel: 'C0WARROOM', text: 'first' });
    await page.getByText('first', { exact: true }).waitFor();
    await world.bot.api('chat.update', { channel: 'C0WARROOM', ts, text: 'second' });
    await page.getByText('second', { exact: true }).waitFor();
  });

  it('switches a fault on and off and resets', async () => {
    const toggle = page.getByRole('switch', { name: 'Prometheus down' });
    await toggle.click();
    await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('true');
    await toggle.click();
    await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('false');
    await page.getByRole('button', { name: 'Reset all' }).click();
    await page.getByText('Deploy something', { exact: true }).waitFor();
  });

  it('fills the composer by the first step of the guide, and recalls it by the up arrow', async () => {
    await page.getByRole('button', { name: /Ask for it/ }).click();
    const composer = page.locator('.channel textarea');
    expect(await composer.inputValue()).toContain('/deploy payment-gateway v2.3.1 reason=');
    await composer.press('Enter');
    await expect.poll(() => composer.inputValue()).toBe('');
    await composer.press('ArrowUp');
    expect(await composer.inputValue()).toContain('/deploy payment-gateway v2.3.1 reason=');
  });

  it('fits a phone of 360 pixels', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    expect(faults).toEqual([]);
  });
});
