/** Clicks and selects in messages and modals, and the options of external selects. */

import { suggestionIssues } from './block-limits.ts';
import { worded } from './block-text.ts';
import {
  type Found,
  initialState,
  interactive,
  isExternal,
  optionsOf,
  stateField,
  stateOf,
} from './blocks.ts';
import { isObject } from './check.ts';
import { failure } from './commands.ts';
import { notice } from './compose.ts';
import type { Dispatcher } from './dispatch.ts';
import { type Ask, entered } from './entered.ts';
import { blockActions, blockSuggestion, type Place } from './payloads.ts';
import type { State } from './state.ts';
import { type ClickRequest, ControlError, type DeliveryResult, type Json, type View } from './types.ts';

interface Aim {
  readonly user: string;
  readonly channel?: string | undefined;
  readonly ts?: string | undefined;
  readonly viewId?: string | undefined;
  readonly revision?: number | undefined;
}

export function needView(state: State, user: string, viewId: unknown) {
  state.needUser(user);
  const view = state.views.get(String(viewId));
  if (view && view.owner === user) return view;
  const open = (state.stacks.get(user) ?? []).join(', ') || 'none';
  throw new ControlError(`no open view ${JSON.stringify(viewId)} for ${user}; open: ${open}`);
}

function place(state: State, aim: Aim): Place {
  state.needUser(aim.user);
  if (aim.viewId !== undefined) {
    const home = state.homes.get(aim.user);
    if (home && home.id === aim.viewId) return { kind: 'view', view: home };
    return { kind: 'view', view: needView(state, aim.user, aim.viewId) };
  }
  const channel = state.needChannel(aim.channel);
  const kept = state.find(channel.id, aim.ts);
  if (!kept || (kept.visibleTo !== null && kept.visibleTo !== aim.user))
    throw new ControlError(`${aim.user} sees no message ${JSON.stringify(aim.ts)} in ${channel.id}`);
  const versions = [...kept.earlier, kept.message];
  const back = aim.revision === undefined ? 0 : kept.revision - aim.revision;
  const message = versions.at(-1 - back);
  if (back < 0 || !message)
    throw new ControlError(
      `message ${kept.message.ts} has no revision ${aim.revision}; it is at ${kept.revision}`,
    );
  return { kind: 'message', kept, message, channel };
}

const blocksOf = (at: Place): readonly Json[] =>
  at.kind === 'view' ? at.view.blocks : (at.message.blocks ?? []);

function needElement(
  at: Place,
  wanted: { actionId: string; blockId?: string | undefined; value?: unknown },
): Found {
  const every = interactive(blocksOf(at));
  const named = every.filter(
    ({ element, blockId }) =>
      element.action_id === wanted.actionId && (wanted.blockId === undefined || blockId === wanted.blockId),
  );
  const found =
    named.find(({ element }) => element.type === 'button' && element.value === wanted.value) ??
    named.find(({ element }) => element.type !== 'button' || wanted.value === undefined);
  if (found) return found;
  const known = every
    .map(({ element }) =>
      element.value === undefined ? element.action_id : `${element.action_id}=${element.value}`,
    )
    .join(', ');
  throw new ControlError(
    `no element ${wanted.actionId}${wanted.value === undefined ? '' : ` with value ${JSON.stringify(wanted.value)}`}; there are: ${known || 'none'}`,
  );
}

const DEFAULT_MIN_QUERY = 3;

async function offer(
  state: State,
  dispatcher: Dispatcher,
  user: string,
  at: Place,
  found: Found,
  query: string,
): Promise<Json[]> {
  const actionId = String(found.element.action_id);
  if (!isExternal(found.element)) return optionsOf(found.element);
  const payload = blockSuggestion(state, user, at, { blockId: found.blockId, actionId, query });
  const sent = await dispatcher.interaction('block_suggestion', actionId, payload);
  if (sent.error) throw new ControlError(`the bot gave no options: ${sent.error}`, 502);
  let body: unknown;
  try {
    body = JSON.parse(sent.body);
  } catch {
    throw new ControlError('the bot gave options that are not JSON', 502);
  }
  const issues = suggestionIssues(body);
  if (issues.length > 0 || !isObject(body))
    throw new ControlError(`the bot gave wrong options: ${worded(issues).join('; ')}`, 502);
  return optionsOf(body);
}

