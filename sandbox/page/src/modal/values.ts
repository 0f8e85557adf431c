import type { Block, BlockElement, Option, View } from '../api/types.ts';

/** What a person has put into one input. */
export type FieldValue = string | Option | readonly Option[] | null;
export type Values = Readonly<Record<string, FieldValue>>;

const isOption = (value: FieldValue): value is Option =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function initialValue(element: BlockElement): FieldValue {
  if (element.initial_option) return element.initial_option;
  if (element.initial_options) return element.initial_options;
  if (typeof element.initial_value === 'string') return element.initial_value;
  return element.type === 'checkboxes' ? [] : element.type.endsWith('_input') ? '' : null;
}

/** Inputs of input blocks and of actions and sections, by block. */
export function inputsOf(view: View): readonly { block: Block; element: BlockElement }[] {
  return view.blocks.flatMap((block) =>
    [
      ...(block.element ? [block.element] : []),
      ...(block.elements ?? []),
      ...(block.accessory ? [block.accessory] : []),
    ]
      .filter((element) => element.action_id && element.type !== 'button')
      .map((element) => ({ block, element })),
  );
}

/** As Slack does on views.update: what was typed stays where block and action are the same. */
export function carryOver(before: View | null, after: View, typed: Values): Values {
  const key = (block: Block, element: BlockElement) => `${block.block_id ?? ''} ${element.action_id}`;
  const old = new Set((before ? inputsOf(before) : []).map(({ block, element }) => key(block, element)));
  return Object.fromEntries(
    inputsOf(after).map(({ block, element }) => {
      const id = element.action_id ?? '';
      const isKept = old.has(key(block, element)) && id in typed;
      return [id, isKept ? (typed[id] ?? null) : initialValue(element)];
    }),
  );
}

/** Flat {action_id: value} as the control API wants it: options by their value. */
export function toWire(values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      Array.isArray(value)
        ? (value as readonly Option[]).map((option) => option.value)
        : isOption(value)
          ? value.value
          : value,
    ]),
  );
}
