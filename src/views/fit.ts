import type { Button, KnownBlock, TextObject } from '@slack/types';
import type { Message } from '../ports/chat.ts';
import { LIMITS } from './limits.ts';
import { clipMrkdwn, clipPlain } from './text.ts';

/** Room for the dedup id that the chat adapter puts into the first block. */
const BUDGET = LIMITS.total - 300;
const NOTE_ROOM = 160;

/**
 * Makes a message keep every limit by cutting with a note; never throws. Order is importance: what stands last goes
 * first. Blocks of other kinds than this bot draws are left out.
 */
export function fitMessage(message: Message): Message {
  return {
    text: clipMrkdwn(message.text, LIMITS.fallbackText - 100) || ' ',
    blocks: fitBlocks(message.blocks),
    classic: fitBlocks(message.classic),
  };
}

function fitBlocks(blocks: readonly KnownBlock[]): readonly KnownBlock[] {
  const whole = onlyAllowed(blocks.flatMap((block) => fitBlock(block, LIMITS.text)));
  if (whole.length <= LIMITS.blocks && size(whole) <= BUDGET) return whole;
  let kept = whole.slice(0, LIMITS.blocks - 1);
  for (const cap of [1200, 600, 300, 120]) {
    if (size(kept) <= BUDGET - NOTE_ROOM) break;
    kept = kept.flatMap((block) => fitBlock(block, cap));
  }
  while (kept.length > 1 && size(kept) > BUDGET - NOTE_ROOM) kept = kept.slice(0, -1);
  if (size(kept) > BUDGET - NOTE_ROOM) kept = [];
  const lost = whole.length - kept.length;
  return [...kept, note(lost > 0 ? `${lost} more parts are left out` : 'Long texts are cut')];
}

const size = (blocks: readonly KnownBlock[]): number => JSON.stringify(blocks).length;

const note = (what: string): KnownBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: `${what}: Slack's limit for one message.`, verbatim: true }],
});

/** What Slack counts over the whole message: tables, charts, block ids. */
function onlyAllowed(blocks: readonly KnownBlock[]): KnownBlock[] {
  let tables = 0;
  let charts = 0;
  const ids = new Set<string>();
  const allowed = blocks.filter((block) => {
    const type: string = block.type;
    if (type === 'table') return ++tables <= LIMITS.tables;
    if (type === 'data_visualization') return ++charts <= LIMITS.charts;
    return true;
  });
  return allowed.map((block) => {
    const { block_id, ...rest } = block;
    if (block_id === undefined) return block;
    const isUsable = block_id.length > 0 && block_id.length <= LIMITS.id && !ids.has(block_id);
    ids.add(block_id);
    return isUsable ? block : (rest as KnownBlock);
  });
}

/** The block within its limits, each text at most `cap`; empty: it cannot be drawn. */
function fitBlock(block: KnownBlock, cap: number): KnownBlock[] {
  switch (block.type) {
    case 'divider':
      return [block];
    case 'header':
      return block.text.text.trim() === '' ? [] : [{ ...block, text: clipText(block.text, LIMITS.header) }];
    case 'section':
      return fitSection(block, cap);
    case 'context': {
      const elements = block.elements
        .flatMap((element) => ('text' in element ? [clipText(element, Math.min(LIMITS.text, cap))] : []))
        .slice(0, LIMITS.contextElements);
      return elements.length === 0 ? [] : [{ ...block, elements }];
    }
    case 'actions': {
      const elements = block.elements
        .flatMap((element) => (element.type === 'button' ? fitButton(element) : []))
        .slice(0, LIMITS.actionElements);
      return elements.length === 0 ? [] : [{ ...block, elements }];
    }
    case 'table':
      return fitTable(block, cap);
    default:
      return isDrawableChart(block) ? [block] : [];
  }
}

