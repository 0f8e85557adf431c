import { Fragment, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Message } from '../api/types.ts';
import { Icon } from '../Icon.tsx';
import { isContinued } from './author.ts';
import { MessageRow } from './MessageRow.tsx';
import { dayOf } from './time.ts';

interface Props {
  readonly label: string;
  readonly channel: string;
  readonly messages: readonly Message[] | null;
  readonly error: string | null;
  readonly isInThread: boolean;
  readonly openThread?: string | null;
  readonly onThread?: (ts: string) => void;
  readonly onDismiss: (ts: string) => void;
  readonly onActed: () => Promise<void>;
  readonly empty: ReactNode;
}

const NEAR = 80;

/** The end of the list; of a newest message taller than the list its top: there stand its buttons. */
function restingPlace(list: HTMLElement): number {
  const last = list.firstElementChild?.lastElementChild as HTMLElement | null | undefined;
  const end = list.scrollHeight - list.clientHeight;
  return last ? Math.min(end, last.offsetTop - 8) : end;
}

/** Stays at the newest message while it is seen; a card that grows above it moves nothing. */
function useStickToEnd(messages: readonly Message[] | null, key: string) {
  const box = useRef<HTMLDivElement>(null);
  const [isAway, setAway] = useState(false);
  const isAtEnd = useRef(true);
  const toEnd = useCallback(() => {
    const element = box.current;
    if (element) element.scrollTop = restingPlace(element);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another channel starts at its end
  useLayoutEffect(() => {
    isAtEnd.current = true;
    setAway(false);
  }, [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for every change of the messages
  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd();
  }, [messages, toEnd]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onScroll = () => {
      isAtEnd.current = element.scrollTop > restingPlace(element) - NEAR;
      setAway(!isAtEnd.current);
    };
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd());
    element.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => {
      element.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [toEnd]);
  return { box, isAway, toEnd };
}

function Waiting() {
  return (
    <div className="waiting" role="status" aria-label="Loading messages">
      {[0, 1, 2].map((at) => (
        <div key={at} className="waiting-row">
          <i />
          <span>
            <b />
            <b />
          </span>
        </div>
      ))}
    </div>
  );
}

export function MessageList(props: Props) {
  const { label, channel, messages, error, isInThread, openThread, onThread, onDismiss, onActed, empty } =
    props;
  const { box, isAway, toEnd } = useStickToEnd(messages, label);
  return (
    <div className="list-frame">
      <div className="list" ref={box} role="log" aria-label={label} aria-live="polite">
        <div className="list-inner">
          {error && (
            <p className="list-error" role="alert">
              {error}
            </p>
          )}
          {messages === null && !error && <Waiting />}
          {messages?.length === 0 && empty}
          {messages?.map((message, at) => {
            const before = messages[at - 1];
            const isNewDay = !before || dayOf(before.ts) !== dayOf(message.ts);
            return (
              <Fragment key={message.ts}>
                {!isInThread && isNewDay && (
                  <div className="day">
                    <span>{dayOf(message.ts)}</span>
                  </div>
                )}
                {isInThread && at === 1 && (
                  <div className="day day-left">
                    <span>
                      {messages.length - 1} {messages.length === 2 ? 'reply' : 'replies'}
                    </span>
                  </div>
                )}
                <MessageRow
                  message={message}
                  channel={channel}
                  isInThread={isInThread}
                  isContinued={!isNewDay && !(isInThread && at === 1) && isContinued(before, message)}
                  isOpenThread={!isInThread && openThread === message.ts}
                  onDismiss={onDismiss}
                  onActed={onActed}
                  {...(onThread ? { onThread } : {})}
                />
              </Fragment>
            );
          })}
        </div>
      </div>
      {isAway && (
        <button type="button" className="to-end" onClick={toEnd}>
          <Icon name="down" size={14} /> Latest
        </button>
      )}
    </div>
  );
}
