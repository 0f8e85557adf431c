import { useEffect, useRef, useState } from 'react';
import type { Listen } from './messages.ts';

/** New messages per channel that is not looked at. */
export function useUnread(listen: Listen, current: string): Readonly<Record<string, number>> {
  const [counts, setCounts] = useState<Readonly<Record<string, number>>>({});
  const now = useRef(current);
  useEffect(() => {
    now.current = current;
    setCounts((all) => ({ ...all, [current]: 0 }));
  }, [current]);
  useEffect(
    () =>
      listen(({ kind, channel }) => {
        if (kind === 'reset') setCounts({});
        if (kind !== 'message' || !channel || channel === now.current) return;
        setCounts((all) => ({ ...all, [channel]: (all[channel] ?? 0) + 1 }));
      }),
    [listen],
  );
  return counts;
}
