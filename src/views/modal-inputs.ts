/** The inputs of the modals. Block id and action id are the same word of FIELDS. */
import type { InputBlock, KnownBlock } from '@slack/types';
import type { Target } from '../core/target.ts';
import { mrkdwn, plain } from './blocks.ts';
import { targetName } from './format.ts';
import { LIMITS } from './limits.ts';
import { encodeTarget } from './modal-metadata.ts';
import { FIELDS } from './modal-values.ts';
import { clipPlain, plainText } from './text.ts';

/** A reason fits a thread line whole. */
export const REASON_MAX = 1000;

export const text = (words: string): KnownBlock => ({ type: 'section', text: mrkdwn(words) });

export const option = (value: string, label: string) => ({
  text: plain(clipPlain(label, LIMITS.optionText)),
  value,
});

/** More than Slack holds in one list: the server offers what fits the words typed. */
const typed = (
  id: string,
  label: string,
  options: readonly ReturnType<typeof option>[],
  initial?: string,
): InputBlock => {
  const chosen = options.find((each) => each.value === initial);
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element: {
      type: 'external_select',
      action_id: id,
      min_query_length: 0,
      placeholder: plain('Pick or type one'),
      ...(chosen === undefined ? {} : { initial_option: chosen }),
    },
  };
};

/** Slack holds 100 options; a value too long to be one is left out. */
export function select(id: string, label: string, values: readonly string[], initial?: string): InputBlock {
  const options = values
    .filter((value) => value.length > 0 && value.length <= LIMITS.optionValue)
    .map((value) => option(value, plainText(value.replace('/', ' · '), 75)));
  if (options.length > LIMITS.options) return typed(id, label, options, initial);
  const chosen = options.find((each) => each.value === initial);
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element: {
      type: 'static_select',
      action_id: id,
      placeholder: plain(`Pick one`),
      options: options.length === 0 ? [option('-', 'none configured')] : options,
      ...(chosen === undefined ? {} : { initial_option: chosen }),
    },
  };
}

export const targetSelect = (targets: readonly Target[]): InputBlock => {
  const options = targets.map((target) => option(encodeTarget(target), targetName(target)));
  if (options.length > LIMITS.options) return typed(FIELDS.target, 'Service', options);
  return {
    type: 'input',
    block_id: FIELDS.target,
    label: plain('Service'),
    element: {
      type: 'static_select',
      action_id: FIELDS.target,
      placeholder: plain('Pick one'),
      options: options.length === 0 ? [option('-', 'none configured')] : options,
    },
  };
};

/** Options come from the image registry as the person types; the service chosen above is in the view's state. */
export const version = (initial?: string): InputBlock => {
  const isOption = initial !== undefined && initial.length > 0 && initial.length <= LIMITS.optionValue;
  return {
    type: 'input',
    block_id: FIELDS.version,
    label: plain('Version'),
    hint: plain('Tags of the image registry, newest first'),
    element: {
      type: 'external_select',
      action_id: FIELDS.version,
      min_query_length: 0,
      placeholder: plain('Pick or type a version'),
      ...(isOption ? { initial_option: option(initial, plainText(initial, 75)) } : {}),
    },
  };
};

export const reason = (label: string, isOptional: boolean, initial?: string, hint?: string): InputBlock => ({
  type: 'input',
  block_id: FIELDS.reason,
  optional: isOptional,
  label: plain(label),
  ...(hint === undefined ? {} : { hint: plain(hint) }),
  element: {
    type: 'plain_text_input',
    action_id: FIELDS.reason,
    multiline: true,
    max_length: REASON_MAX,
    ...(isOptional ? {} : { min_length: 3 }),
    ...(initial === undefined || initial === ''
      ? {}
      : { initial_value: initial.slice(0, REASON_MAX).toWellFormed() }),
  },
});

/** Few, each with words of its own. */
export function choice(
  id: string,
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  initial?: string,
): InputBlock {
  const all = options.slice(0, LIMITS.options).map(([value, words]) => option(value, plainText(words, 75)));
  const chosen = all.find(({ value }) => value === initial);
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element: {
      type: 'static_select',
      action_id: id,
      placeholder: plain('Pick one'),
      options: all.length === 0 ? [option('-', 'none')] : all,
      ...(chosen === undefined ? {} : { initial_option: chosen }),
    },
  };
}

export const oneLine = (id: string, label: string, hint: string, isOptional: boolean): InputBlock => ({
  type: 'input',
  block_id: id,
  optional: isOptional,
  label: plain(label),
  hint: plain(hint),
  element: { type: 'plain_text_input', action_id: id, max_length: 40 },
});

export const percentInput = (current?: number): InputBlock => ({
  type: 'input',
  block_id: FIELDS.percent,
  label: plain("Candidate's share, percent"),
  ...(current === undefined || !Number.isFinite(current) ? {} : { hint: plain(`${current} % now`) }),
  element: {
    type: 'number_input',
    action_id: FIELDS.percent,
    is_decimal_allowed: false,
    min_value: '0',
    max_value: '100',
  },
});
