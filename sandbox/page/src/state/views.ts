import { useCallback, useEffect, useState } from 'react';
import { control } from '../api/client.ts';
import type { View } from '../api/types.ts';
import type { Listen } from './messages.ts';
import { keepSame } from './polling.ts';

/** The stack of open views of one person; the last is on top. */
export function useViews(user: string, listen: Listen) {
  const [views, setViews] = useState<readonly View[]>([]);
  const refresh = useCallback(async () => {
    try {
      const found = await control.views(user);
      setViews((before) => keepSame(before, found));
    } catch {
      // The messages' own read says that the sandbox is away.
    }
  }, [user]);
  useEffect(() => {
    setViews([]);
    void refresh();
    return listen((event) => {
      if (['view', 'viewClosed', 'hello', 'reset'].includes(event.kind)) void refresh();
    });
  }, [refresh, listen]);
  return { top: views.at(-1) ?? null, depth: views.length, refresh };
}
