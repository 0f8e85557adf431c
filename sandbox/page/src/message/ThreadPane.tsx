import { useEffect, useRef } from 'react';
import { Icon } from '../Icon.tsx';
import type { Listen } from '../state/messages.ts';
import { useMessages } from '../state/messages.ts';
import { Composer } from './Composer.tsx';
import { MessageList } from './MessageList.tsx';

interface Props {
  readonly channel: string;
  readonly channelName: string;
  readonly user: string;
  readonly thread: string;
  readonly listen: Listen;
  readonly dismissed: ReadonlySet<string>;
  readonly onDismiss: (ts: string) => void;
  readonly onClose: () => void;
  readonly onActed: () => Promise<void>;
}

export function ThreadPane(props: Props) {
  const { channel, channelName, user, thread, listen, dismissed, onDismiss, onClose, onActed } = props;
  const { messages, error, refresh } = useMessages(channel, user, thread, listen);
  const pane = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another thread takes the focus anew
  useEffect(() => pane.current?.focus({ preventScroll: true }), [thread]);
  const acted = async () => {
    await Promise.all([refresh(), onActed()]);
  };
  return (
    <aside ref={pane} tabIndex={-1} className="pane thread-pane" aria-label="Thread">
      <header className="pane-head">
        <div>
          <h2>Thread</h2>
          <small>{channelName}</small>
        </div>
        <button type="button" className="icon-button" aria-label="Close thread" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <MessageList
        label={`Thread ${thread}`}
        channel={channel}
        messages={messages?.filter((message) => !dismissed.has(message.ts)) ?? null}
        error={error}
        isInThread
        onDismiss={onDismiss}
        onActed={acted}
        empty={<p className="empty">This thread is gone.</p>}
      />
      <Composer channel={channel} channelName={channelName} thread={thread} onSent={acted} />
    </aside>
  );
}
