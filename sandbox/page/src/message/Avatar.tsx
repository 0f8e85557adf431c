import type { CSSProperties } from 'react';

const COLOURS: Readonly<Record<string, string>> = {
  Asha: '#c2418e',
  Bharat: '#2b7fd4',
  Chitra: '#1f8f6a',
  Dev: '#8a6d3b',
};

/** The bot is a tiffin carrier; a person is a coloured initial. */
export function Avatar({ name, isBot = false, size = 36 }: { name: string; isBot?: boolean; size?: number }) {
  const sized = { '--size': `${size}px` } as CSSProperties;
  if (isBot) {
    return (
      <svg className="avatar" style={sized} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" fill="#e8912d" />
        <path d="M11 9a5 5 0 0 1 10 0" fill="none" stroke="#fff" strokeWidth="2" />
        <rect x="8" y="9" width="16" height="5" rx="1.500" fill="#fff" />
        <rect x="8" y="15.500" width="16" height="5" rx="1.500" fill="#ffe6c4" />
        <rect x="8" y="22" width="16" height="5" rx="1.500" fill="#fff" />
      </svg>
    );
  }
  const style = { ...sized, background: COLOURS[name] ?? '#6b7280' };
  return (
    <span className="avatar" style={style} aria-hidden="true">
      {name.charAt(0).toUpperCase() || '?'}
    </span>
  );
}
