import { useEffect, useState } from 'react';
import type { Listen } from './messages.ts';

const SHOWN_MS = 4000;

/** True from the moment the bot was asked until something came of it. */
export function useTyping(listen: Listen, channel: string): boolean {
  const [isTyping, setTyping] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    setTyping(false);
    const stop = listen((event) => {
      if (event.channel !== channel) return;
      if (timer) clearTimeout(timer);
      setTyping(event.kind === 'typing');
      if (event.kind === 'typing') timer = setTimeout(() => setTyping(false), SHOWN_MS);
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, [listen, channel]);
  return isTyping;
}