/** Asks for options the way a person who types `query` and picks one does. */
export const asker =
  (state: State, dispatcher: Dispatcher, user: string, at: Place): Ask =>
  async (element, query) => {
    const found = needElement(at, { actionId: String(element.action_id) });
    const byQuery = await offer(state, dispatcher, user, at, found, query);
    return byQuery.length > 0 ? byQuery : offer(state, dispatcher, user, at, found, '');
  };

export async function suggest(
  state: State,
  dispatcher: Dispatcher,
  request: Aim & { readonly actionId: string; readonly query: string },
): Promise<readonly Json[]> {
  const at = place(state, request);
  const found = needElement(at, { actionId: request.actionId });
  const min = Number(found.element.min_query_length ?? DEFAULT_MIN_QUERY);
  if (isExternal(found.element) && request.query.length < min) return [];
  return offer(state, dispatcher, request.user, at, found, request.query);
}

/** The action object for an element that holds no state. */
const pressed = ({ element, blockId }: Found): Json => ({
  type: element.type,
  action_id: element.action_id,
  block_id: blockId,
  ...(element.text === undefined ? {} : { text: element.text }),
  ...(element.value === undefined ? {} : { value: element.value }),
  ...(element.style === undefined ? {} : { style: element.style }),
});

function setViewState(state: State, view: View, found: Found, value: Json): void {
  const values = structuredClone(view.state.values);
  values[found.blockId] = { ...values[found.blockId], [String(found.element.action_id)]: value };
  view.state = { values };
  state.show('viewState', { viewId: view.id, values });
}

export async function click(
  state: State,
  dispatcher: Dispatcher,
  request: ClickRequest,
): Promise<DeliveryResult> {
  if (typeof request.actionId !== 'string') throw new ControlError('actionId is missing');
  const at = place(state, request);
  const found = needElement(at, request);
  const { element, blockId } = found;
  const actionId = String(element.action_id);
  let action = pressed(found);
  let messageState: ReturnType<typeof stateOf> = {};
  const key = at.kind === 'message' ? `${at.channel.id} ${at.message.ts} ${request.user}` : '';
  if (at.kind === 'message') messageState = stateOf(at.message.blocks ?? [], state.messageState.get(key));
  const ask = asker(state, dispatcher, request.user, at);
  if (element.type === 'overflow') {
    const { selected_option } = await entered(
      state,
      { ...element, type: 'static_select' },
      request.value,
      ask,
    );
    if (!selected_option) throw new ControlError(`value is missing: which option of ${actionId}`);
    action = { ...action, selected_option };
  } else if (stateField(element) !== null) {
    if (request.value === undefined)
      throw new ControlError(`value is missing: what is chosen in ${actionId}`);
    const value = await entered(state, element, request.value, ask);
    action = { ...action, ...value };
    if (at.kind === 'view') setViewState(state, at.view, found, value);
    else {
      messageState[blockId] = { ...messageState[blockId], [actionId]: value ?? initialState(element) ?? {} };
      state.messageState.set(key, messageState);
    }
    if (found.block.type === 'input' && found.block.dispatch_action !== true)
      return { ok: true, delivered: false, ms: 0 };
  }
  const payload = blockActions(state, request.user, at, action, messageState);
  if (at.kind === 'message') state.show('typing', { channel: at.channel.id, user: state.world.bot.userId });
  const sent = await dispatcher.interaction('block_actions', actionId, payload);
  if (!sent.error) return { ok: true, delivered: true, ms: sent.ms };
  const label = isObject(element.text) ? String(element.text.text) : actionId;
  const told = failure(`“${label}”`, sent.error);
  if (at.kind === 'message') {
    const thread = at.message.thread_ts === at.message.ts ? undefined : at.message.thread_ts;
    notice(state, at.channel.id, request.user, told, thread);
  }
  return { ok: true, delivered: false, error: sent.error, ms: sent.ms, notice: told };
}
