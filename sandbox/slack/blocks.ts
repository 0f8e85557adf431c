/** Reading and completing blocks: ids that Slack would give, elements by action id, the state of inputs. */

import { optionsOf } from './block-elements.ts';
import { isObject } from './check.ts';
import { random } from './state.ts';
import type { Json } from './types.ts';

export interface Found {
  readonly blockId: string;
  readonly element: Json;
  readonly block: Json;
}

/** Elements of one block, those of nested blocks too. */
function elementsOf(block: Json): Json[] {
  const many = [block.elements, block.actions].flatMap((each) => (Array.isArray(each) ? each : []));
  const elements = [...many, block.accessory, block.element].filter(isObject);
  // A rich_text's elements are text, a carousel's are cards.
  return block.type === 'rich_text' || block.type === 'carousel' ? [] : elements;
}

const childrenOf = (block: Json): Json[] =>
  [block.child_blocks, block.type === 'carousel' ? block.elements : null]
    .flatMap((each) => (Array.isArray(each) ? each : []))
    .filter(isObject);

/** Every interactive element. */
export function interactive(blocks: readonly Json[]): Found[] {
  return blocks.flatMap((block) => [
    ...elementsOf(block)
      .filter((element) => typeof element.action_id === 'string')
      .map((element) => ({ blockId: String(block.block_id), element, block })),
    ...interactive(childrenOf(block)),
  ]);
}

const isInteractive = (type: unknown): boolean =>
  !['image', 'plain_text', 'mrkdwn'].includes(String(type)) && typeof type === 'string';

/** A copy in which each block has a block_id and each element an action_id. */
export function withIds(blocks: readonly Json[]): Json[] {
  const copy = structuredClone(blocks) as Json[];
  const visit = (block: Json): void => {
    if (!block.block_id) block.block_id = random('', 5);
    for (const element of elementsOf(block))
      if (!element.action_id && isInteractive(element.type)) element.action_id = random('', 5);
    for (const child of childrenOf(block)) visit(child);
  };
  for (const block of copy) visit(block);
  return copy;
}

const bare = (option: unknown): Json | null =>
  isObject(option)
    ? {
        text: option.text,
        value: option.value,
        ...(option.description === undefined ? {} : { description: option.description }),
      }
    : null;

/** Field of Slack's state that holds the value of an element, by its type. */
const STATE_FIELD: Readonly<Record<string, string>> = {
  plain_text_input: 'value',
  number_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  rich_text_input: 'rich_text_value',
  file_input: 'files',
  static_select: 'selected_option',
  external_select: 'selected_option',
  radio_buttons: 'selected_option',
  checkboxes: 'selected_options',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  users_select: 'selected_user',
  multi_users_select: 'selected_users',
  conversations_select: 'selected_conversation',
  multi_conversations_select: 'selected_conversations',
  channels_select: 'selected_channel',
  multi_channels_select: 'selected_channels',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
};
/** null: an element without state (a button). */
export const stateField = (element: Json): string | null => STATE_FIELD[String(element.type)] ?? null;
export const isMany = (field: string): boolean => field.endsWith('s');
export const isExternal = (element: Json): boolean => String(element.type).endsWith('external_select');

function initial(element: Json): unknown {
  for (const [key, value] of Object.entries(element)) {
    if (!key.startsWith('initial_')) continue;
    if (Array.isArray(value)) return key === 'initial_options' ? value.map(bare) : value;
    return key === 'initial_option' ? bare(value) : value;
  }
  return undefined;
}

/** State of one element that nobody touched yet. */
export function initialState(element: Json): Json | null {
  const field = stateField(element);
  if (field === null) return null;
  return { type: element.type, [field]: initial(element) ?? (isMany(field) ? [] : null) };
}

export type Values = Record<string, Record<string, Json>>;

/** State of all inputs: what was entered before under the same ids, else the initial value. */
export function stateOf(blocks: readonly Json[], before: Values = {}): Values {
  const values: Values = {};
  for (const { blockId, element } of interactive(blocks)) {
    const actionId = String(element.action_id);
    const earlier = before[blockId]?.[actionId];
    const state = earlier && earlier.type === element.type ? earlier : initialState(element);
    if (!state) continue;
    values[blockId] ??= {};
    values[blockId][actionId] = state;
  }
  return values;
}

/** The option that the user means by its value or text; null: not offered. */
export function pick(offered: readonly Json[], wanted: unknown): Json | null {
  const key = isObject(wanted) ? wanted.value : wanted;
  const found =
    offered.find((each) => each.value === String(key)) ??
    offered.find((each) => isObject(each.text) && each.text.text === String(key));
  return found ? bare(found) : null;
}

export { optionsOf };
