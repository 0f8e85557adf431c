/** Open modals of a user. */

import type { State } from './state.ts';
import type { View } from './types.ts';

export type OwnedView = View & { owner: string };

export const publicView = (view: OwnedView | View): View => {
  const { owner: _, ...rest } = view as OwnedView;
  return rest as View;
};

/** Shows a modal; `isFirst` ends those that are open. */
export function openView(state: State, user: string, view: View, isFirst: boolean): void {
  if (isFirst) closeAll(state, user);
  state.views.set(view.id, { ...view, owner: user });
  state.stacks.set(user, [...(state.stacks.get(user) ?? []), view.id]);
  state.show('view', { user, view });
}

export function replaceView(state: State, before: OwnedView, view: View): void {
  state.views.set(before.id, { ...view, owner: before.owner });
  state.show('view', { user: before.owner, view });
}

/** Ends one modal. */
export function closeView(state: State, view: OwnedView): void {
  state.views.delete(view.id);
  const rest = (state.stacks.get(view.owner) ?? []).filter((each) => each !== view.id);
  if (rest.length > 0) state.stacks.set(view.owner, rest);
  else state.stacks.delete(view.owner);
  state.show('viewClosed', { user: view.owner, viewId: view.id });
}

/** Ends all modals of a user; returns them, top first. */
export function closeAll(state: State, user: string): OwnedView[] {
  const closed = (state.stacks.get(user) ?? [])
    .toReversed()
    .map((id) => state.views.get(id))
    .filter((each) => each !== undefined);
  for (const view of closed) closeView(state, view);
  return closed;
}
