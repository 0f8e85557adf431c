import type { Message } from '../api/types.ts';
import type { World } from '../api/world.ts';

export interface Author {
  readonly name: string;
  readonly isBot: boolean;
  readonly isSlackbot: boolean;
}

export function authorOf(message: Message, world: World): Author {
  if (message.user === 'USLACKBOT') return { name: 'Slackbot', isBot: false, isSlackbot: true };
  const person = world.people.find((one) => one.id === message.user);
  if (person) return { name: person.name, isBot: false, isSlackbot: false };
  return { name: message.username ?? world.bot.name, isBot: true, isSlackbot: false };
}

const GROUP_SECONDS = 300;

const isCard = (message: Message): boolean =>
  message.blocks?.some((block) => block.type === 'header') ?? false;

/** Slack leaves out the name when the same author goes on within five minutes. */
export function isContinued(before: Message | undefined, message: Message): boolean {
  if (!before || before.ephemeral || message.ephemeral) return false;
  if ((before.user ?? before.bot_id) !== (message.user ?? message.bot_id)) return false;
  if ((before.reply_count ?? 0) > 0 || isCard(before) || isCard(message)) return false;
  return Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
}
