import type { Block, BlockElement, TextObject } from '../api/types.ts';

export interface PreparedText {
  readonly text: string;
  readonly isPlain: boolean;
  readonly isVerbatim: boolean;
}

/** A block as the library gets it, with every text replaced by a token that Mrkdwn draws. */
export interface Prepared {
  readonly block: Block;
  readonly texts: readonly PreparedText[];
}

const TOKEN = /^dwtext(\d+)$/;

export function textOfToken(name: string, texts: readonly PreparedText[]): PreparedText | null {
  const at = TOKEN.exec(name)?.[1];
  return at === undefined ? null : (texts[Number(at)] ?? null);
}

/** `confirm` is left out: the page asks by its own dialog, which takes the keyboard and the screen reader along. */
export function prepare(block: Block): Prepared {
  const texts: PreparedText[] = [];
  const take = <T extends TextObject | undefined>(object: T): T => {
    if (!object || typeof object.text !== 'string') return object;
    texts.push({
      text: object.text,
      isPlain: object.type === 'plain_text',
      isVerbatim: object.verbatim === true,
    });
    // The library reads no emoji, and so no token, in verbatim text.
    const { verbatim: _, ...rest } = object;
    return { ...rest, text: `:dwtext${texts.length - 1}:`, emoji: true } as T;
  };
  const element = (one: BlockElement): BlockElement => {
    if (one.type === 'button') {
      const { confirm: _, ...rest } = one;
      return { ...rest, text: take(one.text as TextObject) };
    }
    return one;
  };
  const walk = (one: Block): Block => {
    switch (one.type) {
      case 'header':
      case 'alert':
        return { ...one, text: take(one.text as TextObject) };
      case 'section': {
        const fields = one.fields as readonly TextObject[] | undefined;
        return {
          ...one,
          ...(one.text ? { text: take(one.text) } : {}),
          ...(fields ? { fields: fields.map(take) } : {}),
          ...(one.accessory ? { accessory: element(one.accessory) } : {}),
        };
      }
      case 'context': {
        const elements = (one.elements ?? []) as readonly (BlockElement & TextObject)[];
        return {
          ...one,
          elements: elements.map((part) =>
            part.type === 'mrkdwn' || part.type === 'plain_text' ? take(part) : part,
          ),
        };
      }
      case 'actions':
        return { ...one, elements: (one.elements ?? []).map(element) };
      case 'container':
        return { ...one, child_blocks: ((one.child_blocks ?? []) as readonly Block[]).map(walk) };
      default:
        return one;
    }
  };
  return { block: walk(block), texts };
}

/** Elements a person can act on in this block, those of containers included. */
export function actionsOf(block: Block): readonly BlockElement[] {
  const inner = ((block.child_blocks ?? []) as readonly Block[]).flatMap(actionsOf);
  const own = block.type === 'actions' || block.type === 'card' ? [...(block.elements ?? [])] : [];
  const cardActions = (block.actions as readonly BlockElement[] | undefined) ?? [];
  return [...own, ...cardActions, ...(block.accessory ? [block.accessory] : []), ...inner];
}
