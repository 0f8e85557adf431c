import { describe, expect, it } from 'vitest';
import { formatSlackDate } from '../../../sandbox/page/src/blocks/dates.ts';
import { parseInline, parseMrkdwn, parsePlain } from '../../../sandbox/page/src/blocks/mrkdwn.ts';

const text = (value: string) => ({ type: 'text', text: value });

describe('mrkdwn', () => {
  it.each([
    ['&lt;!channel&gt;', [text('<!channel>')]],
    ['&lt;@U0ASHA&gt; &amp;lt;', [text('<@U0ASHA> &lt;')]],
    ['a*b*c', [text('a*b*c')]],
    ['2 * 3 * 4', [text('2 * 3 * 4')]],
    ['snake_case_name', [text('snake_case_name')]],
    ['<javascript:alert(1)|x>', [text('<javascript:alert(1)|x>')]],
  ])('leaves %s as text', (source, expected) => {
    expect(parseInline(source)).toEqual(expected);
  });

  it.each([
    ['*b*', { type: 'style', style: 'bold', children: [text('b')] }],
    ['_i_', { type: 'style', style: 'italic', children: [text('i')] }],
    ['~s~', { type: 'style', style: 'strike', children: [text('s')] }],
    ['`a *b* <@U1>`', { type: 'code', text: 'a *b* <@U1>' }],
    ['<@U0ASHA>', { type: 'user', id: 'U0ASHA', label: null }],
    ['<@U0ASHA|asha>', { type: 'user', id: 'U0ASHA', label: 'asha' }],
    ['<#C0WARROOM>', { type: 'channel', id: 'C0WARROOM', label: null }],
    ['<!subteam^S0APPROVE>', { type: 'group', id: 'S0APPROVE', label: null }],
    ['<!here>', { type: 'broadcast', name: 'here' }],
    [
      '<https://a.example/?x=1&amp;y=2|run>',
      { type: 'link', href: 'https://a.example/?x=1&y=2', label: 'run' },
    ],
    [':rocket:', { type: 'emoji', name: 'rocket' }],
    [
      '<!date^1700000000^{time}^https://a.example|then>',
      { type: 'date', seconds: 1_700_000_000, format: '{time}', link: 'https://a.example', fallback: 'then' },
    ],
  ])('reads %s', (source, expected) => {
    expect(parseInline(source)).toEqual([expected]);
  });

  it('makes a bare address a link, unless the text is verbatim', () => {
    const link = { type: 'link', href: 'https://a.example/x', label: null };
    expect(parseInline('see https://a.example/x.')).toEqual([text('see '), link, text('.')]);
    expect(parseInline('see https://a.example/x.', true)).toEqual([text('see https://a.example/x.')]);
  });

  it('tells quotes, fenced code and lines apart', () => {
    const kinds = parseMrkdwn('one\n> two\n&gt; three\n```a\n*b*```\nfour').map((part) => part.type);
    expect(kinds).toEqual(['line', 'quote', 'pre', 'line']);
  });

  it('keeps a fence that is not closed as text', () => {
    expect(parseMrkdwn('a ``` b')).toEqual([{ type: 'line', children: [text('a ``` b')] }]);
  });

  it('reads no markup in plain text', () => {
    expect(parsePlain('*a* <@U1> :tada:')).toEqual([text('*a* <@U1> '), { type: 'emoji', name: 'tada' }]);
  });
});

describe('dates', () => {
  const now = new Date(2026, 10, 25, 14, 0, 0);
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

  it.each([
    [new Date(2026, 10, 25, 9, 5, 7), '{date_short_pretty} at {time_secs}', 'today at 09:05:07'],
    [new Date(2026, 10, 24, 23, 59), '{date_pretty} {time}', 'yesterday 23:59'],
    [new Date(2026, 10, 20, 8, 0), '{date_num} {time}', '2026-11-20 08:00'],
    [new Date(2026, 10, 25, 14, 1, 20), '{ago}', 'in 1 minute'],
    [new Date(2026, 10, 25, 13, 0), '{ago}', '1 hour ago'],
    [new Date(2026, 10, 25, 13, 0), '{unknown}', '{unknown}'],
  ])('shows %s as %s', (date, format, expected) => {
    expect(formatSlackDate(seconds(date), format, now)).toBe(expected);
  });
});
