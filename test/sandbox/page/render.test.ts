import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEPLOY_MODAL,
  type Json,
  PLAN_CARD,
  ROLLED_BACK_CARD,
  SHIFTING_CARD,
  UNTRUSTED,
} from './fixtures.ts';

interface Static {
  messageHtml(message: Json, user?: string): string;
  blockHtml(block: Json, user?: string): string;
  modalHtml(view: Json, user?: string): string;
}

let folder = '';
let page: Static;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dabbawala-static-'));
  const outfile = join(folder, 'static.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../../../sandbox/page/src/static.tsx')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  page = (await import(pathToFileURL(outfile).href)) as Static;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const words = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');

const card = (blocks: readonly Json[], rest: Json = {}): Json => ({
  ts: '1700000000.000100',
  user: 'U0BOT',
  bot_id: 'B0BOT',
  blocks,
  ...rest,
});

describe('a card', () => {
  it.each([
    ['plan', PLAN_CARD, 'WAITING FOR APPROVAL'],
    ['shifting', SHIFTING_CARD, 'ANALYSING'],
    ['rolled back', ROLLED_BACK_CARD, 'ROLLED BACK'],
  ])('%s is drawn whole', (_, blocks, expected) => {
    const html = page.messageHtml(card(blocks));
    expect(words(html)).toContain(expected);
    expect(html).not.toContain('block-broken');
    expect(html).not.toContain('dwtext');
  });

  it('gives each button the DOM id of its action', () => {
    const html = page.messageHtml(card(PLAN_CARD));
    expect(html).toContain('id="approve"');
    expect(html).toContain('id="reject"');
  });

  it('resolves people, groups and dates', () => {
    const html = page.messageHtml(card(PLAN_CARD), 'U0BHARAT');
    expect(words(html)).toContain('@Asha asks');
    expect(html).toContain('<span class="mention mention-me">@payment-approvers</span>');
    expect(html).toContain('<time');
    expect(words(html)).toContain('in 58 minutes');
  });

  it('draws the table with heads and the chart with its newest values in words', () => {
    const html = page.messageHtml(card(ROLLED_BACK_CARD));
    expect(html).toMatch(/<th scope="col"[^>]*>Candidate<\/th>/);
    expect(html).toContain('candidate 3.05, limit 0.5');
  });

  it('shows untrusted text as it is', () => {
    const html = page.blockHtml(UNTRUSTED);
    expect(words(html)).toContain('<!channel> <@U0ASHA> <http://x|y> a*b*c 2 * 3 > 1 & done');
    expect(html).not.toContain('<a ');
    expect(html).not.toContain('class="mention');
  });

  it('reads no markup in plain text', () => {
    const html = page.blockHtml({ type: 'header', text: { type: 'plain_text', text: '*a* <!here> :tada:' } });
    expect(words(html)).toContain('*a* <!here> 🎉');
  });

  it('says what it cannot draw', () => {
    expect(words(page.blockHtml({ type: 'hologram' }))).toContain('A hologram block');
  });

  it('draws data_table with numbers, which the library lacks', () => {
    const rows = [
      [
        { type: 'raw_text', text: 'Colour' },
        { type: 'raw_text', text: 'rps' },
      ],
      [
        { type: 'raw_text', text: 'green' },
        { type: 'raw_number', value: 66 },
      ],
    ];
    expect(words(page.blockHtml({ type: 'data_table', caption: 'Rates', rows }))).toContain(
      'Rates Colour rps green 66',
    );
  });
});

describe('a message', () => {
  it('is marked as edited, as only for one, and with its replies', () => {
    const html = page.messageHtml(
      card([], { text: 'x', edited: { ts: '1' }, ephemeral: true, reply_count: 2, reply_users: ['U0ASHA'] }),
    );
    expect(words(html)).toContain('Only visible to you');
    expect(words(html)).toContain('(edited)');
    expect(words(html)).toContain('2 replies');
  });

  it('of a person shows the text with its mentions', () => {
    const html = page.messageHtml({ ts: '1700000000.000100', user: 'U0DEV', text: 'hi <@U0BOT>' });
    expect(words(html)).toContain('hi @dabbawala');
  });
});

describe('a modal', () => {
  it('has a labelled field for each input', () => {
    const html = page.modalHtml({ id: 'V1', ...DEPLOY_MODAL });
    for (const label of ['Service', 'Version', 'Pace', 'Reason', 'More'])
      expect(words(html)).toContain(label);
    expect(html).toContain('role="combobox"');
    expect(html).toContain('type="radio"');
    expect(html).toContain('type="checkbox"');
    expect(html).toContain('<textarea');
    expect(words(html)).toContain('Show the plan');
  });
});
