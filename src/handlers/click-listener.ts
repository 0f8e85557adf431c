/** The one way in for buttons: acked at once, "Processing…", the act, then the card again. Buttons have no try/catch. */
import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { View } from '@slack/types';
import type { Reply } from '../commands/command.ts';
import type { TypedCommand } from '../commands/run-command.ts';
import type { Origin } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Message } from '../ports/chat.ts';
import { buildActor, type People } from '../services/build-actor.ts';
import { formUnavailable } from '../services/form-unavailable.ts';
import type { Services } from '../services/services.ts';
import { type ButtonValue, decodeButton } from '../views/actions.ts';
import { cardRevision } from '../views/card-revision.ts';
import { type CardValue, decodeCardValue } from '../views/card-value.ts';
import { headline } from '../views/headline.ts';
import { decodeMetadata } from '../views/modals.ts';
import { errorReply } from '../views/replies.ts';
import type { Button, ClickContext, OrderContext } from './button.ts';
import type { CardButton } from './card-button.ts';
import type { Opener } from './opener.ts';
import { processingMessage } from './processing.ts';

export interface ClickDeps {
  readonly buttons: readonly Button[];
  readonly cardButtons: readonly CardButton[];
  readonly openers: readonly Opener[];
  /** `/dabba`, for what an opener asks. */
  readonly root: string;
  readonly runCommand: (typed: TypedCommand) => Promise<Reply>;
  readonly services: Services;
  readonly people: People;
  /** Marks the card dirty and wakes its channel, by the id of what it is about: after a click it has the last word. */
  readonly redraw: (id: string) => Promise<void>;
  readonly log: Log;
}

type Args = SlackActionMiddlewareArgs & AllMiddlewareArgs;

/** "Processing…" should stand before the card is edited; nothing waits longer for it. */
const PROCESSING_MS = 400;

export function createClickListener(deps: ClickDeps): (args: Args) => Promise<void> {
  return async (args) => {
    await args.ack();
    const body = args.body as BlockAction;
    const action = body.actions[0];
    const button = deps.buttons.find((one) => one.actionId === action?.action_id);
    const cardButton = deps.cardButtons.find((one) => one.actionId === action?.action_id);
    const opener = deps.openers.find((one) => one.actionId === action?.action_id);
    // A select in a modal, a link button: acked, nothing to do.
    if (!button && !cardButton && !opener && body.view) return;
    const facts = { click: action?.action_id, user: body.user.id, channel: body.channel?.id };
    const value = decodeButton(carriedBy(action));
    try {
      if (opener) {
        await openFor(deps, args, body, opener, carriedBy(action));
        return deps.log.info(facts, 'click answered');
      }
      const cardValue = decodeCardValue(carriedBy(action));
      if (cardButton && cardValue) {
        await actOnCard(deps, args, body, cardButton, cardValue);
        return deps.log.info({ ...facts, card: cardValue.id }, 'click answered');
      }
      if (!button || !value)
        throw await denied(
          deps,
          body,
          String(action?.action_id).slice(0, 100),
          new DabbawalaError('stale_button', 'This button is none that the bot knows.', {
            hint: 'Read the newest card and tap there.',
          }),
        );
      await act(deps, args, body, button, value);
      deps.log.info({ ...facts, rollout: value.rolloutId }, 'click answered');
    } catch (thrown) {
      const error = toDabbawalaError(thrown);
      logFailure(deps.log, { ...facts, rollout: value?.rolloutId }, error);
      const shown = errorReply(error);
      await quietly(deps.log, 'the refusal could not be shown', () => tell(args, body, shown));
    }
  };
}

async function act(
  deps: ClickDeps,
  args: Args,
  body: BlockAction,
  button: Button,
  value: ButtonValue,
): Promise<void> {
  const { services } = deps;
  const readOrder = async (): Promise<OrderContext> => ({
    actor: await buildActor(deps.people, body.user.id, originOf(body), button.lookUp),
    button: value,
    channel: body.channel?.id ?? '',
    services,
  });
  const readContext = async (): Promise<ClickContext> => {
    const [order, stored] = await Promise.all([readOrder(), services.load(value.rolloutId)]);
    if (button.mustBeCurrent && cardRevision(stored.rollout) !== value.revision)
      throw await denied(deps, body, value.rolloutId, stale(stored));
    return { ...order, stored };
  };
  if (button.kind === 'form') {
    return show(args, body, button.view(await readContext()));
  }
  // A way back waits for nothing.
  await withoutButtons(
    deps,
    args,
    body,
    { id: value.rolloutId, isPatient: button.mustBeCurrent },
    async () => {
      if (button.kind === 'order') return button.run(await readOrder());
      await button.run(await readContext());
      return null;
    },
  );
}

