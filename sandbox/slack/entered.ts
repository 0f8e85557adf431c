/** What a person enters into one input -> Slack's state of that input. */

import { isExternal, isMany, optionsOf, pick, stateField } from './blocks.ts';
import { isObject } from './check.ts';
import type { State } from './state.ts';
import { ControlError, type Json } from './types.ts';

/** Asks the bot for the options of an external select. */
export type Ask = (element: Json, query: string) => Promise<readonly Json[]>;

async function chosen(element: Json, wanted: unknown, ask: Ask): Promise<Json> {
  const query = String(isObject(wanted) ? wanted.value : wanted);
  const offered = isExternal(element) ? await ask(element, query) : optionsOf(element);
  const option = pick(offered, wanted);
  if (option) return option;
  const known = offered.map((each) => String(each.value)).join(', ');
  throw new ControlError(
    `${String(element.action_id)} offers no option ${JSON.stringify(query)}; it has: ${known}`,
  );
}

const FORMS: Readonly<Record<string, RegExp>> = {
  datepicker: /^\d{4}-\d{2}-\d{2}$/,
  timepicker: /^\d{2}:\d{2}$/,
  datetimepicker: /^\d{10}$/,
};

function single(state: State, element: Json, value: unknown): unknown {
  const type = String(element.type);
  if (type.includes('users_select')) return state.needUser(value).id;
  if (/conversations_select|channels_select/.test(type)) return state.needChannel(value).id;
  const form = FORMS[type];
  if (form && !form.test(String(value)))
    throw new ControlError(
      `${String(element.action_id)}: ${JSON.stringify(value)} is not right for a ${type}`,
    );
  if (type === 'datetimepicker') return Number(value);
  if (type === 'rich_text_input' || type === 'file_input') return value;
  return String(value);
}

/** New state of an input. Throws ControlError for what a person could not enter. */
export async function entered(state: State, element: Json, given: unknown, ask: Ask): Promise<Json> {
  const field = stateField(element);
  if (field === null) throw new ControlError(`${String(element.action_id)} takes no value`);
  // Slack's own form {type, selected_option: …} is taken too.
  const value = isObject(given) && field in given ? given[field] : given;
  const isEmpty = value === null || value === undefined || value === '';
  const isOption = field.startsWith('selected_option');
  if (!isMany(field)) {
    const one = isEmpty ? null : isOption ? await chosen(element, value, ask) : single(state, element, value);
    return { type: element.type, [field]: one };
  }
  const wanted = isEmpty ? [] : Array.isArray(value) ? value : [value];
  const many: unknown[] = [];
  for (const each of wanted)
    many.push(isOption ? await chosen(element, each, ask) : single(state, element, each));
  const max = Number(element.max_selected_items ?? Number.POSITIVE_INFINITY);
  if (many.length > max) throw new ControlError(`${String(element.action_id)} takes at most ${max} items`);
  return { type: element.type, [field]: many };
}

/** What Slack's own client says about an input before anything is sent; null: fine. */
export function clientError(block: Json, element: Json, state: Json | undefined): string | null {
  const field = stateField(element);
  if (field === null) return null;
  const value = state?.[field];
  const isEmpty =
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return block.optional === true ? null : 'Please complete this required field.';
  if (element.type === 'plain_text_input') {
    const length = String(value).length;
    const min = Number(element.min_length ?? 0);
    const max = Number(element.max_length ?? 3000);
    if (length < min) return `Please use at least ${min} characters.`;
    if (length > max) return `Please use at most ${max} characters.`;
  }
  if (element.type === 'number_input') {
    const number = Number(value);
    if (!/^-?\d+(\.\d+)?$/.test(String(value))) return 'Please enter a number.';
    if (element.is_decimal_allowed !== true && !Number.isInteger(number))
      return 'Please enter a whole number.';
    if (element.min_value !== undefined && number < Number(element.min_value))
      return `Please enter a number of at least ${String(element.min_value)}.`;
    if (element.max_value !== undefined && number > Number(element.max_value))
      return `Please enter a number of at most ${String(element.max_value)}.`;
  }
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(String(value)))
    return 'Please enter a valid e-mail address.';
  if (element.type === 'url_text_input' && !/^https?:\/\/\S+$/.test(String(value)))
    return 'Please enter a valid URL.';
  return null;
}
