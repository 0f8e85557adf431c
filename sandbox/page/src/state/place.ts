import { useCallback, useState } from 'react';
import type { Person, World } from '../api/world.ts';
import { directChannel } from '../rail/Rail.tsx';

const asked = (name: string): string | null =>
  new URLSearchParams(location.search).get(name) ?? sessionStorage.getItem(name);

const PHONE = '(max-width: 800px)';
const startsWide = () => matchMedia('(min-width: 1100px)').matches;

/**
 * Who looks at what. Kept per tab (and taken from ?user=, ?channel=, ?thread=, ?world=), so that two tabs can be two
 * people.
 */
export function usePlace(world: World) {
  const [user, putUser] = useState(() => asked('user') ?? 'U0ASHA');
  const [channel, putChannel] = useState(() => asked('channel') ?? 'C0WARROOM');
  const [thread, setThread] = useState<string | null>(() =>
    new URLSearchParams(location.search).get('thread'),
  );
  const [isWorldOpen, setWorldOpen] = useState(() => {
    const wanted = new URLSearchParams(location.search).get('world');
    return wanted === null ? startsWide() : wanted !== '0';
  });
  const setChannel = useCallback((id: string) => {
    sessionStorage.setItem('channel', id);
    putChannel((before) => {
      if (before !== id) setThread(null);
      return id;
    });
  }, []);
  const setUser = useCallback(
    (id: string) => {
      if (id === '') return;
      sessionStorage.setItem('user', id);
      // A direct channel belongs to one person.
      if (channel === directChannel(user)) setChannel(directChannel(id));
      putUser(id);
    },
    [channel, user, setChannel],
  );
  const people: readonly Person[] = world.people;
  const isPhone = matchMedia(PHONE).matches;
  return {
    user,
    channel,
    thread,
    isWorldOpen,
    isPhone,
    people,
    setUser,
    setChannel,
    setThread,
    setWorldOpen,
  };
}
