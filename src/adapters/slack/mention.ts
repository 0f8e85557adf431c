/** An `app_mention` event as the words of a person. Tolerant: Slack adds fields, other servers leave some out. */
import * as z from 'zod';
import type { Mention } from '../../ports/chat.ts';

const id = z.string().min(1).max(64);

const eventSchema = z.object({
  team_id: id.nullish(),
  authorizations: z.array(z.object({ user_id: id.nullish() })).nullish(),
  event: z.object({
    user: id,
    channel: id,
    ts: id,
    thread_ts: id.optional(),
    text: z.string(),
    bot_id: z.string().nullish(),
    edited: z.unknown().optional(),
  }),
});

/** Only so much is searched for the name: what a person asks stands in front. */
const SEARCHED = 4000;

/** What follows the bot's name; of any name, where it is not known which one is the bot's. */
export function mentionText(text: string, botUserId: string | null): string {
  const names = [...text.slice(0, SEARCHED).matchAll(/<@([A-Z0-9]{1,64})(?:\|[^<>]{0,80})?>/g)];
  const name = names.find((one) => one[1] === botUserId) ?? names[0];
  return name === undefined ? text.trim() : text.slice(name.index + name[0].length).trim();
}

/** null: no person's words. A bot gives no orders, and a corrected message is no new order. */
export function readMention(body: unknown, botUserId: string | null): Mention | null {
  const parsed = eventSchema.safeParse(body);
  if (!parsed.success) return null;
  const { event, team_id: team, authorizations } = parsed.data;
  if (event.bot_id || event.edited !== undefined) return null;
  return {
    userId: event.user,
    team: team ?? null,
    channel: event.channel,
    threadTs: event.thread_ts ?? null,
    text: mentionText(event.text, authorizations?.[0]?.user_id ?? botUserId),
  };
}
