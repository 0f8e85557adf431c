import { checkedView, SlackError, storedView } from '../compose.ts';
import { openView, replaceView } from '../stack.ts';
import type { State, Trigger } from '../state.ts';
import type { Json, View } from '../types.ts';
import type { Methods } from './kinds.ts';

/** Single use, short-lived. */
function useTrigger(state: State, id: unknown): Trigger {
  const trigger = state.triggers.get(String(id));
  if (!trigger) throw new SlackError('invalid_trigger_id');
  if (trigger.isUsed) throw new SlackError('exchanged_trigger_id');
  if (state.now() > trigger.expiresAt) throw new SlackError('expired_trigger_id');
  return trigger;
}

function needModal(view: Json): void {
  if (view.type !== 'modal') throw new SlackError('invalid_arguments', ['[ERROR] view must be a modal']);
}

/** An external_id names one view alone. */
function needFreeName(state: State, view: Json, id?: string): void {
  const name = view.external_id;
  if (!name) return;
  for (const each of state.views.values())
    if (each.external_id === name && each.id !== id) throw new SlackError('duplicate_external_id');
}

const shown = (view: View): Json => {
  const { owner: _, ...rest } = view as View & { owner?: string };
  return { view: rest };
};

export const views: Methods = {
  'views.open': (state, args) => {
    const trigger = useTrigger(state, args.trigger_id ?? args.interactivity_pointer);
    const checked = checkedView(args.view);
    needModal(checked);
    needFreeName(state, checked);
    trigger.isUsed = true;
    const view = storedView(state, checked);
    openView(state, trigger.user, view, true);
    return shown(view);
  },
  'views.push': (state, args) => {
    const trigger = useTrigger(state, args.trigger_id ?? args.interactivity_pointer);
    const stack = state.stacks.get(trigger.user) ?? [];
    const below = state.views.get(stack.at(-1) ?? '');
    if (trigger.viewId === null || !below) throw new SlackError('invalid_trigger_id');
    if (stack.length >= 3) throw new SlackError('push_limit_reached');
    const checked = checkedView(args.view);
    needModal(checked);
    needFreeName(state, checked);
    trigger.isUsed = true;
    const view = storedView(state, checked, undefined, { root: below.root_view_id, previous: below.id });
    openView(state, trigger.user, view, false);
    return shown(view);
  },
  'views.update': (state, args) => {
    const before =
      state.views.get(String(args.view_id)) ??
      [...state.views.values()].find((each) => args.external_id && each.external_id === args.external_id);
    if (!before) throw new SlackError('not_found');
    if (args.hash !== undefined && args.hash !== null && args.hash !== before.hash)
      throw new SlackError('hash_conflict');
    const checked = checkedView(args.view);
    needModal(checked);
    needFreeName(state, checked, before.id);
    const view = storedView(state, checked, before);
    replaceView(state, before, view);
    return shown(view);
  },
  'views.publish': (state, args) => {
    const user = state.user(String(args.user_id));
    if (!user) throw new SlackError('user_not_found');
    const before = state.homes.get(user.id);
    if (args.hash !== undefined && args.hash !== null && before && args.hash !== before.hash)
      throw new SlackError('hash_conflict');
    const checked = checkedView(args.view);
    if (checked.type !== 'home') throw new SlackError('invalid_arguments', ['[ERROR] view must be a home']);
    const view = storedView(state, checked, before);
    state.homes.set(user.id, view);
    state.show('view', { user: user.id, view, home: true });
    return { view };
  },
};
