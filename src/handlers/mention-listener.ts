/** The one way in for mentions: the same words as a command, answered to the asking person where they were written. */

import type { Reply } from '../commands/command.ts';
import type { TypedCommand } from '../commands/run-command.ts';
import { toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Chat, Mention, Message, Whispers } from '../ports/chat.ts';
import type { Services } from '../services/services.ts';
import { type ThreadPlace, threadPlace } from '../services/thread-place.ts';
import { encodeForm } from '../views/actions.ts';
import { errorReply, formReply } from '../views/replies.ts';

export interface MentionDeps {
  /** `/dabba`: a mention carries what stands behind it. */
  readonly root: string;
  readonly chat: Pick<Chat, 'dedupIdAt'> & Whispers;
  readonly services: Pick<Services, 'load' | 'placeOnRoute'>;
  readonly runCommand: (typed: TypedCommand) => Promise<Reply>;
  /** The right form of a verb; null where there is no such verb. */
  readonly usageOf: (text: string) => string | null;
  readonly log: Log;
}

export function createMentionListener(deps: MentionDeps): (mention: Mention) => Promise<void> {
  return async (mention) => {
    const { channel, userId, threadTs } = mention;
    const facts = { mention: mention.text.slice(0, 40), user: userId, channel, thread: threadTs };
    const message = await answer(deps, mention).then(
      (answered) => {
        deps.log.info(facts, 'mention answered');
        return answered;
      },
      (thrown: unknown) => {
        const error = toDabbawalaError(thrown);
        logFailure(deps.log, facts, error);
        return errorReply(error);
      },
    );
    await deps.chat
      .whisper({ userId, channel, threadTs }, message)
      .catch((error: unknown) =>
        deps.log.warn({ ...facts, why: String(error) }, 'the answer to a mention could not be delivered'),
      );
  };
}

async function answer(deps: MentionDeps, mention: Mention): Promise<Message> {
  // A name alone asks what there is.
  const text = mention.text === '' ? 'help' : mention.text;
  const thread = await threadPlace(deps, mention.channel, mention.threadTs);
  const reply = await deps.runCommand({
    slash: deps.root,
    text,
    userId: mention.userId,
    team: mention.team,
    channel: mention.channel,
    via: 'mention',
    thread,
  });
  if (reply.kind === 'ephemeral') return reply.message;
  return formReply(deps.usageOf(text) ?? text, encodeForm({ text, target: targetOf(thread) }));
}

const targetOf = (thread: ThreadPlace) => (thread.kind === 'card' ? thread.target : null);
