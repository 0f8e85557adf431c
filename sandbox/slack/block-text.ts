import { type Issue, isObject } from './check.ts';
import type { Json } from './types.ts';

/** Characters of all text in the blocks of one message. */
export const MESSAGE_CHARACTERS = 13_200;

const COUNTED = new Set([
  'text',
  'title',
  'caption',
  'alt_text',
  'label',
  'name',
  'x_label',
  'y_label',
  'categories',
]);
/** Characters of all visible text, at any depth. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textLength(each), 0);
  if (!isObject(value)) return 0;
  let total = 0;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'string') total += COUNTED.has(key) ? each.length : 0;
    else if (key === 'categories' && Array.isArray(each)) total += each.join('').length;
    else total += textLength(each);
  }
  return total;
}

/** Block types used, at any depth of blocks. */
export function blockTypes(blocks: readonly Json[]): string[] {
  return blocks.flatMap((each) => [
    String(each.type),
    ...(Array.isArray(each.child_blocks) ? blockTypes(each.child_blocks.filter(isObject)) : []),
  ]);
}

/** As Slack words it in response_metadata.messages. */
export const worded = (issues: readonly Issue[]): string[] =>
  issues.map(({ path, message }) => `[ERROR] ${message} [json-pointer:${path}]`);
