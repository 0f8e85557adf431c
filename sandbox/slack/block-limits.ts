/** Slack's rules for messages and views, as strict as Slack's own. Numbers are Slack's documented ones. */

import {
  accessory,
  action,
  button,
  contextElement,
  id,
  input,
  mrkdwn,
  plainText,
  text,
} from './block-elements.ts';
import { dataVisualization } from './chart-limits.ts';
import {
  all,
  anything,
  bool,
  byType,
  type Check,
  type Issue,
  isObject,
  list,
  may,
  need,
  num,
  oneOf,
  shape,
  str,
  unique,
} from './check.ts';
import type { Json } from './types.ts';

export const MESSAGE_BLOCKS = 50;
export const VIEW_BLOCKS = 100;
const MARKDOWN_CHARACTERS = 12_000;

const common = { type: need(anything), block_id: id };
const eitherOf =
  (...names: readonly string[]): Check =>
  (value, path, out) => {
    if (isObject(value) && names.every((name) => value[name] === undefined))
      out.push({ path, message: `missing required field: ${names.join(' or ')}` });
  };
/** rich_text: the outer form; inner elements are taken as they are. */
const richText = shape({
  ...common,
  elements: need(
    list(
      byType(() => ({
        rich_text_section: anything,
        rich_text_list: anything,
        rich_text_quote: anything,
        rich_text_preformatted: anything,
      })),
      0,
      1000,
    ),
  ),
});
const cell = byType(() => ({
  raw_text: shape({ type: need(anything), text: need(str(10_000)) }),
  raw_number: shape({ type: need(anything), value: need(num(-1e308, 1e308)), text: need(str(10_000)) }),
  rich_text: richText,
}));
const rows = (max: number): Check =>
  all(list(list(cell, 1, 20), 1, max), (value, path, out) => {
    const widths = new Set(
      (Array.isArray(value) ? value : []).map((row) => (Array.isArray(row) ? row.length : 0)),
    );
    if (widths.size > 1) out.push({ path, message: 'rows must all have the same number of cells' });
  });
const child = byType(
  () => BLOCKS,
  ['actions', 'context', 'divider', 'header', 'image', 'input', 'rich_text', 'section', 'table', 'video'],
);
const taskCard = shape(
  {
    ...common,
    task_id: need(str(255)),
    title: need(str(3000)),
    status: need(oneOf('pending', 'in_progress', 'complete', 'error')),
    details: may(richText),
    output: may(richText),
  },
  anything,
  true,
);
const card = shape(
  {
    ...common,
    title: may(mrkdwn(150)),
    subtitle: may(mrkdwn(150)),
    body: may(mrkdwn(200)),
    actions: may(all(list(button, 1, 25), unique('action_id'))),
  },
  eitherOf('hero_image', 'title', 'actions', 'body'),
  true,
);

export const BLOCKS: Readonly<Record<string, Check>> = {
  section: shape(
    {
      ...common,
      text: may(text(3000)),
      fields: may(list(text(2000), 1, 10)),
      accessory: may(accessory),
      expand: may(bool),
    },
    eitherOf('text', 'fields'),
  ),
  header: shape({ ...common, text: need(plainText(150)) }),
  divider: shape(common),
  context: shape({ ...common, elements: need(list(contextElement, 1, 10)) }),
  actions: shape({ ...common, elements: need(all(list(action, 1, 25), unique('action_id'))) }),
  input: shape({
    ...common,
    label: need(plainText(2000)),
    element: need(input),
    hint: may(plainText(2000)),
    optional: may(bool),
    dispatch_action: may(bool),
  }),
  image: shape(
    {
      ...common,
      alt_text: need(str(2000)),
      image_url: may(str(3000)),
      slack_file: may(anything),
      title: may(plainText(2000)),
    },
    eitherOf('image_url', 'slack_file'),
  ),
  rich_text: richText,
  markdown: shape({ ...common, text: need(str(MARKDOWN_CHARACTERS)) }),
  video: shape({ ...common, alt_text: need(str(2000)), title: need(plainText(199)) }, anything, true),
  table: shape({ ...common, rows: need(rows(100)), column_settings: may(list(anything, 0, 20)) }),
  data_table: shape({
    ...common,
    rows: need(rows(201)),
    caption: need(str(2000)),
    page_size: may(num(1, 100)),
    row_header_column_index: may(num(0, 19)),
  }),
  data_visualization: shape({ ...common, title: need(str(50)), chart: need(dataVisualization) }),
  alert: shape({
    ...common,
    text: need(text(200)),
    level: may(oneOf('default', 'info', 'warning', 'error', 'success')),
  }),
  card,
  carousel: shape({ ...common, elements: need(list(card, 1, 10)) }, anything, true),
  container: shape(
    {
      ...common,
      title: may(plainText(150)),
      rich_text_title: may(richText),
      subtitle: may(text(150)),
      child_blocks: need(list(child, 1, 10)),
    },
    eitherOf('title', 'rich_text_title'),
    true,
  ),
  task_card: taskCard,
  plan: shape({ ...common, title: need(str(3000)), tasks: may(list(taskCard, 0, 100)) }, anything, true),
  context_actions: shape({ ...common, elements: need(list(anything, 1, 5)) }),
};

