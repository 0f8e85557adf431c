import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type MessageProps, Message as SlackMessage } from 'slack-blocks-to-jsx';
import type { Block } from '../api/types.ts';
import { useWorldContext } from '../state/context.ts';
import { Mrkdwn } from './Mrkdwn.tsx';
import { type PreparedText, prepare, textOfToken } from './prepare.ts';

const Texts = createContext<readonly PreparedText[]>([]);

/** The library keeps the hooks of its first render for good, so what changes comes through the context. */
function Token({ name, emoji }: { name: string; emoji: (name: string) => ReactNode }) {
  const source = textOfToken(name, useContext(Texts));
  return source ? <Mrkdwn source={source} emoji={emoji} /> : null;
}

const HOOKS: NonNullable<MessageProps['hooks']> = {
  emoji: (found, parse) =>
    found.name.startsWith('dwtext') ? (
      <Token name={found.name} emoji={(name) => parse({ ...found, name })} />
    ) : (
      parse(found)
    ),
};

/** One block drawn by slack-blocks-to-jsx; its texts come back through the emoji hook and are drawn by Mrkdwn. */
export function Library({ block }: { block: Block }) {
  const { theme, world } = useWorldContext();
  const prepared = useMemo(() => prepare(block), [block]);
  const data = useMemo(
    () => ({
      users: world.people.map(({ id, name }) => ({ id, name, avatar: '' })),
      channels: world.channels.map(({ id, name }) => ({ id, name })),
      user_groups: world.groups.map(({ id, handle }) => ({ id, name: handle, handle })),
    }),
    [world.people, world.channels, world.groups],
  );
  return (
    <Texts.Provider value={prepared.texts}>
      <SlackMessage
        withoutWrapper
        blocks={[prepared.block] as unknown as MessageProps['blocks']}
        data={data as NonNullable<MessageProps['data']>}
        hooks={HOOKS}
        theme={theme}
        name="dabbawala"
        logo="#"
      />
    </Texts.Provider>
  );
}
