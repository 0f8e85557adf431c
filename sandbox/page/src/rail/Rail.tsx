import { useEffect } from 'react';
import type { World } from '../api/world.ts';
import { Icon } from '../Icon.tsx';
import { Avatar } from '../message/Avatar.tsx';
import type { Theme } from '../state/theme.ts';
import { YouAre } from './YouAre.tsx';

interface Props {
  readonly world: World;
  readonly user: string;
  readonly channel: string;
  readonly unread: Readonly<Record<string, number>>;
  readonly theme: Theme;
  readonly isOpen: boolean;
  readonly onUser: (id: string) => void;
  readonly onChannel: (id: string) => void;
  readonly onTheme: () => void;
  readonly onClose: () => void;
}

/** The direct channel of a person with the bot, as the local Slack names it. */
export const directChannel = (user: string): string => user.replace(/^U/, 'D');

export function Rail(props: Props) {
  const { world, user, channel, unread, theme, isOpen, onUser, onChannel, onTheme, onClose } = props;
  const direct = directChannel(user);
  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [isOpen, onClose]);
  const item = (id: string, label: React.ReactNode) => (
    <li key={id}>
      <button
        type="button"
        className={id === channel ? 'rail-item current' : 'rail-item'}
        aria-current={id === channel ? 'page' : undefined}
        onClick={() => {
          onChannel(id);
          onClose();
        }}
      >
        {label}
        {(unread[id] ?? 0) > 0 && <span className="badge">{unread[id]}</span>}
      </button>
    </li>
  );
  return (
    <>
      {isOpen && <button type="button" className="scrim" aria-label="Close menu" onClick={onClose} />}
      <nav className={isOpen ? 'rail open' : 'rail'} aria-label="Workspace">
        <header className="rail-head">
          <strong>{world.team}</strong>
          <button
            type="button"
            className="icon-button"
            aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
            title={theme === 'dark' ? 'Light theme' : 'Dark theme'}
            onClick={onTheme}
          >
            <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
          </button>
        </header>
        <YouAre people={world.people} user={user} onUser={onUser} />
        <h2>Channels</h2>
        <ul>
          {world.channels.map((one) =>
            item(
              one.id,
              <>
                <i>#</i> <span>{one.name}</span>
                {!one.hasBot && <small title="The bot is not in this channel">no bot</small>}
              </>,
            ),
          )}
        </ul>
        <h2>Apps</h2>
        <ul>
          {item(
            direct,
            <>
              <Avatar name={world.bot.name} isBot size={20} /> <span>{world.bot.name}</span>
            </>,
          )}
        </ul>
        <p className="rail-foot">A local Slack for trying the bot. Nothing here leaves this machine.</p>
      </nav>
    </>
  );
}
