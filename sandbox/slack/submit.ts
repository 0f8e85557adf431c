/** Submitting and closing modals. */

import { type Found, interactive, type Values } from './blocks.ts';
import { isObject } from './check.ts';
import { checkedView, SlackError, storedView } from './compose.ts';
import type { Dispatcher, Sent } from './dispatch.ts';
import { clientError, entered } from './entered.ts';
import { asker, needView } from './interact.ts';
import { viewClosed, viewSubmission } from './payloads.ts';
import { closeAll, closeView, type OwnedView, openView, publicView, replaceView } from './stack.ts';
import type { State } from './state.ts';
import { ControlError, type Json, type SubmitRequest, type SubmitResult } from './types.ts';

/** Which element each given value is for. Flat by block or action id, or Slack's nested form. */
function assign(all: readonly Found[], values: Json): [Found, unknown][] {
  const only = Object.keys(values);
  const nested = only.length === 1 && only[0] === 'values' && isObject(values.values);
  if (nested && !all.some((each) => each.blockId === 'values' || each.element.action_id === 'values'))
    return assign(all, values.values as Json);
  return Object.entries(values).flatMap(([key, value]): [Found, unknown][] => {
    const inBlock = all.filter((each) => each.blockId === key);
    if (isObject(value) && inBlock.some((each) => String(each.element.action_id) in value))
      return inBlock
        .filter((each) => String(each.element.action_id) in value)
        .map((each) => [each, value[String(each.element.action_id)]]);
    const found = inBlock[0] ?? all.find((each) => each.element.action_id === key);
    if (found) return [[found, value]];
    const known = all.map((each) => `${each.blockId} (${String(each.element.action_id)})`).join(', ');
    throw new ControlError(`the view has no input ${JSON.stringify(key)}; it has: ${known || 'none'}`);
  });
}

/** response_urls of conversation selects that ask for one. */
function responseUrls(state: State, view: OwnedView, values: Values): Json[] {
  return interactive(view.blocks)
    .filter(({ element }) => element.response_url_enabled === true)
    .flatMap(({ element, blockId }) => {
      const chosen = values[blockId]?.[String(element.action_id)];
      const channel = chosen?.selected_conversation ?? chosen?.selected_channel;
      if (typeof channel !== 'string') return [];
      const response_url = state.newResponseUrl(channel, view.owner, null);
      return [{ block_id: blockId, action_id: element.action_id, channel_id: channel, response_url }];
    });
}

function tell(state: State, dispatcher: Dispatcher, views: readonly OwnedView[], isCleared: boolean): void {
  for (const view of views)
    if (view.notify_on_close === true)
      void dispatcher.interaction(
        'view_closed',
        view.callback_id,
        viewClosed(state, view.owner, view, isCleared),
      );
}

const TROUBLE = 'We had some trouble connecting. Try again?';

function answered(state: State, dispatcher: Dispatcher, view: OwnedView, sent: Sent): SubmitResult {
  const text = sent.body.trim();
  let ack: unknown = {};
  try {
    if (text !== '') ack = JSON.parse(text);
  } catch {
    throw new ControlError(`${TROUBLE} (the acknowledgement is not JSON)`, 502);
  }
  if (!isObject(ack)) throw new ControlError(`${TROUBLE} (the acknowledgement is not an object)`, 502);
  if (ack.response_action === undefined) {
    closeView(state, view);
    return { closed: true };
  }
  if (ack.response_action === 'clear') {
    const closed = closeAll(state, view.owner);
    tell(
      state,
      dispatcher,
      closed.filter((each) => each.id !== view.id),
      true,
    );
    return { closed: true };
  }
  if (ack.response_action === 'errors') {
    const errors = isObject(ack.errors) ? ack.errors : {};
    const inputs = view.blocks.filter((each) => each.type === 'input').map((each) => String(each.block_id));
    const stray = Object.keys(errors).filter((each) => !inputs.includes(each));
    if (stray.length > 0 || Object.keys(errors).length === 0)
      throw new ControlError(`${TROUBLE} (errors for blocks that are no inputs: ${stray.join(', ')})`, 502);
    return {
      errors: Object.fromEntries(Object.entries(errors).map(([key, value]) => [key, String(value)])),
    };
  }
  try {
    const checked = checkedView(ack.view);
    if (ack.response_action === 'update') {
      const next = storedView(state, checked, view);
      replaceView(state, view, next);
      return { updated: next };
    }
    if (ack.response_action === 'push') {
      if ((state.stacks.get(view.owner)?.length ?? 0) >= 3) throw new SlackError('push_limit_reached');
      const next = storedView(state, checked, undefined, { root: view.root_view_id, previous: view.id });
      openView(state, view.owner, next, false);
      return { pushed: next };
    }
  } catch (error) {
    if (error instanceof SlackError) throw new ControlError(`${TROUBLE} (${error.message})`, 502);
    throw error;
  }
  throw new ControlError(`${TROUBLE} (unknown response_action ${String(ack.response_action)})`, 502);
}

export async function submit(
  state: State,
  dispatcher: Dispatcher,
  request: SubmitRequest,
): Promise<SubmitResult> {
  const view = needView(state, request.user, request.viewId);
  if (state.stacks.get(view.owner)?.at(-1) !== view.id)
    throw new ControlError(`view ${view.id} is under another one`);
  const given = request.values ?? {};
  if (!isObject(given)) throw new ControlError('values must be an object');
  const every = interactive(view.blocks);
  const ask = asker(state, dispatcher, request.user, { kind: 'view', view });
  const values = structuredClone(view.state.values);
  for (const [{ blockId, element }, value] of assign(every, given)) {
    values[blockId] ??= {};
    values[blockId][String(element.action_id)] = await entered(state, element, value, ask);
  }
  view.state = { values };
  const errors: Record<string, string> = {};
  for (const { block, blockId, element } of every) {
    if (block.type !== 'input') continue;
    const wrong = clientError(block, element, values[blockId]?.[String(element.action_id)]);
    if (wrong) errors[blockId] = wrong;
  }
  if (Object.keys(errors).length > 0) return { errors };
  const payload = viewSubmission(state, request.user, view, responseUrls(state, view, values));
  const sent = await dispatcher.interaction('view_submission', view.callback_id, payload);
  if (sent.error) throw new ControlError(`${TROUBLE} (${sent.error})`, 502);
  // The bot may have updated or closed it by API meanwhile.
  const now = state.views.get(view.id);
  return now ? answered(state, dispatcher, now, sent) : { closed: true };
}

/** The user closes a modal: it and what stands on it, or all with clear_on_close. */
export function closeByUser(state: State, dispatcher: Dispatcher, user: string, viewId: string): void {
  const view = needView(state, user, viewId);
  const stack = state.stacks.get(user) ?? [];
  const ids = view.clear_on_close === true ? stack : stack.slice(stack.indexOf(view.id));
  const closed = ids.toReversed().map((id) => needView(state, user, id));
  for (const each of closed) closeView(state, each);
  tell(state, dispatcher, closed, view.clear_on_close === true);
}

export const openViews = (state: State, user: string) =>
  (state.stacks.get(user) ?? [])
    .map((id) => state.views.get(id))
    .filter((each) => each !== undefined)
    .map(publicView);
