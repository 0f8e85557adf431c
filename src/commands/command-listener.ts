/** The one way in for slash commands: answers in time, shows errors, logs. Commands have no try/catch of their own. */
import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt';
import type { View } from '@slack/types';
import { remaining, waitAtMost } from '../lib/answer-in-time.ts';
import { toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Message } from '../ports/chat.ts';
import { formUnavailable } from '../services/form-unavailable.ts';
import { errorReply } from '../views/replies.ts';
import { type CommandDeps, runCommand } from './run-command.ts';

/** Slack gives 3 s; the rest is for the network. */
const DEADLINE_MS = 2000;
const WORKING = 'Working…';

export interface ListenerDeps extends CommandDeps {
  readonly log: Log;
  /** Default 2 s. */
  readonly deadlineMs?: number;
}

type Args = Pick<
  SlackCommandMiddlewareArgs & AllMiddlewareArgs,
  'ack' | 'command' | 'respond' | 'client' | 'context'
>;

/** Blocks that an older client may not know cannot be refused in an ack: it gets the classic form. */
export const ephemeral = (message: Message) => ({
  response_type: 'ephemeral' as const,
  text: message.text,
  blocks: [...message.classic],
});

export function createCommandListener(deps: ListenerDeps): (args: Args) => Promise<void> {
  return async ({ ack, command, respond, client, context }) => {
    const facts = { command: command.command, user: command.user_id, channel: command.channel_id };
    const startedAt = performance.now();

    /** null: a modal was opened, nothing more to say. */
    const answer = async (): Promise<Message | null> => {
      const reply = await runCommand(deps, {
        slash: command.command,
        text: command.text,
        userId: command.user_id,
        team: command.team_id,
        channel: command.channel_id,
      });
      if (reply.kind === 'ephemeral') return reply.message;
      await openForm(client, command.trigger_id, reply.view);
      return null;
    };
    const work = answer().then(
      (message) => {
        deps.log.info({ ...facts, ms: Math.round(performance.now() - startedAt) }, 'command answered');
        return message;
      },
      (thrown: unknown) => {
        const error = toDabbawalaError(thrown);
        logFailure(deps.log, facts, error);
        return errorReply(error);
      },
    );

    const first = await waitAtMost(
      work,
      remaining(context.marks?.receivedAt, deps.deadlineMs ?? DEADLINE_MS),
    );
    if (first.kind === 'ready') return ack(first.value === null ? undefined : ephemeral(first.value));
    await ack({ response_type: 'ephemeral', text: WORKING });
    const message = await work;
    if (message === null) return;
    await respond({ ...ephemeral(message), replace_original: false }).catch((error: unknown) =>
      deps.log.warn({ ...facts, why: String(error) }, 'the late answer could not be delivered'),
    );
  };
}

async function openForm(client: Args['client'], triggerId: string, view: View): Promise<void> {
  await client.views.open({ trigger_id: triggerId, view }).catch((error: unknown) => {
    throw formUnavailable(error, 'Type the command with its arguments, or try again.');
  });
}
