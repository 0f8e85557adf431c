import { useCallback, useEffect, useRef, useState } from 'react';
import { followEvents, type ServerEvent } from '../api/events.ts';
import type { Listen } from './messages.ts';

/** One event stream for the whole page; parts listen to it. `isUp` is false while the browser reconnects. */
export function useEvents(): { listen: Listen; isUp: boolean } {
  const listeners = useRef(new Set<(event: ServerEvent) => void>());
  const [isUp, setUp] = useState(true);
  useEffect(
    () =>
      followEvents(
        (event) => {
          for (const listener of listeners.current) listener(event);
        },
        (up) => {
          setUp(up);
          // Whatever happened while the stream was away is read again.
          const hello: ServerEvent = { kind: 'hello', channel: null, user: null, thread: null };
          if (up) for (const listener of listeners.current) listener(hello);
        },
      ),
    [],
  );
  const listen = useCallback<Listen>((listener) => {
    listeners.current.add(listener);
    return () => listeners.current.delete(listener);
  }, []);
  return { listen, isUp };
}
