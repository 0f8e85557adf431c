import { describe, expect, it } from 'vitest';
import { messageIssues } from '../../sandbox/slack/index.ts';
import {
  beginDigest,
  calledBy,
  type DigestEntry,
  entryOf,
  NAMES_AT_MOST,
} from '../../src/core/alert/digest.ts';
import { digestCard } from '../../src/views/digest-card.ts';
import { digestList } from '../../src/views/digest-list.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { makeGroup } from '../support/alert-fixtures.ts';

const T0 = Date.UTC(2026, 10, 25, 3, 0, 0);
const entry = (title: string, more: Partial<DigestEntry> = {}): DigestEntry => ({
  ...entryOf(makeGroup({ id: `a-${title}`, title, since: T0, labels: {} }), 1),
  ...more,
});
const digestOf = (entries: readonly DigestEntry[]) => beginDigest('d-000000000001', 'C0', entries, T0);
const card = (entries: readonly DigestEntry[]) =>
  digestCard({ digest: digestOf(entries), callees: calledBy(digestOf(entries)) });
const wordsOf = (entries: readonly DigestEntry[]): string => JSON.stringify(card(entries).blocks);

describe('a digest', () => {
  it('says what each name is now: fires, is looked at, has its own card, has ended', () => {
    const words = wordsOf([
      entry('Fires', { severity: 'critical', count: 3, about: 'ledger' }),
      entry('Looked', { severity: 'warning', acknowledgedBy: 'Asha' }),
      entry('Own', { hasCard: true }),
      entry('Ended', { endedAt: T0 + 120_000 }),
    ]);
    expect(words).toContain('🔴 Fires · ledger · 3 firing');
    expect(words).toContain('🟡 Looked 👀');
    expect(words).toContain('↗ Own · _own card_');
    expect(words).toContain('🟢 ~Ended~ · 2 min');
    expect(words).toContain('🔴 4 alerts at once · 2 critical · 1 ended');
  });

  it('turns green when all have ended, and calls nobody then', () => {
    const called = ['S0ONCALL'];
    const message = card([entry('One', { endedAt: T0, called })]);
    expect(message.text).toContain('🟢 1 alert at once · all ended');
    expect(message.text).not.toContain('subteam');
    expect(card([entry('One', { called }), entry('Two', { called })]).text).toMatch(
      /[^>]\n<!subteam\^S0ONCALL>$/,
    );
    expect(card([entry('One', { called, acknowledgedBy: 'Asha' })]).text).not.toContain('subteam');
  });

  it.each([
    ['long names', `${'x'.repeat(300)}`],
    ['names full of markup', '<!channel>&<@U1>`~*'.repeat(20)],
    ['names of quotes and backslashes', '"\\'.repeat(200)],
    ['names beyond the basic plane', '𝔘🔥'.repeat(100)],
  ])('of a hundred %s keeps every limit and leaves nobody out', (_, name) => {
    const entries = Array.from({ length: NAMES_AT_MOST }, (_each, index) =>
      entry(`${String(index).padStart(3, '0')}-${name}`, { count: 1_000_000, called: ['S0ONCALL'] }),
    );
    const { blocks } = card(entries);
    expect(limitFaults(blocks)).toEqual([]);
    expect(messageIssues(blocks)).toEqual([]);
    const words = JSON.stringify(blocks);
    for (let index = 0; index < NAMES_AT_MOST; index += 1)
      expect(words).toContain(String(index).padStart(3, '0'));
    expect(words).not.toMatch(/left out|are cut|<!channel>|<@U1>/);
  });

  it('has a list with a line per name, with labels, and none that a name could break', () => {
    const { content, name } = digestList(
      beginDigest('d-1', 'C0', [entry('A\tb\nc'), entry('B')], T0),
      new Map([
        [
          'a-B',
          makeGroup({
            id: 'a-B',
            title: 'B',
            labels: { service: 'ledger' },
            annotations: { summary: 'bad' },
          }),
        ],
      ]),
    );
    const lines = content.trimEnd().split('\n');
    expect(name).toBe('alerts-d-1.txt');
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => line.split('\t').length)).toEqual([8, 8, 8]);
    expect(lines[2]).toContain('service="ledger"\tbad');
  });
});
