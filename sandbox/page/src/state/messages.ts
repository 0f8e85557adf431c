import { useCallback, useEffect, useRef, useState } from 'react';
import { control } from '../api/client.ts';
import type { ServerEvent } from '../api/events.ts';
import type { Message } from '../api/types.ts';

export type Listen = (listener: (event: ServerEvent) => void) => () => void;

/** Old objects stay where nothing changed: a card that is not edited is not drawn again. */
function merge(before: readonly Message[] | null, after: readonly Message[]): readonly Message[] {
  const known = new Map((before ?? []).map((message) => [message.ts, message]));
  const next = after.map((message) => {
    const old = known.get(message.ts);
    return old && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
  const isSame = before?.length === next.length && next.every((message, at) => message === before[at]);
  return isSame && before ? before : next;
}

const byTime = (a: Message, b: Message) => Number(a.ts) - Number(b.ts);

/** The messages of a channel, or of one thread, as `user` sees them; null until the first answer. */
export function useMessages(channel: string, user: string, thread: string | null, listen: Listen) {
  const [state, setState] = useState<{ key: string; messages: readonly Message[] } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const key = `${channel}|${user}|${thread ?? ''}`;
  const latest = useRef(key);
  latest.current = key;

  const refresh = useCallback(async () => {
    try {
      const found = await control.messages({ channel, user, ...(thread ? { thread } : {}) });
      if (latest.current !== key) return;
      setError(null);
      setState((before) => ({
        key,
        messages: merge(before?.key === key ? before.messages : null, [...found].sort(byTime)),
      }));
    } catch (failure) {
      if (latest.current === key) setError(failure instanceof Error ? failure.message : String(failure));
    }
  }, [channel, user, thread, key]);

  useEffect(() => {
    void refresh();
    let pending: ReturnType<typeof setTimeout> | null = null;
    const stop = listen((event) => {
      if (['view', 'viewClosed', 'typing', 'fault'].includes(event.kind)) return;
      if (event.channel && event.channel !== channel) return;
      pending ??= setTimeout(() => {
        pending = null;
        void refresh();
      }, 60);
    });
    return () => {
      stop();
      if (pending) clearTimeout(pending);
    };
  }, [refresh, listen, channel]);

  return { messages: state?.key === key ? state.messages : null, error, refresh };
}
