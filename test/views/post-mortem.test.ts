import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../src/core/incident/timeline.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { postMortem } from '../../src/views/post-mortem.ts';
import { timelineView } from '../../src/views/timeline.ts';
import { makeIncident } from '../support/incident-fixtures.ts';
import { ASHA, MINUTE, T0 } from '../support/rollout-fixtures.ts';

const HOSTILE = 'a | b\n## <!channel> <@U1> `x` *y*';
const timeline = (count: number, text = 'pool full'): Timeline => ({
  ...{ from: T0, until: T0, leftOut: 3, broken: ['ledger prod'], chains: ['INC-1'] },
  entries: Array.from({ length: count }, (_, index) => ({
    ...{ at: T0 + index * 1000, who: index % 2 ? 'Asha' : null, chain: 'INC-1', text },
    ...{ action: 'incident.note', outcome: index % 3 ? 'done' : 'denied' },
  })),
});

describe('the draft of a post-mortem', () => {
  it('has what is on record, and asks for what is not', () => {
    const text = postMortem(
      makeIncident({
        ...{ state: 'resolved', resolvedAt: T0 + 30 * MINUTE },
        updates: [{ at: T0, by: ASHA, state: 'identified', text: 'the pool is full' }],
      }),
      timeline(2),
    );
    expect(text).toContain('# Post-mortem of INC-1: Payments fail');
    expect(text).toMatch(/\| Resolved \| .* UTC, 30 min after it was detected \|/);
    expect(text).toMatch(/- .* \*\*identified\*\* Asha: the pool is full/);
    expect(text).toMatch(/\| .* \| the bot \| incident\.note \(denied\) \| pool full \| INC-1 \|/);
    expect(text).toContain('_Why it could happen.');
    expect(text).toContain('3 entries in the middle are left out.');
    expect(text).toContain('The audit trail of ledger prod does not verify');
  });

  it('lets nobody’s words begin a line, a cell or a heading', () => {
    const text = postMortem(makeIncident({ title: HOSTILE }), timeline(1, HOSTILE));
    const rows = text.split('\n').filter((line) => line.startsWith('| 20'));
    for (const row of rows) expect(row.replace(/\\\|/g, '').split('|')).toHaveLength(7);
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('##'))
        .every((line) => !line.includes('channel')),
    ).toBe(true);
    expect(text).not.toContain('<!channel>');
  });
});

describe('the timeline as a message', () => {
  it('is short, says what it lacks, and keeps Slack’s limits', () => {
    const { blocks, text } = timelineView('INC-1', timeline(200, HOSTILE.repeat(20)));
    expect(limitFaults(blocks)).toEqual([]);
    expect(JSON.stringify(blocks)).toContain('178 older entries are in its post-mortem');
    expect(`${JSON.stringify(blocks)}${text}`).not.toMatch(/<!channel>|<@U1>/);
  });
});
