/** Slack's limits in one table, and an independent check of a finished message or modal against it. */
export const LIMITS = {
  blocks: 50,
  modalBlocks: 100,
  /** Characters of all blocks as JSON: stricter than Slack's own count of a message. */
  total: 12_000,
  fallbackText: 4000,
  text: 3000,
  fields: 10,
  field: 2000,
  header: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  id: 255,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  tables: 1,
  tableRows: 100,
  tableCells: 20,
  charts: 2,
  chartTitle: 50,
  chartSeries: 6,
  chartCategories: 20,
  chartName: 20,
  options: 100,
  optionText: 75,
  optionValue: 150,
  viewTitle: 24,
  metadata: 3000,
  inputLabel: 2000,
  placeholder: 150,
} as const;

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});

/** Every way in which the blocks of a message would be refused; empty: none. */
export function limitFaults(blocks: readonly unknown[]): string[] {
  const faults: string[] = [];
  if (blocks.length > LIMITS.blocks) faults.push(`${blocks.length} blocks, at most ${LIMITS.blocks}`);
  const size = JSON.stringify(blocks).length;
  if (size > LIMITS.total) faults.push(`${size} characters in all, at most ${LIMITS.total}`);
  const types = blocks.map((block) => object(block).type);
  const count = (type: string): number => types.filter((each) => each === type).length;
  if (count('table') > LIMITS.tables) faults.push(`${count('table')} tables, at most ${LIMITS.tables}`);
  if (count('data_visualization') > LIMITS.charts) faults.push('too many charts');
  const ids = blocks.map((block) => object(block).block_id).filter((id) => id !== undefined);
  if (new Set(ids).size !== ids.length) faults.push('block ids repeat');
  for (const [index, block] of blocks.entries()) blockFaults(object(block), `blocks[${index}]`, faults);
  return faults;
}

/** The same for a modal. */
export function viewFaults(view: unknown): string[] {
  const faults: string[] = [];
  const modal = object(view);
  const blocks = list(modal.blocks);
  if (blocks.length === 0 || blocks.length > LIMITS.modalBlocks) faults.push('blocks: 1 to 100');
  for (const key of ['title', 'submit', 'close']) {
    if (modal[key] !== undefined) text(modal[key], LIMITS.viewTitle, key, faults);
  }
  if (String(modal.private_metadata ?? '').length > LIMITS.metadata) faults.push('private_metadata');
  if (String(modal.callback_id ?? '').length > LIMITS.id) faults.push('callback_id');
  if (blocks.some((block) => object(block).type === 'input') && modal.submit === undefined)
    faults.push('submit is required with an input');
  for (const [index, block] of blocks.entries()) blockFaults(object(block), `blocks[${index}]`, faults);
  return faults;
}

function between(length: number, limit: number, path: string, faults: string[]): void {
  if (length < 1 || length > limit) faults.push(`${path}: ${length}, 1 to ${limit}`);
}

function string(value: unknown, limit: number, path: string, faults: string[]): void {
  if (typeof value !== 'string') faults.push(`${path}: no string`);
  else between(value.length, limit, path, faults);
}

function text(value: unknown, limit: number, path: string, faults: string[]): void {
  const { type, text: content } = object(value);
  if (type !== 'plain_text' && type !== 'mrkdwn') faults.push(`${path}: no text object`);
  string(content, limit, path, faults);
}

function blockFaults(block: Json, path: string, faults: string[]): void {
  if (block.block_id !== undefined) string(block.block_id, LIMITS.id, `${path}.block_id`, faults);
  const check = CHECKS[String(block.type)];
  if (check === undefined) faults.push(`${path}: ${String(block.type)} is not drawn by this bot`);
  else check(block, path, faults);
}

type BlockCheck = (block: Json, path: string, faults: string[]) => void;

const CHECKS: Readonly<Record<string, BlockCheck>> = {
  divider: () => {},
  header: (block, path, faults) => text(block.text, LIMITS.header, path, faults),
  section: sectionFaults,
  context: (block, path, faults) => {
    const elements = list(block.elements);
    between(elements.length, LIMITS.contextElements, path, faults);
    for (const element of elements) text(element, LIMITS.text, path, faults);
  },
  actions: (block, path, faults) => {
    const elements = list(block.elements).map(object);
    between(elements.length, LIMITS.actionElements, path, faults);
    for (const element of elements) elementFaults(element, path, faults);
    const ids = elements.map((element) => element.action_id);
    if (new Set(ids).size !== ids.length) faults.push(`${path}: action ids repeat`);
  },
  input: (block, path, faults) => {
    text(block.label, LIMITS.inputLabel, path, faults);
    if (block.hint !== undefined) text(block.hint, LIMITS.inputLabel, path, faults);
    elementFaults(object(block.element), path, faults);
  },
  table: tableFaults,
  data_visualization: chartFaults,
};

