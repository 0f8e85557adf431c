import { renderToStaticMarkup } from 'react-dom/server';
import type { Block, Message, View } from './api/types.ts';
import { readWorld } from './api/world.ts';
import { NamesContext } from './blocks/names.ts';
import { MessageRow } from './message/MessageRow.tsx';
import { ViewModal } from './modal/ViewModal.tsx';
import { WorldContext } from './state/context.ts';
import { namesOf } from './state/namesOf.ts';

const nothing = async () => {};

function inWorld(user: string, children: React.ReactNode): string {
  const world = readWorld(null);
  return renderToStaticMarkup(
    <WorldContext.Provider value={{ world, theme: 'light', user }}>
      <NamesContext.Provider value={namesOf(world, user)}>{children}</NamesContext.Provider>
    </WorldContext.Provider>,
  );
}

/** A message as HTML without a browser: what tests look at. */
export const messageHtml = (message: Message, user = 'U0ASHA'): string =>
  inWorld(
    user,
    <MessageRow
      message={message}
      channel="C0WARROOM"
      isContinued={false}
      isInThread={false}
      onThread={() => {}}
      onDismiss={() => {}}
      onActed={nothing}
    />,
  );

export const blockHtml = (block: Block, user?: string): string =>
  messageHtml({ ts: '1700000000.000100', user: 'U0BOT', bot_id: 'B0BOT', blocks: [block] }, user);

export const modalHtml = (view: View, user = 'U0ASHA'): string =>
  inWorld(user, <ViewModal view={view} user={user} onChanged={nothing} />);
