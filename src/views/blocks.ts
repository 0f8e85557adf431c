/** Block Kit builders. Text given to `mrkdwn` is ours: what others wrote went through escapeText before. */
import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  SectionBlock,
  TableBlock,
} from '@slack/types';
import { LIMITS } from './limits.ts';
import { clipMrkdwn, clipPlain, escapeEntities, plainLine, plainText } from './text.ts';

export { asKnownBlock, lineChart } from './chart-block.ts';
export { fitMessage, fitMessage as fit } from './fit.ts';
export { escapeProse, escapeText, link, plainText, when, whenLong } from './text.ts';

/** Native blocks, and the same for servers that do not know tables and charts. */
export interface Part {
  readonly native: readonly KnownBlock[];
  readonly classic: readonly KnownBlock[];
}

export const both = (...blocks: readonly KnownBlock[]): Part => ({ native: blocks, classic: blocks });
export const NOTHING: Part = { native: [], classic: [] };

export const plain = (text: string): PlainTextElement => ({
  type: 'plain_text',
  text: text || ' ',
  emoji: true,
});

/** `verbatim`: Slack turns no address or name of its own accord into a link. */
export const mrkdwn = (text: string): MrkdwnElement => ({
  type: 'mrkdwn',
  text: text || ' ',
  verbatim: true,
});

export const header = (text: string): HeaderBlock => ({
  type: 'header',
  text: plain(clipPlain(plainText(text, LIMITS.header), LIMITS.header)),
});

export const section = (text: string): SectionBlock => ({
  type: 'section',
  text: mrkdwn(clipMrkdwn(text, LIMITS.text)),
});

export const context = (...texts: readonly string[]): ContextBlock => ({
  type: 'context',
  elements: texts.slice(0, LIMITS.contextElements).map((text) => mrkdwn(clipMrkdwn(text, LIMITS.text))),
});

/** To be copied as it is: a block of code, cut at a line where it would be too long. */
export const codeBlock = (text: string): SectionBlock => {
  const fence = '```';
  const room = LIMITS.text - 2 * (fence.length + 1) - 40;
  const kept: string[] = [];
  let size = 0;
  for (const line of text.split('\n').map((each) => escapeEntities(plainLine(each)))) {
    size += line.length + 1;
    if (size > room) {
      kept.push('# … cut: the rest does not fit');
      break;
    }
    kept.push(line);
  }
  return { type: 'section', text: mrkdwn(`${fence}\n${kept.join('\n')}\n${fence}`) };
};

export const divider = (): KnownBlock => ({ type: 'divider' });

export interface ButtonInput {
  readonly actionId: string;
  readonly label: string;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: ConfirmationDialog;
}

export const button = (input: ButtonInput): Button => ({
  type: 'button',
  action_id: input.actionId,
  text: plain(clipPlain(plainText(input.label), LIMITS.buttonText)),
  value: input.value,
  ...(input.style === undefined ? {} : { style: input.style }),
  ...(input.confirm === undefined ? {} : { confirm: input.confirm }),
});

/** The question and its two answers in plain words. */
export const confirm = (
  title: string,
  question: string,
  yes: string,
  no: string,
  style: 'primary' | 'danger' = 'primary',
): ConfirmationDialog => ({
  title: plain(clipPlain(plainText(title), LIMITS.confirmTitle)),
  text: plain(clipPlain(plainText(question), LIMITS.confirmText)),
  confirm: plain(clipPlain(plainText(yes), LIMITS.confirmButton)),
  deny: plain(clipPlain(plainText(no), LIMITS.confirmButton)),
  style,
});

export const actions = (...buttons: readonly Button[]): ActionsBlock => ({
  type: 'actions',
  elements: buttons.slice(0, LIMITS.actionElements),
});

export type Align = 'left' | 'right' | 'center';

/**
 * A native table, and in the classic form a monospaced section. The first row is the head. `compact`: narrower rows for
 * the classic form, which a phone wraps at about 36 characters.
 */
export function table(
  rows: readonly (readonly string[])[],
  align: readonly Align[],
  compact: readonly (readonly string[])[] = rows,
): Part {
  const width = Math.min(LIMITS.tableCells, Math.max(0, ...rows.map((row) => row.length)));
  if (rows.length === 0 || width === 0) return NOTHING;
  const columns = Array.from({ length: width }, (_, column) => column);
  const kept = rows.length > LIMITS.tableRows ? rows.slice(0, LIMITS.tableRows - 1) : rows;
  const cells = kept.map((row) => columns.map((column) => plainText(row[column] ?? '', 120) || '—'));
  if (kept.length < rows.length) {
    cells.push(columns.map((column) => (column === 0 ? `and ${rows.length - kept.length} more` : '—')));
  }
  const block: TableBlock = {
    type: 'table',
    rows: cells.map((row) => row.map((text) => ({ type: 'raw_text', text }))),
    column_settings: columns.map((column) => ({ align: align[column] ?? 'left', is_wrapped: column === 0 })),
  };
  return {
    native: [block],
    classic: [
      section(
        monospaced(
          compact === rows ? cells : compact.map((row) => row.map((cell) => plainText(cell, 120))),
          align,
        ),
      ),
    ],
  };
}

/** Columns lined up with spaces; a cell's first emoji counts as two. */
function monospaced(rows: readonly (readonly string[])[], align: readonly Align[]): string {
  const short = rows.map((row) => row.map((cell) => clipPlain(cell, 24)));
  const widths = (short[0] ?? []).map((_, column) =>
    Math.max(...short.map((row) => displayWidth(row[column] ?? ''))),
  );
  const lines: string[] = [];
  let size = 0;
  for (const row of short) {
    const line = row
      .map((cell, column) => pad(cell, widths[column] ?? 0, align[column] ?? 'left'))
      .join(' ')
      .trimEnd();
    size += escapeEntities(line).length + 1;
    if (size > LIMITS.text - 60) {
      lines.push(`… and ${short.length - lines.length} more rows`);
      break;
    }
    lines.push(escapeEntities(line));
  }
  return `\`\`\`\n${lines.join('\n')}\n\`\`\``;
}

const displayWidth = (text: string): number =>
  [...text].length + (/^\p{Extended_Pictographic}/u.test(text) ? 1 : 0);

function pad(text: string, width: number, align: Align): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}
