/** The few fields of a Slack request that decide whether it is let in. Tolerant: Slack adds fields. */
import * as z from 'zod';
import { mentionText } from './mention.ts';

const id = z.string().max(64);
const withId = z.object({ id: id.optional(), team_id: id.nullish(), is_stranger: z.boolean().optional() });

const requestSchema = z.object({
  type: z.string().optional(),
  command: z.string().optional(),
  text: z.string().optional(),
  event_id: z.string().optional(),
  trigger_id: z.string().optional(),
  team_id: id.nullish(),
  team: withId.nullish(),
  user_id: id.optional(),
  user: withId.optional(),
  channel_id: id.optional(),
  channel: z.object({ id }).optional(),
  container: z.object({ message_ts: z.string().optional() }).optional(),
  message: z.object({ ts: z.string() }).optional(),
  view: z
    .object({
      id: z.string().optional(),
      callback_id: z.string().optional(),
      blocks: z.array(z.object({ type: z.string(), block_id: z.string().optional() })).optional(),
    })
    .optional(),
  actions: z
    .array(z.object({ action_id: z.string().optional(), action_ts: z.string().optional() }))
    .optional(),
  authorizations: z.array(z.object({ user_id: id.nullish() })).nullish(),
  event: z
    .object({
      type: z.string(),
      text: z.string().optional(),
      thread_ts: z.string().max(64).optional(),
      user: z.union([id, withId]).optional(),
      channel: z.string().optional(),
      team: id.optional(),
    })
    .optional(),
});

export type RequestKind = 'command' | 'click' | 'submit' | 'options' | 'event' | 'other';

export interface RequestFacts {
  readonly kind: RequestKind;
  /** Workspaces named anywhere in the request: all must be allowed. */
  readonly teams: readonly string[];
  readonly user: string | null;
  readonly isStranger: boolean;
  /** null for a modal: it has no channel of its own. */
  readonly channel: string | null;
  /** One per act of a person: a second delivery has no effect. null: harmless to repeat. */
  readonly onceKey: string | null;
  /** Verb-like word for the audit record. */
  readonly action: string;
  readonly command: string;
  /** Of a command, or of a mention what follows the bot's name. */
  readonly text: string;
  /** Thread that a mention was written in. */
  readonly thread: string | null;
  /** Where a modal can show an error. */
  readonly firstInput: string | null;
}

const kindOf = (body: z.output<typeof requestSchema>): RequestKind => {
  if (body.event) return 'event';
  if (body.command !== undefined) return 'command';
  if (body.type === 'block_suggestion') return 'options';
  if (body.actions) return 'click';
  return body.type === 'view_submission' ? 'submit' : 'other';
};

const present = (values: readonly (string | null | undefined)[]): readonly string[] =>
  [...new Set(values.filter((value) => value !== null && value !== undefined && value !== ''))] as string[];

/** null: not a shape that Slack sends. */
export function readRequest(raw: unknown): RequestFacts | null {
  const parsed = requestSchema.safeParse(raw);
  if (!parsed.success) return null;
  const body = parsed.data;
  const kind = kindOf(body);
  const eventUser = typeof body.event?.user === 'object' ? body.event.user : undefined;
  const user =
    body.user_id ??
    body.user?.id ??
    (typeof body.event?.user === 'string' ? body.event.user : eventUser?.id) ??
    null;
  const click = body.actions?.[0];
  const messageTs = body.container?.message_ts ?? body.message?.ts ?? '-';
  const keys: Record<RequestKind, string | undefined> = {
    command: body.trigger_id,
    submit: body.trigger_id ?? body.view?.id,
    click: click?.action_ts === undefined ? body.trigger_id : [click.action_ts, messageTs, user].join(':'),
    event: body.event_id,
    options: undefined,
    other: undefined,
  };
  const key = keys[kind];
  const actions: Record<RequestKind, string> = {
    command: `command ${body.command ?? ''}`,
    click: `click ${click?.action_id ?? ''}`,
    submit: `submit ${body.view?.callback_id ?? ''}`,
    options: 'options',
    event: `event ${body.event?.type ?? ''}`,
    other: body.type ?? 'request',
  };
  return {
    kind,
    teams: present([body.team_id, body.team?.id, body.user?.team_id, eventUser?.team_id]),
    user,
    isStranger: (body.user?.is_stranger ?? eventUser?.is_stranger) === true,
    channel: body.channel_id ?? body.channel?.id ?? body.event?.channel ?? null,
    onceKey: key === undefined ? null : `${kind}:${key}`,
    action: actions[kind].slice(0, 100),
    command: body.command ?? '',
    text: body.text ?? mentionText(body.event?.text ?? '', body.authorizations?.[0]?.user_id ?? null),
    thread: body.event?.thread_ts ?? null,
    firstInput: body.view?.blocks?.find((block) => block.type === 'input')?.block_id ?? null,
  };
}
