/**
 * What Bolt lacks, in one middleware: requests from the future, replays, second deliveries, foreign workspaces,
 * channels and people, and how often one person may command. Everything behind it may trust the request.
 */
import type { AnyMiddlewareArgs, Middleware, RespondFn } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Origin, Person } from '../../core/target.ts';
import { DabbawalaError, isDabbawalaError, toDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Message, Whispers } from '../../ports/chat.ts';
import type { Deliveries } from '../../ports/rollout-store.ts';
import { type RequestFacts, readRequest } from './payload.ts';

const FUTURE_S = 300;
const REMEMBER_MS = 600_000;
const COMMANDS_A_MINUTE = 10;

export interface GateOptions {
  readonly teams: readonly string[];
  /** Channels where commands and clicks are accepted. */
  readonly channels: readonly string[];
  readonly deliveries: Deliveries;
  /** The error as the person reads it. */
  readonly showError: (error: DabbawalaError) => Message;
  /** Where a refused mention is answered: an event brings no way of its own. */
  readonly whispers: Whispers;
  /** Commands that are never limited: rollback. */
  readonly isUnlimited: (command: string, text: string) => boolean;
  /** What may go on while Redis cannot say whether it was seen before: taking traffic back, which is harmless to repeat. */
  readonly needsNoStore: (request: Pick<RequestFacts, 'kind' | 'action' | 'command' | 'text'>) => boolean;
  readonly auditDenied: (
    actor: { readonly person: Person; readonly origin: Origin },
    action: string,
    object: string,
    code: string,
  ) => Promise<void>;
  readonly log: Log;
  /** ms since the epoch. */
  readonly now?: () => number;
}

/** Answered by its HTTP status alone: nothing of it is believed. */
export class UntrustedRequest extends Error {
  readonly code = 'dabbawala_untrusted_request';
  readonly status = 401;
}

export interface RequestMarks {
  readonly signature: string | null;
  readonly timestampS: number | null;
  /** Socket Mode has no signatures: its envelopes have a name each. */
  readonly envelopeId: string | null;
  /** performance.now() when the request had been read. */
  readonly receivedAt: number;
}

/** For HTTPReceiver's customPropertiesExtractor; must never throw. */
export const markRequest = (request: {
  readonly headers?: Record<string, unknown>;
}): { marks: RequestMarks } => {
  const signature = request.headers?.['x-slack-signature'];
  const timestamp = Number(request.headers?.['x-slack-request-timestamp'] ?? Number.NaN);
  return {
    marks: {
      signature: typeof signature === 'string' ? signature : null,
      timestampS: Number.isFinite(timestamp) ? timestamp : null,
      envelopeId: null,
      receivedAt: performance.now(),
    },
  };
};

/** For SocketModeReceiver's customPropertiesExtractor; must never throw. */
export const markEnvelope = (delivery: { readonly envelope_id?: unknown }): { marks: RequestMarks } => ({
  marks: {
    ...markRequest({}).marks,
    envelopeId: typeof delivery.envelope_id === 'string' ? delivery.envelope_id.slice(0, 100) : null,
  },
});

const VIA: Partial<Record<RequestFacts['kind'], Origin['via']>> = {
  command: 'command',
  submit: 'modal',
  event: 'mention',
};

type Args = AnyMiddlewareArgs & {
  readonly ack?: (answer?: unknown) => Promise<void>;
  readonly respond?: RespondFn;
};

const judge = (facts: RequestFacts, options: GateOptions): DabbawalaError | null => {
  const foreign = facts.teams.find((team) => !options.teams.includes(team));
  if (foreign !== undefined || facts.teams.length === 0)
    return new DabbawalaError('wrong_channel', 'Requests of this workspace are not accepted.', {
      hint: 'Ask for the workspace to be added to `slack.teams` in the configuration.',
      data: { team: foreign ?? null },
    });
  if (facts.isStranger)
    return new DabbawalaError('not_allowed', 'People of other workspaces may not use this bot.');
  const needsChannel = facts.kind === 'command' || facts.kind === 'click' || facts.kind === 'event';
  if (!needsChannel || (facts.channel !== null && options.channels.includes(facts.channel))) return null;
  if (facts.kind === 'click' && facts.channel === null) return null;
  return new DabbawalaError('wrong_channel', 'Commands are not accepted in this channel.', {
    data: { channel: facts.channel },
  });
};

/** Error texts are shown inert, so the channels' links stand in a block of their own. */
function allowedChannels(error: DabbawalaError, channels: readonly string[]): readonly KnownBlock[] {
  if (error.code !== 'wrong_channel' || error.data.channel === undefined) return [];
  const links = channels.slice(0, 10).map((channel) => `<#${channel}>`);
  return [{ type: 'context', elements: [{ type: 'mrkdwn', text: `Allowed: ${links.join(', ')}` }] }];
}

