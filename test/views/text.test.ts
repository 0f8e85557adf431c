import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fit } from '../../src/views/blocks.ts';
import {
  clipMrkdwn,
  escapeProse,
  escapeText,
  link,
  plainText,
  when,
  whenLong,
} from '../../src/views/text.ts';

describe('escapeText', () => {
  it.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<@U1>', '&lt;@U1&gt;'],
    ['<http://x|y>', '&lt;http://x|y&gt;'],
    ['a & b &lt;', 'a &amp; b &amp;lt;'],
    ['`code` and ```fence```', "'code' and '''fence'''"],
    ['one\ntwo\r\n\tthree\u2028four', 'one two three four'],
    ['\u202eevil\u202c', '[U+202E]evil[U+202C]'],
    ['zero\u200bwidth\u2060', 'zero[U+200B]width[U+2060]'],
    ['nul\u0000 bell\u0007', 'nul[U+0000] bell[U+0007]'],
    ['\u3164filler \u{e0041}tag', '[U+3164]filler [U+E0041]tag'],
    ['half \ud800 pair', 'half \ufffd pair'],
    ['संतोष 🙂 ok', 'संतोष 🙂 ok'],
    ['', ''],
  ])('writes %j as %j', (untrusted, shown) => {
    expect(escapeText(untrusted)).toBe(shown);
  });

  it('cuts a megabyte and says how much is left out, at once', () => {
    const started = performance.now();
    const shown = escapeText('<'.repeat(1_000_000), 100);
    expect(performance.now() - started).toBeLessThan(50);
    expect(shown).toBe(`${'&lt;'.repeat(100)}… (+999,900 characters)`);
  });

  it('never leaves markup, backticks, lines or invisible characters, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 200 }),
        (untrusted, max) => {
          const shown = escapeText(untrusted, max);
          expect(shown).not.toMatch(/[<>`\n\r\u200b-\u200f\u2028-\u202e\u2060-\u206f]/);
          expect(shown.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
          expect(shown.isWellFormed()).toBe(true);
          expect(shown.length).toBeLessThanOrEqual(max * 5 + 40);
        },
      ),
    );
  });

  it('writes plain text without angle brackets', () => {
    expect(plainText('<!channel> & <@U1>')).toBe('‹!channel› & ‹@U1›');
  });
});

describe('escapeProse', () => {
  it('keeps lines and paired backticks of our own sentences', () => {
    expect(escapeProse('Type `/dabba help`\nthen <ask>')).toBe('Type `/dabba help`\nthen &lt;ask&gt;');
  });
  it('drops an unpaired backtick, which would swallow the rest', () => {
    expect(escapeProse('odd ` one')).toBe("odd ' one");
  });
});

describe('clipMrkdwn', () => {
  it.each([
    ['half an entity', `${'x'.repeat(90)}&amp;${'y'.repeat(20)}`, 100],
    ['half a date', `${'x'.repeat(80)}<!date^1^{time}|14:00 UTC>${'y'.repeat(20)}`, 100],
    ['an open fence', `\`\`\`\n${'x'.repeat(200)}\n\`\`\``, 100],
  ])('does not leave %s', (_, text, max) => {
    const kept = clipMrkdwn(text, max);
    expect(kept.length).toBeLessThanOrEqual(max);
    expect(kept).not.toMatch(/&[a-z]{0,4}…|<[^>]*$/);
    expect((kept.match(/```/g) ?? []).length % 2).toBe(0);
  });
});

describe('link', () => {
  const hosts = ['grafana.example', 'git.example:8443'];
  it.each([
    ['https://grafana.example/d/1?a=1&b=2', '<https://grafana.example/d/1?a=1&amp;b=2|board>'],
    ['https://git.example:8443/x', '<https://git.example:8443/x|board>'],
    ['https://evil.example/', 'board'],
    ['https://grafana.example.evil.example/', 'board'],
    ['https://grafana.example@evil.example/', 'board'],
    ['https://user:secret@grafana.example/', 'board'],
    ['javascript:alert(1)', 'board'],
    ['file:///etc/passwd', 'board'],
    ['not a url', 'board'],
    ['https://grafana.example/a|b>c', '<https://grafana.example/a%7Cb%3Ec|board>'],
  ])('turns %s into %s', (url, shown) => {
    expect(link(url, 'board', hosts)).toBe(shown);
  });
  it('makes a hostile label inert', () => {
    expect(link('https://grafana.example/', 'a|<!here>', hosts)).toBe(
      '<https://grafana.example/|a¦&lt;!here&gt;>',
    );
  });
});

describe('when', () => {
  it('is a Slack date with a UTC fallback', () => {
    expect(when(1_795_615_200_000)).toBe('<!date^1795615200^{time}|14:00 UTC>');
    expect(whenLong(1_795_615_200_000)).toBe(
      '<!date^1795615200^{date_short_pretty} {time}|2026-11-25 14:00 UTC>',
    );
  });
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 9e15])('says so for %s', (ms) => {
    expect(when(ms)).toBe('an unknown time');
  });
});

describe('fit', () => {
  it('is there under both of its names', async () => {
    const { fitMessage } = await import('../../src/views/blocks.ts');
    expect(fit).toBe(fitMessage);
  });
});