function fitSection(block: KnownBlock & { type: 'section' }, cap: number): KnownBlock[] {
  const { text, fields, accessory, ...rest } = block;
  const kept = (fields ?? [])
    .slice(0, LIMITS.fields)
    .map((field) => clipText(field, Math.min(LIMITS.field, cap)));
  if (text === undefined && kept.length === 0) return [];
  return [
    {
      ...rest,
      ...(text === undefined ? {} : { text: clipText(text, Math.min(LIMITS.text, cap)) }),
      ...(kept.length === 0 ? {} : { fields: kept }),
      ...(accessory?.type === 'button' && fitButton(accessory).length === 1
        ? { accessory: fitButton(accessory)[0] as Button }
        : {}),
    },
  ];
}

function clipText<T extends TextObject>(object: T, max: number): T {
  const clip = object.type === 'mrkdwn' ? clipMrkdwn : clipPlain;
  return { ...object, text: clip(object.text, max) || ' ' };
}

/** A value cut short would mean something else: such a button goes. */
function fitButton(element: Button): Button[] {
  const value = element.value;
  const hasId = element.action_id !== undefined && element.action_id.length > 0;
  if (!hasId || (element.action_id ?? '').length > LIMITS.id) return [];
  if (value !== undefined && (value.length === 0 || value.length > LIMITS.buttonValue)) return [];
  const { confirm } = element;
  return [
    {
      ...element,
      text: clipText(element.text, LIMITS.buttonText),
      ...(confirm === undefined
        ? {}
        : {
            confirm: {
              ...confirm,
              title: clipText(confirm.title ?? { type: 'plain_text', text: 'Sure?' }, LIMITS.confirmTitle),
              text: clipText(confirm.text, LIMITS.confirmText),
              confirm: clipText(confirm.confirm ?? { type: 'plain_text', text: 'Yes' }, LIMITS.confirmButton),
              deny: clipText(confirm.deny ?? { type: 'plain_text', text: 'No' }, LIMITS.confirmButton),
            },
          }),
    },
  ];
}

function fitTable(block: KnownBlock & { type: 'table' }, cap: number): KnownBlock[] {
  const width = Math.min(LIMITS.tableCells, block.rows[0]?.length ?? 0);
  const most = Math.max(2, Math.min(LIMITS.tableRows, Math.floor(cap / 30)));
  if (width === 0) return [];
  const text = (content: string) => ({ type: 'raw_text' as const, text: content || '—' });
  const rows = block.rows.slice(0, most).map((row) =>
    Array.from({ length: width }, (_, column) => {
      const cell = row[column];
      return text(cell !== undefined && 'text' in cell ? clipPlain(cell.text, Math.min(cap, 200)) : '');
    }),
  );
  if (rows.length < block.rows.length) {
    const last = `and ${block.rows.length - rows.length + 1} more`;
    rows[rows.length - 1] = Array.from({ length: width }, (_, column) => text(column === 0 ? last : ''));
  }
  const settings = block.column_settings?.slice(0, LIMITS.tableCells);
  return [{ ...block, rows, ...(settings === undefined ? {} : { column_settings: settings }) }];
}

interface LooseChart {
  readonly type?: unknown;
  readonly title?: unknown;
  readonly chart?: {
    readonly axis_config?: { readonly categories?: unknown };
    readonly series?: unknown;
  };
}

/** lineChart builds valid ones; here is only the last look before Slack's. */
function isDrawableChart(block: unknown): block is KnownBlock {
  const { type, title, chart } = block as LooseChart;
  if (type !== 'data_visualization' || typeof title !== 'string') return false;
  if (title.length === 0 || title.length > LIMITS.chartTitle) return false;
  const categories = chart?.axis_config?.categories;
  const series = chart?.series;
  if (!Array.isArray(categories) || !Array.isArray(series)) return false;
  if (categories.length < 1 || categories.length > LIMITS.chartCategories) return false;
  if (series.length < 1 || series.length > LIMITS.chartSeries) return false;
  return series.every(
    (each: { data?: readonly { value?: unknown }[] }) =>
      each.data?.length === categories.length && each.data.every((point) => Number.isFinite(point.value)),
  );
}