async function refuse(
  args: Args,
  facts: RequestFacts,
  error: DabbawalaError,
  options: GateOptions,
): Promise<void> {
  const shown = options.showError(error);
  const blocks = [...shown.classic, ...allowedChannels(error, options.channels)];
  const ephemeral = { response_type: 'ephemeral' as const, text: shown.text, blocks };
  if (facts.kind === 'command') return args.ack?.(ephemeral);
  if (facts.kind === 'options') return args.ack?.({ options: [] });
  if (facts.kind === 'submit' && facts.firstInput !== null)
    return args.ack?.({
      response_action: 'errors',
      errors: { [facts.firstInput]: `${error.message} ${error.hint}`.slice(0, 2000) },
    });
  if (facts.kind === 'event') {
    if (facts.user !== null && facts.channel !== null)
      await options.whispers.whisper(
        { userId: facts.user, channel: facts.channel, threadTs: facts.thread },
        { text: shown.text, blocks, classic: blocks },
      );
    return;
  }
  await args.ack?.();
  await args.respond?.({ ...ephemeral, replace_original: false });
}

export function createGate(options: GateOptions): Middleware<AnyMiddlewareArgs> {
  const now = options.now ?? Date.now;
  const limiter = new RateLimiterMemory({ points: COMMANDS_A_MINUTE, duration: 60 });

  /**
   * Both questions at once, since each may take as long as Redis is given. Who types the same letter twice within one
   * second sends the same body with the same signature: a question for options changes nothing and may come again.
   */
  const isSeen = async (facts: RequestFacts, marks: RequestMarks): Promise<'new' | 'replay' | 'repeated'> => {
    const ask = (key: string | null): Promise<boolean> =>
      key === null ? Promise.resolve(true) : options.deliveries.isFirst(key, REMEMBER_MS);
    const [isNewSignature, isNewEnvelope, isNewAct] = await Promise.all([
      ask(marks.signature === null || facts.kind === 'options' ? null : `signature:${marks.signature}`),
      ask(marks.envelopeId ? `envelope:${marks.envelopeId}` : null),
      ask(facts.onceKey),
    ]);
    if (!isNewSignature) return 'replay';
    return isNewEnvelope && isNewAct ? 'new' : 'repeated';
  };

  const isTooOften = async (facts: RequestFacts): Promise<boolean> => {
    const isCommand = facts.kind === 'command' || facts.kind === 'event';
    if (!isCommand || options.isUnlimited(facts.command, facts.text)) return false;
    return limiter.consume(facts.user ?? '-').then(
      () => false,
      () => true,
    );
  };

  /** null: let in; 'drop': acked and done. */
  const look = async (facts: RequestFacts, marks: RequestMarks): Promise<DabbawalaError | 'drop' | null> => {
    const seen = await isSeen(facts, marks).catch((error: unknown) => {
      if (isDabbawalaError(error, 'store_unavailable') && options.needsNoStore(facts)) return 'new' as const;
      throw error;
    });
    if (seen === 'replay') throw new UntrustedRequest('a replay: this signature was seen before');
    if (seen === 'repeated') return 'drop';
    const denied = judge(facts, options);
    if (denied) return denied;
    return (await isTooOften(facts))
      ? new DabbawalaError('rate_limited', `More than ${COMMANDS_A_MINUTE} commands in a minute.`)
      : null;
  };

  return async (given) => {
    const args = given as Args & { context: { marks?: RequestMarks }; next: () => Promise<void> };
    const marks = args.context.marks ?? markRequest({}).marks;
    const facts = readRequest(args.body);
    if (!facts) throw new UntrustedRequest('a request of no known shape');
    if (marks.timestampS !== null && marks.timestampS > now() / 1000 + FUTURE_S)
      throw new UntrustedRequest('a timestamp from the future');

    const verdict = await look(facts, marks).catch((error: unknown) => {
      if (error instanceof UntrustedRequest) throw error;
      return toDabbawalaError(error);
    });
    if (verdict === null) return args.next();
    if (verdict === 'drop') {
      options.log.info({ action: facts.action, user: facts.user }, 'second delivery dropped');
      return facts.kind === 'event' ? undefined : args.ack?.();
    }
    options.log.warn({ action: facts.action, user: facts.user, code: verdict.code }, 'request refused');
    await refuse(args, facts, verdict, options).catch((error: unknown) =>
      options.log.warn({ action: facts.action, why: String(error) }, 'the refusal could not be shown'),
    );
    await options.auditDenied(
      {
        person: { id: facts.user ?? '-', name: null, email: null },
        origin: {
          via: VIA[facts.kind] ?? 'button',
          team: facts.teams[0] ?? null,
          channel: facts.channel,
        },
      },
      facts.action,
      `${facts.command} ${facts.text}`.trim().slice(0, 200) || '-',
      verdict.code,
    );
  };
}
