import type { BlockElement, Option } from '../api/types.ts';

export const optionsOf = (element: BlockElement): readonly Option[] =>
  element.options ?? element.option_groups?.flatMap((group) => group.options) ?? [];

export function matching(options: readonly Option[], query: string): readonly Option[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return options;
  return options.filter((option) => option.text.text.toLowerCase().includes(wanted));
}
