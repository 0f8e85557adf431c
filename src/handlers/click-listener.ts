/** The one way in for buttons: acked at once, "Processing…", the act, then the card again. Buttons have no try/catch. */
import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { Origin } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import { buildActor, type People } from '../services/build-actor.ts';
import type { Services } from '../services/services.ts';
import { type ButtonValue, decodeButton } from '../views/actions.ts';
import { cardRevision } from '../views/card-revision.ts';
import { headline } from '../views/headline.ts';
import { errorReply } from '../views/replies.ts';
import type { Button, ClickContext } from './button.ts';
import { processingMessage } from './processing.ts';

export interface ClickDeps {
  readonly buttons: readonly Button[];
  readonly services: Services;
  readonly people: People;
  /** Marks the rollout's card dirty and wakes its channel: after a click it has the last word. */
  readonly redraw: (rolloutId: string) => Promise<void>;
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
    // A select in a modal, a link button: acked, nothing to do.
    if (!button && body.view) return;
    const facts = { click: action?.action_id, user: body.user.id, channel: body.channel?.id };
    const value = decodeButton(action && 'value' in action ? String(action.value) : '');
    try {
      if (!button || !value)
        throw await denied(
          deps,
          body,
          String(action?.action_id).slice(0, 100),
          new DabbawalaError('stale_button', 'This button is none that the bot knows.', {
            hint: 'Read the newest card of the rollout and tap there.',
          }),
        );
      await act(deps, args, body, button, value);
      deps.log.info({ ...facts, rollout: value.rolloutId }, 'click answered');
    } catch (thrown) {
      const error = toDabbawalaError(thrown);
      logFailure(deps.log, { ...facts, rollout: value?.rolloutId }, error);
      const shown = errorReply(error);
      await quietly(deps.log, 'the refusal could not be shown', () =>
        args.respond({
          response_type: 'ephemeral',
          replace_original: false,
          text: shown.text,
          blocks: [...shown.classic],
        }),
      );
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
  const readContext = async (): Promise<ClickContext> => {
    const [actor, stored] = await Promise.all([
      buildActor(deps.people, body.user.id, originOf(body), button.lookUp),
      services.load(value.rolloutId),
    ]);
    if (button.mustBeCurrent && cardRevision(stored.rollout) !== value.revision)
      throw await denied(deps, body, value.rolloutId, stale(stored));
    return { actor, button: value, stored, channel: body.channel?.id ?? '', services };
  };
  if (button.kind === 'form') {
    const view = button.view(await readContext());
    await args.client.views.open({ trigger_id: body.trigger_id, view }).catch((error: unknown) => {
      throw new DabbawalaError('slack_unavailable', 'Slack did not open the form.', {
        hint: 'Tap again.',
        cause: error,
      });
    });
    return;
  }
  const processing = quietly(deps.log, '"Processing…" could not be shown', () =>
    args.respond({ replace_original: true, ...processingMessage(body.message ?? {}, body.user.id) }),
  );
  // A way back waits for nothing.
  if (button.mustBeCurrent) await waitAtMost(processing, PROCESSING_MS);
  try {
    await button.run(await readContext());
  } finally {
    await processing;
    await quietly(deps.log, 'the card was not marked to be drawn again', () => deps.redraw(value.rolloutId));
  }
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
