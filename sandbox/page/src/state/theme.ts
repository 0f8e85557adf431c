import { useCallback, useEffect, useState } from 'react';

export type Theme = 'light' | 'dark';

const dark = () => matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | null {
  const asked = new URLSearchParams(location.search).get('theme') ?? localStorage.getItem('theme');
  return asked === 'dark' || asked === 'light' ? asked : null;
}

/** The system's theme until the person chooses one. */
export function useTheme(): { theme: Theme; toggle: () => void } {
  const [theme, setTheme] = useState<Theme>(() => chosen() ?? (dark().matches ? 'dark' : 'light'));
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const system = dark();
    const follow = () => {
      if (!chosen()) setTheme(system.matches ? 'dark' : 'light');
    };
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  const toggle = useCallback(
    () =>
      setTheme((before) => {
        const next = before === 'dark' ? 'light' : 'dark';
        localStorage.setItem('theme', next);
        return next;
      }),
    [],
  );
  return { theme, toggle };
}