function sectionFaults(block: Json, path: string, faults: string[]): void {
  const fields = list(block.fields);
  if (block.text === undefined && fields.length === 0) faults.push(`${path}: empty section`);
  if (block.text !== undefined) text(block.text, LIMITS.text, path, faults);
  if (fields.length > LIMITS.fields) faults.push(`${path}: ${fields.length} fields`);
  for (const field of fields) text(field, LIMITS.field, path, faults);
  if (block.accessory !== undefined) elementFaults(object(block.accessory), path, faults);
}

function elementFaults(element: Json, path: string, faults: string[]): void {
  string(element.action_id, LIMITS.id, `${path}.action_id`, faults);
  if (element.type === 'button') text(element.text, LIMITS.buttonText, `${path}.text`, faults);
  if (element.value !== undefined) string(element.value, LIMITS.buttonValue, `${path}.value`, faults);
  if (element.placeholder !== undefined)
    text(element.placeholder, LIMITS.placeholder, `${path}.placeholder`, faults);
  const options = [...list(element.options)];
  if (element.type === 'static_select') between(options.length, LIMITS.options, path, faults);
  if (element.initial_option !== undefined) options.push(element.initial_option);
  for (const option of options.map(object)) {
    text(option.text, LIMITS.optionText, `${path}.option`, faults);
    string(option.value, LIMITS.optionValue, `${path}.option.value`, faults);
  }
  if (element.confirm === undefined) return;
  const confirm = object(element.confirm);
  text(confirm.title, LIMITS.confirmTitle, `${path}.confirm.title`, faults);
  text(confirm.text, LIMITS.confirmText, `${path}.confirm.text`, faults);
  text(confirm.confirm, LIMITS.confirmButton, `${path}.confirm.confirm`, faults);
  text(confirm.deny, LIMITS.confirmButton, `${path}.confirm.deny`, faults);
}

function tableFaults(block: Json, path: string, faults: string[]): void {
  const rows = list(block.rows);
  between(rows.length, LIMITS.tableRows, `${path}.rows`, faults);
  if (list(block.column_settings).length > LIMITS.tableCells) faults.push(`${path}.column_settings`);
  const width = list(rows[0]).length;
  for (const row of rows.map(list)) {
    between(row.length, LIMITS.tableCells, `${path}.row`, faults);
    if (row.length !== width) faults.push(`${path}: rows of different length`);
    for (const cell of row.map(object)) {
      if (cell.type !== 'raw_text') faults.push(`${path}: cell ${String(cell.type)}`);
      string(cell.text, LIMITS.text, `${path}.cell`, faults);
    }
  }
}

function chartFaults(block: Json, path: string, faults: string[]): void {
  string(block.title, LIMITS.chartTitle, `${path}.title`, faults);
  const chart = object(block.chart);
  const axis = object(chart.axis_config);
  for (const key of ['x_label', 'y_label']) {
    if (axis[key] !== undefined) string(axis[key], LIMITS.chartTitle, `${path}.${key}`, faults);
  }
  const categories = list(axis.categories);
  const series = list(chart.series).map(object);
  between(categories.length, LIMITS.chartCategories, `${path}.categories`, faults);
  between(series.length, LIMITS.chartSeries, `${path}.series`, faults);
  if (new Set(categories).size !== categories.length) faults.push(`${path}: categories repeat`);
  if (new Set(series.map((each) => each.name)).size !== series.length) faults.push(`${path}: names repeat`);
  for (const category of categories) string(category, LIMITS.chartName, `${path}.category`, faults);
  for (const each of series) {
    string(each.name, LIMITS.chartName, `${path}.name`, faults);
    const data = list(each.data).map(object);
    if (data.length !== categories.length) faults.push(`${path}: a value is missing`);
    for (const [index, point] of data.entries()) {
      if (point.label !== categories[index]) faults.push(`${path}: label outside the categories`);
      if (!Number.isFinite(point.value)) faults.push(`${path}: no finite value`);
    }
  }
}
