/** Limits of Block Kit's elements and composition objects, as a table. */

import {
  all,
  anything,
  bool,
  byType,
  type Check,
  isObject,
  list,
  may,
  need,
  num,
  oneOf,
  shape,
  str,
} from './check.ts';

const type = need(anything);
export const id = may(str(255));

export const plainText = (max: number): Check =>
  shape({ type: need(oneOf('plain_text')), text: need(str(max)), emoji: may(bool) });
export const mrkdwn = (max: number): Check =>
  shape({ type: need(oneOf('mrkdwn')), text: need(str(max)), verbatim: may(bool) });
export const text = (max: number): Check =>
  byType(() => ({ plain_text: plainText(max), mrkdwn: mrkdwn(max) }));

const confirm = may(
  shape({
    title: need(plainText(100)),
    text: need(text(300)),
    confirm: need(plainText(30)),
    deny: need(plainText(30)),
    style: may(oneOf('primary', 'danger')),
  }),
);
const option = (label: Check): Check =>
  shape({ text: need(label), value: need(str(150)), description: may(label), url: may(str(3000)) });
const plainOption = option(plainText(75));
const richOption = option(text(75));
const group = shape({ label: need(plainText(75)), options: need(list(plainOption, 1, 100)) });
const filter = may(
  shape({
    include: may(list(oneOf('im', 'mpim', 'private', 'public'), 1, 4)),
    exclude_external_shared_channels: may(bool),
    exclude_bot_users: may(bool),
  }),
);
const dispatch = may(
  shape({ trigger_actions_on: need(list(oneOf('on_enter_pressed', 'on_character_entered'), 1, 2)) }),
);

const common = { type, action_id: id };
const focus = { ...common, focus_on_load: may(bool) };
const typed = { ...focus, placeholder: may(plainText(150)) };
const choice = { ...typed, confirm };
const multi = { ...choice, max_selected_items: may(num(1, 1_000_000)) };

/** The options of a select, groups flattened. */
export function optionsOf(element: Record<string, unknown>): Record<string, unknown>[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isObject) : [];
  const all = [element.options, ...groups.map((each) => each.options)];
  return all.flatMap((options) => (Array.isArray(options) ? options.filter(isObject) : []));
}

const initialIsOffered: Check = (value, path, out) => {
  if (!isObject(value)) return;
  const offered = new Set(optionsOf(value).map((each) => each.value));
  const initial = [
    value.initial_option,
    ...(Array.isArray(value.initial_options) ? value.initial_options : []),
  ];
  for (const each of initial)
    if (isObject(each) && !offered.has(each.value))
      out.push({ path, message: `initial option ${String(each.value)} is not one of the options` });
};
const hasOptions: Check = (value, path, out) => {
  if (isObject(value) && (value.options === undefined) === (value.option_groups === undefined))
    out.push({ path, message: 'exactly one of options and option_groups is required' });
};
const offered = {
  options: may(list(plainOption, 1, 100)),
  option_groups: may(list(group, 1, 100)),
};
const staticRules = all(hasOptions, initialIsOffered);
const ids = (name: string) => ({ [name]: may(list(str(255), 1, 1000)) });
const image = shape(
  {
    type,
    image_url: may(str(3000)),
    slack_file: may(anything),
    alt_text: need(str(2000)),
  },
  (value, path, out) => {
    if (isObject(value) && (value.image_url === undefined) === (value.slack_file === undefined))
      out.push({ path, message: 'exactly one of image_url and slack_file is required' });
  },
);
const conversationExtras = {
  default_to_current_conversation: may(bool),
  response_url_enabled: may(bool),
  filter,
};
const lengths: Check = (value, path, out) => {
  if (isObject(value) && Number(value.min_length) > Number(value.max_length))
    out.push({ path, message: 'min_length must not be above max_length' });
};

