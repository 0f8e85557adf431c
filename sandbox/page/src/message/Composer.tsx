import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { control } from '../api/client.ts';
import { Icon } from '../Icon.tsx';
import { useWorldContext } from '../state/context.ts';
import { useToast } from '../state/toasts.tsx';
import { applySuggestion, type Suggestion, suggestionsFor, usageFor } from './suggestions.ts';

export interface Draft {
  readonly text: string;
  /** Rises for every text that is put in from outside. */
  readonly serial: number;
}

interface Props {
  readonly channel: string;
  readonly channelName: string;
  readonly thread?: string;
  readonly draft?: Draft;
  readonly onSent: () => Promise<void>;
}

const HISTORY = 'composer-history';
const readHistory = (): string[] => {
  try {
    return JSON.parse(sessionStorage.getItem(HISTORY) ?? '[]') as string[];
  } catch {
    return [];
  }
};

function Suggestions(props: {
  id: string;
  all: readonly Suggestion[];
  active: number;
  onPick: (suggestion: Suggestion) => void;
}) {
  return (
    <div className="suggestions" id={props.id} role="listbox" aria-label="Suggestions">
      {props.all.map((one, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, as aria-activedescendant says
        <div
          key={one.title}
          id={`${props.id}-${at}`}
          role="option"
          aria-selected={at === props.active}
          className="suggestion"
          onPointerDown={(event) => {
            event.preventDefault();
            props.onPick(one);
          }}
        >
          <span>
            <strong>{one.title}</strong> <code>{one.note}</code>
          </span>
          <small>{one.detail}</small>
        </div>
      ))}
    </div>
  );
}

export function Composer({ channel, channelName, thread, draft, onSent }: Props) {
  const { world, user } = useWorldContext();
  const say = useToast();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [isClosed, setClosed] = useState(false);
  const [isSending, setSending] = useState(false);
  const back = useRef(0);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const suggestions = isClosed ? [] : suggestionsFor(text, world);
  const usage = usageFor(text, world);

  const put = (next: string) => {
    setText(next);
    setActive(0);
    setClosed(false);
  };
  useEffect(() => {
    if (!draft || draft.serial === 0) return;
    setText(draft.text);
    area.current?.focus();
  }, [draft]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(160, element.scrollHeight)}px`;
  }, [text]);

  const send = async () => {
    const typed = text.trim();
    if (typed === '' || isSending) return;
    back.current = 0;
    const history = [typed, ...readHistory().filter((one) => one !== typed)].slice(0, 50);
    sessionStorage.setItem(HISTORY, JSON.stringify(history));
    setSending(true);
    put('');
    try {
      await control.command({ user, channel, text: typed, ...(thread ? { thread } : {}) });
      await onSent();
    } catch (failure) {
      setText((now) => now || typed);
      const reason = failure instanceof Error ? failure.message : String(failure);
      say(typed.startsWith('/') ? `${typed.split(' ')[0]} failed: ${reason}` : `Not sent: ${reason}`);
    } finally {
      setSending(false);
      area.current?.focus();
    }
  };

  const recall = (step: 1 | -1): boolean => {
    const history = readHistory();
    const next = back.current + step;
    if (next < 0 || next > history.length) return false;
    back.current = next;
    setText(next === 0 ? '' : (history[next - 1] ?? ''));
    setClosed(true);
    return true;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const isList = suggestions.length > 0;
    const isUp = event.key === 'ArrowUp';
    if (isList && (isUp || event.key === 'ArrowDown')) {
      event.preventDefault();
      setActive((active + (isUp ? -1 : 1) + suggestions.length) % suggestions.length);
      return;
    }
    const chosen = suggestions[active];
    // A command that is typed out whole is sent, not completed again.
    const isWhole = chosen?.title === text;
    if (chosen && (event.key === 'Tab' || (event.key === 'Enter' && !isWhole))) {
      event.preventDefault();
      put(applySuggestion(text, chosen));
      return;
    }
    if (event.key === 'Escape' && isList) setClosed(true);
    else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    } else if (
      (isUp && (text === '' || back.current > 0)) ||
      (event.key === 'ArrowDown' && back.current > 0)
    ) {
      if (recall(isUp ? 1 : -1)) event.preventDefault();
    }
  };

  const place = thread ? 'Reply…' : `Message ${channelName}`;
  return (
    <div className="composer">
      {suggestions.length > 0 && (
        <Suggestions
          id={`${id}-list`}
          all={suggestions}
          active={active}
          onPick={(one) => put(applySuggestion(text, one))}
        />
      )}
      {usage && suggestions.length === 0 && <p className="usage">{usage}</p>}
      <div className="composer-box">
        <textarea
          ref={area}
          rows={1}
          value={text}
          placeholder={place}
          aria-label={`${place}. Type / for commands.`}
          role="combobox"
          aria-expanded={suggestions.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={suggestions.length > 0 ? `${id}-list-${active}` : undefined}
          onChange={(event) => put(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          className="icon-button slash"
          aria-label="Commands"
          title="Commands"
          onClick={() => {
            put('/');
            area.current?.focus();
          }}
        >
          /
        </button>
        <button
          type="button"
          className="send"
          aria-label="Send"
          disabled={text.trim() === '' || isSending}
          onClick={() => void send()}
        >
          <Icon name="send" />
        </button>
      </div>
    </div>
  );
}
