/** The one way in for submitted forms: a refusal stands in the form, an answer reaches the person. Forms have no try/catch. */
import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import type { View } from '@slack/types';
import type { Arguments, Command, Reply } from '../commands/command.ts';
import type { Origin } from '../core/target.ts';
import { remaining, waitAtMost } from '../lib/answer-in-time.ts';
import { DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Message } from '../ports/chat.ts';
import { buildActor, type People } from '../services/build-actor.ts';
import type { Services } from '../services/services.ts';
import { decodeMetadata, FIELDS, type ModalMetadata, readInputs, readModalValues } from '../views/modals.ts';
import { errorReply } from '../views/replies.ts';
import type { Form, FormCommand } from './form.ts';

export interface SubmitDeps {
  readonly forms: readonly Form[];
  readonly services: Services;
  readonly people: People;
  readonly commands: readonly Command[];
  /** The same path that a typed command takes once its words are known. */
  readonly callCommand: (call: {
    readonly command: Command;
    readonly args: Arguments;
    readonly userId: string;
    readonly origin: Origin;
    readonly channel: string;
  }) => Promise<Reply>;
  readonly log: Log;
  /** Default 2 s. */
  readonly deadlineMs?: number;
}

type Args = SlackViewMiddlewareArgs & AllMiddlewareArgs;
type Outcome =
  | { readonly kind: 'done'; readonly message: Message | null }
  | { readonly kind: 'form'; readonly view: View }
  | { readonly kind: 'refused'; readonly error: DabbawalaError };

const DEADLINE_MS = 2000;

export function createSubmitListener(deps: SubmitDeps): (args: Args) => Promise<void> {
  return async (args) => {
    const body = args.body as ViewSubmitAction;
    const { view } = body;
    const form = deps.forms.find((one) => one.callbackId === view.callback_id);
    const metadata = decodeMetadata(view.private_metadata);
    const facts = { form: view.callback_id, user: body.user.id, channel: metadata?.channel };

    const work = submit(deps, body, form, metadata).catch((thrown: unknown): Outcome => {
      const error = toDabbawalaError(thrown);
      logFailure(deps.log, facts, error);
      return { kind: 'refused', error };
    });
    const ack = args.ack as (answer?: unknown) => Promise<void>;
    const first = await waitAtMost(
      work,
      remaining(args.context.marks?.receivedAt, deps.deadlineMs ?? DEADLINE_MS),
    );
    if (first.kind === 'ready') {
      const { value: outcome } = first;
      if (outcome.kind === 'form') return ack({ response_action: 'update', view: outcome.view });
      if (outcome.kind === 'refused') return ack(inForm(outcome.error, view.blocks, form));
    }
    // Closes the form; what comes later is said in the channel, to this person alone.
    await ack();
    const outcome = await work;
    if (outcome.kind === 'form') return;
    const message = outcome.kind === 'refused' ? errorReply(outcome.error) : outcome.message;
    if (message !== null) await whisper(deps, args, body.user.id, metadata?.channel, message);
  };
}

async function submit(
  deps: SubmitDeps,
  body: ViewSubmitAction,
  form: Form | undefined,
  metadata: ModalMetadata | null,
): Promise<Outcome> {
  if (!form || !metadata) throw new DabbawalaError('stale_button', 'This form is none that the bot knows.');
  const origin: Origin = { via: 'modal', team: body.team?.id ?? null, channel: metadata.channel };
  const values = readModalValues(body.view.state.values, metadata.place ?? null);
  if (form.kind === 'act') {
    const actor = await buildActor(deps.people, body.user.id, origin, 'required');
    await form.run({ actor, values, metadata, services: deps.services });
    return { kind: 'done', message: null };
  }
  const asked = form.toCommand(values, metadata, readInputs(body.view.state.values));
  const command = deps.commands.find((one) => one.verb === asked.verb);
  if (!command) throw new DabbawalaError('unknown_verb', `There is no verb "${asked.verb}".`);
  const reply = await deps.callCommand({
    command,
    args: toArguments(asked),
    userId: body.user.id,
    origin,
    channel: metadata.channel,
  });
  return reply.kind === 'modal'
    ? { kind: 'form', view: reply.view }
    : { kind: 'done', message: reply.message };
}

const toArguments = ({ words, options }: FormCommand): Arguments => ({
  words,
  options: new Map(Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== null)),
  flags: new Set(),
});

/** At the field that is wrong, else at the first one there is. */
function inForm(error: DabbawalaError, blocks: readonly object[], form: Form | undefined): object {
  const present = blocks.flatMap((block) => {
    const { type, block_id: id } = block as { type?: unknown; block_id?: unknown };
    return type === 'input' && typeof id === 'string' ? [id] : [];
  });
  const wanted = [fieldOf(error), ...(form?.fields ?? []), ...present];
  const field = wanted.find((one) => one !== null && present.includes(one));
  if (field === undefined || field === null) return {};
  return {
    response_action: 'errors',
    errors: { [field]: `${error.message} ${error.hint}`.trim().slice(0, 1000) },
  };
}

const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  image_not_found: FIELDS.version,
  registry_unavailable: FIELDS.version,
  unknown_environment: FIELDS.environment,
  region_required: FIELDS.environment,
};

const fieldOf = (error: DabbawalaError): string | null => {
  const named = error.data.field;
  return typeof named === 'string' ? named : (FIELD_OF_CODE[error.code] ?? null);
};

async function whisper(
  deps: SubmitDeps,
  { client }: Args,
  user: string,
  channel: string | undefined,
  message: Message,
): Promise<void> {
  if (!channel) return;
  try {
    await client.chat.postEphemeral({ channel, user, text: message.text, blocks: [...message.classic] });
  } catch (error) {
    deps.log.warn({ user, channel, why: String(error) }, 'the answer to a form could not be delivered');
  }
}
