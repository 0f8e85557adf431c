import { useCallback, useEffect, useRef, useState } from 'react';

/** Keeps the old object when nothing changed, so that React draws only what did. */
export function keepSame<T>(before: T, after: T): T {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/**
 * Reads again every intervalMs while the tab is seen, and at once by refresh(). A failed read keeps the last value and
 * sets `isStale`.
 */
export function usePolled<T>(read: () => Promise<T>, intervalMs: number) {
  const [value, setValue] = useState<T | null>(null);
  const [isStale, setStale] = useState(false);
  const running = useRef(false);
  const refresh = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    try {
      const next = await read();
      setValue((before) => keepSame<T | null>(before, next));
      setStale(false);
    } catch {
      setStale(true);
    } finally {
      running.current = false;
    }
  }, [read]);
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, intervalMs);
    return () => clearInterval(timer);
  }, [refresh, intervalMs]);
  return { value, isStale, refresh };
}
