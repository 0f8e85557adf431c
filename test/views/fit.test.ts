import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actions, button, context, fitMessage, header, section, table } from '../../src/views/blocks.ts';
import { asKnownBlock, lineChart } from '../../src/views/chart-block.ts';
import { LIMITS, limitFaults } from '../../src/views/limits.ts';

const fitted = (blocks: readonly KnownBlock[]) => fitMessage({ text: 't', blocks, classic: blocks });

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .tuple(
      fc.constantFrom('a', '&amp;', '<!date^1^{time}|x>', '```\n', '🙂', 'क'),
      fc.integer({ min: 0, max: 5000 }),
    )
    .map(([part, times]) => part.repeat(times)),
);
const rawButton = fc.record({
  type: fc.constant('button' as const),
  action_id: text,
  text: text.map((content) => ({ type: 'plain_text' as const, text: content })),
  value: text,
  confirm: text.map((content) => ({
    title: { type: 'plain_text' as const, text: content },
    text: { type: 'plain_text' as const, text: content },
    confirm: { type: 'plain_text' as const, text: content },
    deny: { type: 'plain_text' as const, text: content },
  })),
});
const mrkdwnText = text.map((content) => ({ type: 'mrkdwn' as const, text: content }));
const anyBlock: fc.Arbitrary<KnownBlock> = fc.oneof(
  text.map((content): KnownBlock => ({ type: 'header', text: { type: 'plain_text', text: content } })),
  fc.record({ type: fc.constant('section' as const), text: mrkdwnText, block_id: text }),
  fc.record({ type: fc.constant('section' as const), fields: fc.array(mrkdwnText, { maxLength: 14 }) }),
  fc.record({ type: fc.constant('context' as const), elements: fc.array(mrkdwnText, { maxLength: 14 }) }),
  fc
    .uniqueArray(rawButton, { maxLength: 30, selector: (each) => each.action_id })
    .map((elements): KnownBlock => ({ type: 'actions', elements })),
  fc
    .array(
      fc.array(
        text.map((content) => ({ type: 'raw_text' as const, text: content })),
        { maxLength: 25 },
      ),
      { maxLength: 130 },
    )
    .map((rows): KnownBlock => ({ type: 'table', rows })),
  fc.constant<KnownBlock>({ type: 'divider' }),
  fc.record({
    type: fc.constant('data_visualization'),
    title: text,
    chart: fc.record({
      type: fc.constant('line'),
      axis_config: fc.constant({ categories: ['a', 'b'] }),
      series: fc.constant([]),
    }),
  }) as unknown as fc.Arbitrary<KnownBlock>,
);

describe('fitMessage', () => {
  it('keeps every limit and never throws, whatever blocks it gets', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 70 }), (blocks) => {
        const message = fitted(blocks);
        expect(limitFaults(message.blocks)).toEqual([]);
        expect(limitFaults(message.classic)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('leaves a message that fits as it is', () => {
    const blocks = [header('Title'), section('Body'), context('foot')];
    expect(fitted(blocks).blocks).toEqual(blocks);
  });

  it('keeps what stands first, and says how much is left out', () => {
    const { blocks } = fitted(Array.from({ length: 60 }, (_, index) => section(`part ${index}`)));
    expect(blocks).toHaveLength(LIMITS.blocks);
    expect(JSON.stringify(blocks[0])).toContain('part 0');
    expect(JSON.stringify(blocks.at(-1))).toContain('11 more parts are left out');
  });

  it('cuts long texts before it drops a block', () => {
    const { blocks } = fitted([
      header('Title'),
      ...Array.from({ length: 8 }, () => section('x'.repeat(2900))),
    ]);
    expect(blocks).toHaveLength(10);
    expect(JSON.stringify(blocks.at(-1))).toContain('Long texts are cut');
  });

  it('drops a button whose value is too long, since a cut value means something else', () => {
    const long = { ...button({ actionId: 'a', label: 'A', value: 'x' }), value: 'x'.repeat(2001) };
    expect(fitted([actions(long, button({ actionId: 'b', label: 'B', value: 'y' }))]).blocks).toEqual([
      actions(button({ actionId: 'b', label: 'B', value: 'y' })),
    ]);
  });

  it('cuts the fallback text', () => {
    expect(fitMessage({ text: 'x'.repeat(1_000_000), blocks: [], classic: [] }).text.length).toBeLessThan(
      LIMITS.fallbackText,
    );
  });

  it('survives a megabyte in one section', () => {
    const block: KnownBlock = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(1_000_000) } };
    expect(limitFaults(fitted([block]).blocks)).toEqual([]);
  });
});

describe('table', () => {
  it('has a native and a monospaced form with the same rows', () => {
    const part = table(
      [
        ['Rule', 'Limit'],
        ['✅ Error rate', '≤ 0.5 %'],
      ],
      ['left', 'right'],
    );
    expect(part.native[0]).toMatchObject({
      type: 'table',
      rows: [
        [{ text: 'Rule' }, { text: 'Limit' }],
        [{ text: '✅ Error rate' }, { text: '≤ 0.5 %' }],
      ],
    });
    expect(part.classic[0]).toMatchObject({
      text: { text: '```\nRule            Limit\n✅ Error rate ≤ 0.5 %\n```' },
    });
  });
  it('keeps its limits with 300 rows of hostile cells', () => {
    const rows = Array.from({ length: 300 }, () => ['<!channel>', '```', 'x'.repeat(5000)]);
    const part = table(rows, []);
    expect(limitFaults(fitted(part.native).blocks)).toEqual([]);
    expect(limitFaults(part.classic)).toEqual([]);
  });
});

describe('lineChart', () => {
  const chart = (values: readonly (number | null)[], count = values.length) =>
    lineChart({
      title: 'T',
      xLabel: 'x',
      yLabel: 'y',
      categories: Array.from({ length: count }, (_, index) => `${index}`),
      series: [{ name: 's', values }],
    });
  const valuesOf = (drawn: ReturnType<typeof chart>) =>
    drawn?.chart.series[0]?.data.map((point) => point.value);

  it('carries the last known value over gaps, NaN and infinities', () => {
    expect(valuesOf(chart([null, 1, Number.NaN, 3, Number.POSITIVE_INFINITY]))).toEqual([1, 1, 1, 3, 3]);
  });
  it('is nothing without a known value or with a single point', () => {
    expect(chart([null, Number.NaN])).toBeNull();
    expect(chart([1])).toBeNull();
  });
  it('is always a valid block', () => {
    const value = fc.oneof(fc.double(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }),
        fc.array(fc.string({ maxLength: 30 }), { maxLength: 40 }),
        fc.array(
          fc.record({ name: fc.string({ maxLength: 30 }), values: fc.array(value, { maxLength: 40 }) }),
          { maxLength: 8 },
        ),
        (title, categories, series) => {
          const drawn = lineChart({ title, xLabel: title, yLabel: title, categories, series });
          if (drawn !== null) expect(limitFaults([asKnownBlock(drawn)])).toEqual([]);
        },
      ),
    );
  });
});
