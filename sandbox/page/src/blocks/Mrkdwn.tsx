import { type ReactNode, useEffect, useState } from 'react';
import { formatSlackDate } from './dates.ts';
import { type Inline, parseMrkdwn, parsePlain } from './mrkdwn.ts';
import { useNames } from './names.ts';
import type { PreparedText } from './prepare.ts';

type Emoji = (name: string) => ReactNode;

/** Counts on every second while it shows a relative time. */
function SlackDate({ part }: { part: Extract<Inline, { type: 'date' }> }) {
  const [now, setNow] = useState(() => new Date());
  const isRelative = part.format.includes('{ago}');
  useEffect(() => {
    if (!isRelative) return;
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, [isRelative]);
  const shown = formatSlackDate(part.seconds, part.format, now);
  const time = (
    <time dateTime={new Date(part.seconds * 1000).toISOString()} title={part.fallback || shown}>
      {shown}
    </time>
  );
  return part.link ? (
    <a href={part.link} target="_blank" rel="noreferrer">
      {time}
    </a>
  ) : (
    time
  );
}

function Mention({ part }: { part: Extract<Inline, { type: 'user' | 'channel' | 'group' | 'broadcast' }> }) {
  const names = useNames();
  if (part.type === 'broadcast') return <span className="mention mention-me">@{part.name}</span>;
  if (part.type === 'channel') return <span className="mention">#{names.channel(part.id) ?? part.id}</span>;
  if (part.type === 'group') {
    const group = names.group(part.id);
    return (
      <span className={group?.isMine ? 'mention mention-me' : 'mention'}>
        @{(group?.handle ?? part.label ?? part.id).replace(/^@/, '')}
      </span>
    );
  }
  return (
    <span className={part.id === names.me ? 'mention mention-me' : 'mention'}>
      @{names.user(part.id) ?? part.label ?? part.id}
    </span>
  );
}

const STYLE_TAGS = { bold: 'strong', italic: 'em', strike: 's' } as const;

function Part({ part, emoji }: { part: Inline; emoji: Emoji }): ReactNode {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'code':
      return <code className="code">{part.text}</code>;
    case 'emoji':
      return emoji(part.name);
    case 'date':
      return <SlackDate part={part} />;
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noreferrer">
          {part.label ?? part.href}
        </a>
      );
    case 'style': {
      const Tag = STYLE_TAGS[part.style];
      return (
        <Tag>
          <Parts parts={part.children} emoji={emoji} />
        </Tag>
      );
    }
    default:
      return <Mention part={part} />;
  }
}

function Parts({ parts, emoji }: { parts: readonly Inline[]; emoji: Emoji }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the place is the identity, text has no other
  return parts.map((part, at) => <Part key={`${at}${part.type}`} part={part} emoji={emoji} />);
}

/** Spans alone, because the library sets text inside a paragraph. */
export function Mrkdwn({ source, emoji }: { source: PreparedText; emoji: Emoji }) {
  const { text, isPlain, isVerbatim } = source;
  if (isPlain) return <Parts parts={parsePlain(text)} emoji={emoji} />;
  return parseMrkdwn(text, isVerbatim).map((paragraph, at) => {
    const key = `${at}${paragraph.type}`;
    if (paragraph.type === 'pre')
      return (
        <code key={key} className="pre">
          {paragraph.text}
        </code>
      );
    return (
      <span key={key} className={paragraph.type === 'quote' ? 'quote' : 'line'}>
        <Parts parts={paragraph.children} emoji={emoji} />
      </span>
    );
  });
}