export const ELEMENTS: Readonly<Record<string, Check>> = {
  button: shape({
    ...common,
    text: need(plainText(75)),
    url: may(str(3000)),
    value: may(str(2000)),
    style: may(oneOf('primary', 'danger')),
    confirm,
    accessibility_label: may(str(75)),
  }),
  workflow_button: shape({ ...common, text: need(plainText(75)), workflow: need(anything) }, anything, true),
  static_select: shape({ ...choice, ...offered, initial_option: may(plainOption) }, staticRules),
  multi_static_select: shape(
    { ...multi, ...offered, initial_options: may(list(plainOption, 1, 100)) },
    staticRules,
  ),
  external_select: shape({
    ...choice,
    initial_option: may(plainOption),
    min_query_length: may(num(0, 1000)),
  }),
  multi_external_select: shape({
    ...multi,
    initial_options: may(list(plainOption, 1, 100)),
    min_query_length: may(num(0, 1000)),
  }),
  users_select: shape({ ...choice, initial_user: may(str(255)) }),
  multi_users_select: shape({ ...multi, ...ids('initial_users') }),
  conversations_select: shape({ ...choice, ...conversationExtras, initial_conversation: may(str(255)) }),
  multi_conversations_select: shape({ ...multi, ...conversationExtras, ...ids('initial_conversations') }),
  channels_select: shape({ ...choice, response_url_enabled: may(bool), initial_channel: may(str(255)) }),
  multi_channels_select: shape({ ...multi, ...ids('initial_channels') }),
  overflow: shape({ ...common, options: need(list(plainOption, 1, 5)), confirm }),
  radio_buttons: shape(
    { ...focus, options: need(list(richOption, 1, 10)), initial_option: may(richOption), confirm },
    initialIsOffered,
  ),
  checkboxes: shape(
    {
      ...focus,
      options: need(list(richOption, 1, 10)),
      initial_options: may(list(richOption, 1, 10)),
      confirm,
    },
    initialIsOffered,
  ),
  datepicker: shape({ ...choice, initial_date: may(str(10, 10)) }),
  timepicker: shape({ ...choice, initial_time: may(str(5, 5)), timezone: may(str(100)) }),
  datetimepicker: shape({ ...focus, confirm, initial_date_time: may(num(1_000_000_000, 9_999_999_999)) }),
  plain_text_input: shape(
    {
      ...typed,
      initial_value: may(str(3000, 0)),
      multiline: may(bool),
      min_length: may(num(0, 3000)),
      max_length: may(num(1, 3000)),
      dispatch_action_config: dispatch,
    },
    lengths,
  ),
  number_input: shape({
    ...typed,
    is_decimal_allowed: need(bool),
    initial_value: may(str(3000)),
    min_value: may(str(100)),
    max_value: may(str(100)),
    dispatch_action_config: dispatch,
  }),
  email_text_input: shape({ ...typed, initial_value: may(str(3000)), dispatch_action_config: dispatch }),
  url_text_input: shape({ ...typed, initial_value: may(str(3000)), dispatch_action_config: dispatch }),
  rich_text_input: shape({ ...typed, initial_value: may(anything), dispatch_action_config: dispatch }),
  file_input: shape({ ...common, filetypes: may(list(str(255), 1, 100)), max_files: may(num(1, 10)) }),
  feedback_buttons: shape(common, anything, true),
  icon_button: shape(common, anything, true),
  image,
};

const PICKS = Object.keys(ELEMENTS).filter((name) =>
  /select$|picker$|^radio_buttons$|^checkboxes$/.test(name),
);
const INPUTS = Object.keys(ELEMENTS).filter((name) => name.endsWith('_input'));
const elements = () => ELEMENTS;

export const accessory = byType(elements, [...PICKS, 'button', 'workflow_button', 'overflow', 'image']);
export const action = byType(elements, [
  ...PICKS,
  'button',
  'workflow_button',
  'overflow',
  'rich_text_input',
]);
export const input = byType(elements, [...PICKS, ...INPUTS]);
export const contextElement = byType(() => ({ image, plain_text: plainText(3000), mrkdwn: mrkdwn(3000) }));
export const button = byType(elements, ['button']);
