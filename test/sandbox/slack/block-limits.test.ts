import { describe, expect, it } from 'vitest';
import { messageIssues, textLength, viewIssues } from '../../../sandbox/slack/index.ts';

const x = (length: number) => 'x'.repeat(length);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const divider = { type: 'divider' };
const section = (extra: object) => ({ type: 'section', ...extra });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const button = (extra: object = {}) => ({ type: 'button', text: plain('Go'), ...extra });
const option = (value: string, label = 'a') => ({ text: plain(label), value });
const select = (extra: object = {}) => ({
  type: 'static_select',
  placeholder: plain('Pick'),
  options: [option('1')],
  ...extra,
});
const confirm = (extra: object = {}) => ({
  title: plain('Sure?'),
  text: mrkdwn('Really?'),
  confirm: plain('Yes'),
  deny: plain('No'),
  ...extra,
});
const input = (element: object, extra: object = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...extra,
});
const text = (extra: object = {}) => ({ type: 'plain_text_input', action_id: 'a', ...extra });
const cell = { type: 'raw_text', text: 'c' };
const table = (rows: number, columns: number) => ({
  type: 'table',
  rows: many(rows, () => many(columns, () => cell)),
});
const names = (count: number, length = 1) =>
  many(count, (i) => String(i).padStart(length, 'c').slice(-Math.max(length, 2)));
const chart = (extra: object = {}, inner: object = {}) => {
  const categories = names(3);
  const series = [{ name: 'stable', data: categories.map((label) => ({ label, value: 1 })) }];
  return {
    type: 'data_visualization',
    title: 'Errors',
    chart: { type: 'line', axis_config: { categories }, series, ...inner },
    ...extra,
  };
};
const seriesOf = (categories: string[], count: number, nameLength = 2) => ({
  axis_config: { categories },
  series: many(count, (i) => ({
    name: String(i).padStart(nameLength, 's'),
    data: categories.map((label) => ({ label, value: i })),
  })),
});

type Row = [what: string, within: object[], beyond: object[]];

