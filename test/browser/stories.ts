/** What people do with the bot, on the sandbox's own page, told once for every screen. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildPage } from '../../sandbox/page/build.ts';
import { launchChromium } from '../../sandbox/page/chromium.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { type Screen, Visitor } from './support/visitor.ts';

/** A whole rollout on a busy machine with two cores. */
const ROLLOUT_MS = 120_000;

/** Its steps leave a person time for a tap and a question, however slow the machine. */
function slowLedger(text: string): string {
  const config = parse(text) as { services: { ledger: { times: Record<string, string> } } };
  // A copy: one table of times stands behind all services, as an anchor of the YAML.
  config.services.ledger.times = { ...config.services.ledger.times, step: '20s' };
  return stringify(config);
}

export function stories(screen: Screen): void {
  describe(`on ${screen.name}`, () => {
    let folder = '';
    let world: World;
    let browser: Browser;
    let me: Visitor;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dabbawala-browser-'));
      await buildPage(folder);
      [world, browser] = await Promise.all([
        startWorld({ pace: 'test', staticDir: folder, editConfig: slowLedger }),
        launchChromium(),
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await world?.close();
      await rm(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      me = await Visitor.come(browser, world.slack.url, screen);
    });
    afterEach(async () => {
      const tooWide = await me.tooWide();
      const { faults } = me;
      await me.page.close();
      expect(tooWide).toEqual([]);
      expect(faults).toEqual([]);
    });

    const failedRequests = async (): Promise<number> =>
      Object.values(await world.mesh.counters()).reduce((sum, { failed }) => sum + failed, 0);

    it('deploys by form, with another person’s yes, to the end', async () => {
      const service = 'payment-gateway';
      await me.types('/deploy');
      const form = me.dialog('Deploy');
      await form.getByRole('button', { name: 'Show the plan' }).click();
      await form.getByText('Please complete this required field.').first().waitFor();
      await me.chooses(form, 'Service', 'pay', /^payment-gateway$/);
      // The registry is asked for what is typed: only the tags that begin so are there.
      await form.getByRole('combobox', { name: 'Version' }).click();
      await form.getByRole('option', { name: /^v2\.4\.0/ }).waitFor();
      await form.getByRole('combobox', { name: 'Version' }).fill('v2.3');
      await form.getByRole('option', { name: /^v2\.4\.0/ }).waitFor({ state: 'detached' });
      await form.getByRole('option', { name: /^v2\.3\.1/ }).click();
      await form.locator('textarea').fill('Retry budget for the UPI partner');
      expect(await me.tooWide()).toEqual([]);
      await form.getByRole('button', { name: 'Show the plan' }).click();
      await form.waitFor({ state: 'detached' });

      const plan = await me.cardShows(service, /WAITING FOR APPROVAL/);
      expect(plan).toContain('v2.3.0 → v2.3.1');
      expect(plan).toContain('Retry budget for the UPI partner');
      expect(await me.buttons(service)).toEqual(['Withdraw', 'Approve', 'Reject']);

      await me.taps(service, 'Approve');
      expect(await me.toldAlone(/somebody else must decide/)).toContain('Ask another approver');
      await me.cardShows(service, /WAITING FOR APPROVAL/);

      await me.becomes('Bharat');
      await me.taps(service, 'Approve');
      await me.cardShows(service, /ANALYSING|SHIFTING/, ROLLOUT_MS);
      expect((await me.buttons(service))[0]).toBe('Roll back');
      expect(await me.button(service, 'Approve').count()).toBe(0);
      const end = await me.cardShows(service, /PROMOTED/, ROLLOUT_MS);
      expect(end).toContain('v2.3.1');
      expect(await me.button(service, 'Roll back').count()).toBe(0);
      expect(await failedRequests()).toBe(0);
    });

    it('shows a version that breaks, and the way back by itself', async () => {
      const service = 'upi-switch';
      await me.breaks(service, 'v1.9.0', 'Fails requests');
      await me.types(`/deploy ${service} v1.9.0 reason="New switch"`);
      await me.cardShows(service, /WAITING FOR APPROVAL/);
      await me.becomes('Chitra');
      await me.taps(service, 'Approve');
      const end = await me.cardShows(service, /ROLLED BACK/, ROLLOUT_MS);
      expect(end).toMatch(/Error rate [\d.]+ % against at most 0\.5 %/);
      expect(await me.button(service, 'Roll back').count()).toBe(0);
      await me.card(service).locator('.replies').click();
      const thread = me.page.getByRole('complementary', { name: 'Thread' });
      await thread.getByText(/@Asha/).first().waitFor();
      expect(await me.tooWide()).toEqual([]);
      expect(await failedRequests()).toBe(0);
    });

    it('adopts a plain service from the button of a refused deploy', async () => {
      const service = 'refunds';
      await me.types(`/deploy ${service} v1.2.1 reason="Faster refunds"`);
      await me.cardShows(service, /REFUSED/);
      await me.taps(service, 'Adopt', 'Adopt');
      const plan = await me.cardShows(service, /WAITING FOR APPROVAL/);
      expect(plan).toContain('as soon as they are ready');
      await me.becomes('Bharat');
      await me.taps(service, 'Approve');
      const end = await me.cardShows(service, /PROMOTED/, ROLLOUT_MS);
      expect(end).toContain('refunds stands as blue and green');
      expect(await me.buttons(service)).toEqual([]);
      expect(await failedRequests()).toBe(0);
    });

    it('rolls back by one tap and a question that names both versions', async () => {
      const service = 'ledger';
      await me.types(`/deploy ${service} v5.1.0 reason="Batch postings"`);
      await me.cardShows(service, /WAITING FOR APPROVAL/);
      await me.becomes('Bharat');
      await me.taps(service, 'Approve');
      await me.cardShows(service, /ANALYSING|SHIFTING/, ROLLOUT_MS);
      await me.button(service, 'Roll back').click();
      const question = me.dialog('Roll back?');
      await question.getByText(/v5\.0\.4.*v5\.1\.0|v5\.1\.0.*v5\.0\.4/s).waitFor();
      expect(await me.tooWide()).toEqual([]);
      await question.getByRole('button', { name: 'Roll back', exact: true }).click();
      const end = await me.cardShows(service, /ROLLED BACK/, ROLLOUT_MS);
      expect(end).toContain('Bharat');
      expect(await failedRequests()).toBe(0);
    });

    it('rejects with a reason that the card keeps', async () => {
      const service = 'ledger';
      await me.types(`/deploy ${service} v5.0.3 reason="Compare old postings"`);
      await me.cardShows(service, /WAITING FOR APPROVAL/);
      await me.becomes('Chitra');
      await me.button(service, 'Reject').click();
      const form = me.dialog();
      await form.locator('textarea').fill('Not during the settlement run');
      expect(await me.tooWide()).toEqual([]);
      await form.getByRole('button', { name: 'Reject', exact: true }).click();
      await form.waitFor({ state: 'detached' });
      const end = await me.cardShows(service, /REJECTED/);
      expect(end).toContain('Chitra');
      expect(end).toContain('Not during the settlement run');
      expect(await me.button(service, 'Approve').count()).toBe(0);
    });

    it('acknowledges an alert of the panel, which turns green', async () => {
      await me.turns('An alert fires', true);
      await me.cardShows('PaymentErrors', /2 firing/);
      await me.taps('PaymentErrors', 'Acknowledge');
      await me.cardShows('PaymentErrors', /@Asha looks at it/);
      await me.turns('An alert fires', false);
      await me.cardShows('PaymentErrors', /ended/);
      expect(await me.buttons('PaymentErrors')).toEqual([]);
    });

    it('finds on the page behind /dabba what to roll back, by typing', async () => {
      await me.types('/dabba');
      const page = me.dialog('Dabbawala');
      await page.getByText('Nothing fires.').waitFor();
      await me.chooses(page, 'Pick or type a service', 'payment', /payment-gateway/);
      await me
        .dialog()
        .getByText(/Roll back/)
        .first()
        .waitFor();
    });
  });
}