const ONLY_MODAL = ['alert'];
const ONLY_MESSAGE = [
  'table',
  'data_table',
  'data_visualization',
  'markdown',
  'card',
  'carousel',
  'container',
  'task_card',
  'plan',
  'context_actions',
];
const names = (exclude: readonly string[]) => Object.keys(BLOCKS).filter((name) => !exclude.includes(name));
const block = (exclude: readonly string[]) => byType(() => BLOCKS, names(exclude));

const atMost =
  (type: string, max: number): Check =>
  (value, path, out) => {
    if (
      (Array.isArray(value) ? value : []).filter((each) => isObject(each) && each.type === type).length > max
    )
      out.push({ path, message: `no more than ${max} ${type} ${max === 1 ? 'block' : 'blocks'} allowed` });
  };
const markdownTotal: Check = (value, path, out) => {
  const total = (Array.isArray(value) ? value : [])
    .filter((each): each is Json => isObject(each) && each.type === 'markdown')
    .reduce((sum, each) => sum + String(each.text ?? '').length, 0);
  if (total > MARKDOWN_CHARACTERS)
    out.push({
      path,
      message: `markdown blocks must be less than ${MARKDOWN_CHARACTERS + 1} characters in all`,
    });
};

const messageRules = all(
  list(block(ONLY_MODAL), 0, MESSAGE_BLOCKS),
  unique('block_id'),
  atMost('table', 1),
  atMost('data_visualization', 2),
  markdownTotal,
);

/** What is wrong with the blocks of a message; [] when Slack would take them. */
export function messageIssues(blocks: unknown): Issue[] {
  const out: Issue[] = [];
  messageRules(blocks, '/blocks', out);
  return out;
}

const hasSubmitForInputs: Check = (value, path, out) => {
  if (!isObject(value) || !Array.isArray(value.blocks) || value.submit) return;
  if (value.blocks.some((each) => isObject(each) && each.type === 'input'))
    out.push({ path, message: '`submit` is required when an `input` block is within blocks array' });
};
const viewCommon = {
  type: need(oneOf('modal', 'home')),
  callback_id: may(str(255, 0)),
  external_id: may(str(255, 0)),
  private_metadata: may(str(3000, 0)),
};
const viewBlocks = need(all(list(block(ONLY_MESSAGE), 0, VIEW_BLOCKS), unique('block_id')));
const homeBlocks = need(
  all(list(block([...ONLY_MESSAGE, ...ONLY_MODAL]), 0, VIEW_BLOCKS), unique('block_id')),
);
const modal = shape(
  {
    ...viewCommon,
    title: need(plainText(24)),
    submit: may(plainText(24)),
    close: may(plainText(24)),
    clear_on_close: may(bool),
    notify_on_close: may(bool),
    submit_disabled: may(bool),
    blocks: viewBlocks,
  },
  hasSubmitForInputs,
);
const home = shape({ ...viewCommon, blocks: homeBlocks });
const view = byType(() => ({ modal, home }));

/** What is wrong with a view; [] when Slack would take it. */
export function viewIssues(value: unknown): Issue[] {
  const out: Issue[] = [];
  view(value, '/view', out);
  return out;
}

const options = list(
  shape({ text: need(text(75)), value: need(str(150)), description: may(text(75)) }),
  0,
  100,
);
const suggestion = shape(
  {
    options: may(options),
    option_groups: may(list(shape({ label: need(plainText(75)), options: need(options) }), 0, 100)),
  },
  eitherOf('options', 'option_groups'),
);
/** What is wrong with the answer to a block_suggestion. */
export function suggestionIssues(value: unknown): Issue[] {
  const out: Issue[] = [];
  suggestion(value, '', out);
  return out;
}