const MESSAGES: Row[] = [
  ['50 blocks', many(50, () => divider), many(51, () => divider)],
  ['section text 3000', [section({ text: mrkdwn(x(3000)) })], [section({ text: mrkdwn(x(3001)) })]],
  ['section text is not empty', [section({ text: mrkdwn('a') })], [section({ text: mrkdwn('') })]],
  [
    '10 fields',
    [section({ fields: many(10, () => mrkdwn('f')) })],
    [section({ fields: many(11, () => mrkdwn('f')) })],
  ],
  ['field 2000', [section({ fields: [mrkdwn(x(2000))] })], [section({ fields: [mrkdwn(x(2001))] })]],
  ['section has text or fields', [section({ text: mrkdwn('a') })], [section({})]],
  ['header 150', [{ type: 'header', text: plain(x(150)) }], [{ type: 'header', text: plain(x(151)) }]],
  ['header is plain text', [{ type: 'header', text: plain('a') }], [{ type: 'header', text: mrkdwn('a') }]],
  [
    'context 10 elements',
    [{ type: 'context', elements: many(10, () => mrkdwn('c')) }],
    [{ type: 'context', elements: many(11, () => mrkdwn('c')) }],
  ],
  ['actions 25 elements', [actions(...many(25, () => button()))], [actions(...many(26, () => button()))]],
  ['button text 75', [actions(button({ text: plain(x(75)) }))], [actions(button({ text: plain(x(76)) }))]],
  ['button text is plain', [actions(button())], [actions(button({ text: mrkdwn('Go') }))]],
  ['button value 2000', [actions(button({ value: x(2000) }))], [actions(button({ value: x(2001) }))]],
  ['button url 3000', [actions(button({ url: x(3000) }))], [actions(button({ url: x(3001) }))]],
  ['button style', [actions(button({ style: 'danger' }))], [actions(button({ style: 'red' }))]],
  ['action_id 255', [actions(button({ action_id: x(255) }))], [actions(button({ action_id: x(256) }))]],
  ['block_id 255', [{ ...divider, block_id: x(255) }], [{ ...divider, block_id: x(256) }]],
  [
    'block ids are unique',
    [
      { ...divider, block_id: 'a' },
      { ...divider, block_id: 'b' },
    ],
    [
      { ...divider, block_id: 'a' },
      { ...divider, block_id: 'a' },
    ],
  ],
  [
    'action ids are unique within a block',
    [actions(button({ action_id: 'a' })), actions(button({ action_id: 'a' }))],
    [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))],
  ],
  [
    '100 options',
    [actions(select({ options: many(100, (i) => option(`${i}`)) }))],
    [actions(select({ options: many(101, (i) => option(`${i}`)) }))],
  ],
  ['at least one option', [actions(select())], [actions(select({ options: [] }))]],
  [
    'option text 75',
    [actions(select({ options: [option('1', x(75))] }))],
    [actions(select({ options: [option('1', x(76))] }))],
  ],
  [
    'option value 150',
    [actions(select({ options: [option(x(150))] }))],
    [actions(select({ options: [option(x(151))] }))],
  ],
  [
    'placeholder 150',
    [actions(select({ placeholder: plain(x(150)) }))],
    [actions(select({ placeholder: plain(x(151)) }))],
  ],
  [
    'initial option is offered',
    [actions(select({ initial_option: option('1') }))],
    [actions(select({ initial_option: option('2') }))],
  ],
  [
    'options or groups',
    [actions(select())],
    [actions(select({ option_groups: [{ label: plain('g'), options: [option('1')] }] }))],
  ],
  [
    'overflow 5',
    [actions({ type: 'overflow', options: many(5, (i) => option(`${i}`)) })],
    [actions({ type: 'overflow', options: many(6, (i) => option(`${i}`)) })],
  ],
  [
    'radio 10',
    [actions({ type: 'radio_buttons', options: many(10, (i) => option(`${i}`)) })],
    [actions({ type: 'radio_buttons', options: many(11, (i) => option(`${i}`)) })],
  ],
  [
    'checkboxes 10',
    [actions({ type: 'checkboxes', options: many(10, (i) => option(`${i}`)) })],
    [actions({ type: 'checkboxes', options: many(11, (i) => option(`${i}`)) })],
  ],
  [
    'confirm title 100',
    [actions(button({ confirm: confirm({ title: plain(x(100)) }) }))],
    [actions(button({ confirm: confirm({ title: plain(x(101)) }) }))],
  ],
  [
    'confirm text 300',
    [actions(button({ confirm: confirm({ text: mrkdwn(x(300)) }) }))],
    [actions(button({ confirm: confirm({ text: mrkdwn(x(301)) }) }))],
  ],
  [
    'confirm button 30',
    [actions(button({ confirm: confirm({ confirm: plain(x(30)) }) }))],
    [actions(button({ confirm: confirm({ confirm: plain(x(31)) }) }))],
  ],
  [
    'deny button 30',
    [actions(button({ confirm: confirm({ deny: plain(x(30)) }) }))],
    [actions(button({ confirm: confirm({ deny: plain(x(31)) }) }))],
  ],
  ['table 100 rows', [table(100, 1)], [table(101, 1)]],
  ['table 20 cells', [table(1, 20)], [table(1, 21)]],
  ['one table', [table(1, 1)], [table(1, 1), table(1, 1)]],
  [
    'data_table 201 rows',
    [{ ...table(201, 1), type: 'data_table', caption: 'c' }],
    [{ ...table(202, 1), type: 'data_table', caption: 'c' }],
  ],
  [
    'data_table caption',
    [{ ...table(1, 1), type: 'data_table', caption: 'c' }],
    [{ ...table(1, 1), type: 'data_table' }],
  ],
  ['two charts', [chart(), chart()], [chart(), chart(), chart()]],
  ['chart title 50', [chart({ title: x(50) })], [chart({ title: x(51) })]],
  [
    'chart y label 50',
    [chart({}, { axis_config: { categories: names(3), y_label: x(50) } })],
    [chart({}, { axis_config: { categories: names(3), y_label: x(51) } })],
  ],
  ['6 series', [chart({}, seriesOf(names(3), 6))], [chart({}, seriesOf(names(3), 7))]],
  ['series name 20', [chart({}, seriesOf(names(3), 1, 20))], [chart({}, seriesOf(names(3), 1, 21))]],
  ['20 categories', [chart({}, seriesOf(names(20), 1))], [chart({}, seriesOf(names(21), 1))]],
  ['category 20', [chart({}, seriesOf(names(3, 20), 1))], [chart({}, seriesOf(names(3, 21), 1))]],
  [
    'series names are unique',
    [chart({}, seriesOf(names(3), 2))],
    [chart({}, { series: [...seriesOf(names(3), 1).series, ...seriesOf(names(3), 1).series] })],
  ],
  ['one value per category', [chart()], [chart({}, { axis_config: { categories: names(2) } })]],
  [
    'values are finite',
    [chart({}, { ...seriesOf(['a'], 0), series: [{ name: 's', data: [{ label: 'a', value: 0 }] }] })],
    [chart({}, { ...seriesOf(['a'], 0), series: [{ name: 's', data: [{ label: 'a', value: null }] }] })],
  ],
  ['markdown 12000', [{ type: 'markdown', text: x(12_000) }], [{ type: 'markdown', text: x(12_001) }]],
  [
    'markdown 12000 in all',
    [
      { type: 'markdown', text: x(6000) },
      { type: 'markdown', text: x(6000) },
    ],
    [
      { type: 'markdown', text: x(6000) },
      { type: 'markdown', text: x(6001) },
    ],
  ],
  [
    'image alt 2000',
    [{ type: 'image', image_url: 'u', alt_text: x(2000) }],
    [{ type: 'image', image_url: 'u', alt_text: x(2001) }],
  ],
  [
    'image url 3000',
    [{ type: 'image', image_url: x(3000), alt_text: 'a' }],
    [{ type: 'image', image_url: x(3001), alt_text: 'a' }],
  ],
  ['known types only', [divider], [{ type: 'sparkline' }]],
  ['known properties only', [divider], [{ ...divider, colour: 'red' }]],
  ['alert not in a message', [divider], [{ type: 'alert', text: plain('a') }]],
  [
    'rich text',
    [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [] }] }],
    [{ type: 'rich_text', elements: [{ type: 'poem' }] }],
  ],
  ['card title 150', [{ type: 'card', title: mrkdwn(x(150)) }], [{ type: 'card', title: mrkdwn(x(151)) }]],
  [
    'plan',
    [
      {
        type: 'plan',
        title: 'p',
        tasks: [{ type: 'task_card', task_id: '1', title: 't', status: 'pending' }],
      },
    ],
    [{ type: 'plan', title: 'p', tasks: [{ type: 'task_card', task_id: '1', title: 't', status: 'done' }] }],
  ],
  [
    'container 10 children',
    [{ type: 'container', title: plain('c'), child_blocks: many(10, () => divider) }],
    [{ type: 'container', title: plain('c'), child_blocks: many(11, () => divider) }],
  ],
];

