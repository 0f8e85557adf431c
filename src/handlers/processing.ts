import type { Block, KnownBlock } from '@slack/types';
import { escapeText } from '../views/text.ts';

/** The clicked message without its buttons: what stands there until the card is drawn again. */
export function processingMessage(
  message: { readonly text?: string | undefined; readonly blocks?: unknown },
  userId: string,
): { readonly text: string; readonly blocks: (KnownBlock | Block)[] } {
  const blocks = Array.isArray(message.blocks) ? (message.blocks as (KnownBlock | Block)[]) : [];
  const note: KnownBlock = {
    type: 'context',
    elements: [{ type: 'mrkdwn', text: `Processing… <@${escapeText(userId)}>` }],
  };
  const [first, ...others] = blocks.filter((block) => block.type === 'actions');
  const shown = blocks
    .filter((block) => !others.includes(block))
    .map((block) => (block === first ? note : block));
  return { text: message.text ?? 'Processing…', blocks: first === undefined ? [...shown, note] : shown };
}