async function actOnCard(
  deps: ClickDeps,
  args: Args,
  body: BlockAction,
  button: CardButton,
  value: CardValue,
): Promise<void> {
  const { services } = deps;
  const read = async () => ({
    actor: await buildActor(deps.people, body.user.id, originOf(body), button.lookUp),
    channel: body.channel?.id ?? '',
    value,
    services,
  });
  if (button.kind === 'form') return show(args, body, await button.view(await read()));
  await withoutButtons(deps, args, body, { id: value.id, isPatient: true }, async () =>
    button.run(await read()),
  );
}

/** The card says "Processing…" while the act runs, and is drawn again whatever came of it. */
async function withoutButtons(
  deps: ClickDeps,
  args: Args,
  body: BlockAction,
  { id, isPatient }: { readonly id: string; readonly isPatient: boolean },
  act: () => Promise<Message | null>,
): Promise<void> {
  const processing = quietly(deps.log, '"Processing…" could not be shown', () =>
    args.respond({ replace_original: true, ...processingMessage(body.message ?? {}, body.user.id) }),
  );
  if (isPatient) await waitAtMost(processing, PROCESSING_MS);
  let told: Message | null = null;
  try {
    told = await act();
  } finally {
    await processing;
    await quietly(deps.log, 'the card was not marked to be drawn again', () => deps.redraw(id));
  }
  const answer = told;
  if (answer) await quietly(deps.log, 'the answer could not be shown', () => tell(args, body, answer));
}

async function openFor(
  deps: ClickDeps,
  args: Args,
  body: BlockAction,
  opener: Opener,
  value: string,
): Promise<void> {
  const channel = body.channel?.id ?? decodeMetadata(body.view?.private_metadata ?? '')?.channel ?? '';
  const reply = await opener.open({
    value,
    channel,
    services: deps.services,
    actor: () => buildActor(deps.people, body.user.id, originOf(body), 'required'),
    ask: (text, thread = { kind: 'none' }) =>
      deps.runCommand({
        slash: deps.root,
        text,
        userId: body.user.id,
        team: body.team?.id ?? null,
        channel,
        via: 'button',
        thread,
      }),
  });
  return reply.kind === 'modal' ? show(args, body, reply.view) : tell(args, body, reply.message);
}

/** On a page the form takes its place; the page's own request has no second trigger to spend. */
async function show(args: Args, body: BlockAction, view: View): Promise<void> {
  const { views } = args.client;
  const isShown = body.view
    ? views.update({ view_id: body.view.id, view })
    : views.open({ trigger_id: body.trigger_id, view });
  await isShown.catch((error: unknown) => {
    throw formUnavailable(error, 'Tap again.');
  });
}

/** To this person alone. A page has no response_url: its channel hears it. */
async function tell(args: Args, body: BlockAction, message: Message): Promise<void> {
  const words = { text: message.text, blocks: [...message.classic] };
  if (!body.view) {
    await args.respond({ response_type: 'ephemeral', replace_original: false, ...words });
    return;
  }
  const channel = decodeMetadata(body.view.private_metadata)?.channel;
  if (channel) await args.client.chat.postEphemeral({ channel, user: body.user.id, ...words });
}

/** Of a button its value, of a select what was chosen. */
function carriedBy(action: BlockAction['actions'][number] | undefined): string {
  if (action && 'selected_option' in action) return String(action.selected_option?.value ?? '');
  return action && 'value' in action ? String(action.value) : '';
}

const originOf = (body: BlockAction): Origin => ({
  via: 'button',
  team: body.team?.id ?? null,
  channel: body.channel?.id ?? null,
});

/** Refused before it reached a use case: audited here. */
async function denied(
  deps: ClickDeps,
  body: BlockAction,
  object: string,
  error: DabbawalaError,
): Promise<DabbawalaError> {
  const person = { id: body.user.id, name: null, email: null };
  await deps.services.auditDenied({ person, origin: originOf(body) }, 'button.click', object, error.code);
  return error;
}

const stale = (stored: ClickContext['stored']): DabbawalaError => {
  const { line1 } = headline(stored.rollout);
  return new DabbawalaError(
    'stale_button',
    `The card changed after this button was drawn. Now: ${line1}. ${stored.rollout.cause.text}`,
  );
};

async function quietly(log: Log, sentence: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ why: String(error) }, sentence);
  }
}