describe('messages', () => {
  it.each(MESSAGES)('%s', (_what, within, beyond) => {
    expect(messageIssues(within)).toEqual([]);
    expect(messageIssues(beyond)).not.toEqual([]);
  });

  it('says where and what', () => {
    expect(messageIssues([divider, section({ text: mrkdwn(x(3001)) })])).toEqual([
      { path: '/blocks/1/text/text', message: 'must be less than 3001 characters' },
    ]);
  });

  it('counts all text', () => {
    expect(
      textLength([section({ text: mrkdwn('12345') }), actions(button({ text: plain('678'), value: 'zzz' }))]),
    ).toBe(8);
  });
});

const view = (extra: object = {}) => ({ type: 'modal', title: plain('T'), blocks: [divider], ...extra });
const VIEWS: [what: string, within: object, beyond: object][] = [
  ['100 blocks', view({ blocks: many(100, () => divider) }), view({ blocks: many(101, () => divider) })],
  ['title 24', view({ title: plain(x(24)) }), view({ title: plain(x(25)) })],
  ['submit 24', view({ submit: plain(x(24)) }), view({ submit: plain(x(25)) })],
  ['close 24', view({ close: plain(x(24)) }), view({ close: plain(x(25)) })],
  ['private_metadata 3000', view({ private_metadata: x(3000) }), view({ private_metadata: x(3001) })],
  ['callback_id 255', view({ callback_id: x(255) }), view({ callback_id: x(256) })],
  [
    'inputs need a submit',
    view({ submit: plain('S'), blocks: [input(text())] }),
    view({ blocks: [input(text())] }),
  ],
  [
    'label 2000',
    view({ submit: plain('S'), blocks: [input(text(), { label: plain(x(2000)) })] }),
    view({ submit: plain('S'), blocks: [input(text(), { label: plain(x(2001)) })] }),
  ],
  [
    'max_length 3000',
    view({ submit: plain('S'), blocks: [input(text({ max_length: 3000 }))] }),
    view({ submit: plain('S'), blocks: [input(text({ max_length: 3001 }))] }),
  ],
  [
    'a button is no input',
    view({ submit: plain('S'), blocks: [input(select())] }),
    view({ submit: plain('S'), blocks: [input(button())] }),
  ],
  ['no table in a modal', view(), view({ blocks: [table(1, 1)] })],
  [
    'alert 200',
    view({ blocks: [{ type: 'alert', text: plain(x(200)) }] }),
    view({ blocks: [{ type: 'alert', text: plain(x(201)) }] }),
  ],
  [
    'home has no title',
    { type: 'home', blocks: [divider] },
    { type: 'home', title: plain('T'), blocks: [divider] },
  ],
  ['known kinds', view(), view({ type: 'dialog' })],
];

describe('views', () => {
  it.each(VIEWS)('%s', (_what, within, beyond) => {
    expect(viewIssues(within)).toEqual([]);
    expect(viewIssues(beyond)).not.toEqual([]);
  });
});
