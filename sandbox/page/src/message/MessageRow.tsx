import { memo, useCallback, useMemo } from 'react';
import { control } from '../api/client.ts';
import type { Block, Message } from '../api/types.ts';
import { Blocks, type OnAction } from '../blocks/Blocks.tsx';
import { Icon } from '../Icon.tsx';
import { useWorldContext } from '../state/context.ts';
import { useToast } from '../state/toasts.tsx';
import { Avatar } from './Avatar.tsx';
import { authorOf } from './author.ts';
import { clock, dateOfTs } from './time.ts';

export interface RowProps {
  readonly message: Message;
  readonly channel: string;
  readonly isContinued: boolean;
  readonly isInThread: boolean;
  readonly isOpenThread?: boolean;
  readonly onThread?: (ts: string) => void;
  readonly onDismiss: (ts: string) => void;
  readonly onActed: () => Promise<void>;
}

/** An app's blocks, else the text: what people type has its mentions resolved there alone. */
const blocksOf = (message: Message): readonly Block[] =>
  message.bot_id && message.blocks && message.blocks.length > 0
    ? message.blocks
    : [{ type: 'section', text: { type: 'mrkdwn', text: message.text ?? '' } }];

function Replies({
  message,
  isOpen,
  onThread,
}: {
  message: Message;
  isOpen: boolean;
  onThread: (ts: string) => void;
}) {
  const { world } = useWorldContext();
  const count = message.reply_count ?? 0;
  if (count === 0) return null;
  return (
    <button
      type="button"
      className={isOpen ? 'replies open' : 'replies'}
      onClick={() => onThread(message.ts)}
    >
      {(message.reply_users ?? []).slice(0, 4).map((id) => {
        const author = authorOf({ ts: '', user: id }, world);
        return <Avatar key={id} name={author.name} isBot={author.isBot} size={20} />;
      })}
      <strong>
        {count} {count === 1 ? 'reply' : 'replies'}
      </strong>
      {message.latest_reply && <span>Last reply at {clock(message.latest_reply)}</span>}
    </button>
  );
}

export const MessageRow = memo(function MessageRow(props: RowProps) {
  const {
    message,
    channel,
    isContinued,
    isInThread,
    isOpenThread = false,
    onThread,
    onDismiss,
    onActed,
  } = props;
  const { world, user } = useWorldContext();
  const say = useToast();
  const author = authorOf(message, world);
  const blocks = useMemo(() => blocksOf(message), [message]);
  const onAction = useCallback<OnAction>(
    async (element, blockId, value) => {
      const chosen = value ?? element.value;
      try {
        await control.click({
          user,
          channel,
          ts: message.ts,
          actionId: element.action_id ?? '',
          ...(blockId ? { blockId } : {}),
          ...(chosen === undefined ? {} : { value: chosen }),
          ...(message.revision === undefined ? {} : { revision: message.revision }),
        });
        await onActed();
      } catch (failure) {
        say(failure instanceof Error ? failure.message : String(failure));
      }
    },
    [user, channel, message.ts, message.revision, onActed, say],
  );
  const classes = [
    'message',
    isContinued && 'continued',
    message.ephemeral && 'ephemeral',
    isOpenThread && 'in-focus',
  ];
  return (
    <article
      className={classes.filter(Boolean).join(' ')}
      data-ts={message.ts}
      aria-label={`${author.name} at ${clock(message.ts)}${message.ephemeral ? ', only visible to you' : ''}`}
    >
      {message.ephemeral && (
        <p className="only-you">
          <Icon name="eye" size={14} /> Only visible to you
        </p>
      )}
      <div className="message-side">
        {isContinued ? (
          <time className="quiet-time">{clock(message.ts)}</time>
        ) : author.isSlackbot ? (
          <Avatar name="S" />
        ) : (
          <Avatar name={author.name} isBot={author.isBot} />
        )}
      </div>
      <div className="message-body">
        {!isContinued && (
          <header className="message-head">
            <strong>{author.name}</strong>
            {author.isBot && <span className="app-mark">APP</span>}
            <time dateTime={dateOfTs(message.ts).toISOString()}>{clock(message.ts)}</time>
          </header>
        )}
        <Blocks blocks={blocks} onAction={onAction} />
        {message.edited && <span className="edited">(edited)</span>}
        {message.ephemeral && (
          <button type="button" className="link-button dismiss" onClick={() => onDismiss(message.ts)}>
            Dismiss message
          </button>
        )}
        {!isInThread && onThread && <Replies message={message} isOpen={isOpenThread} onThread={onThread} />}
      </div>
      {!isInThread && onThread && !message.ephemeral && (
        <div className="message-tools">
          <button
            type="button"
            className="icon-button"
            aria-label="Reply in thread"
            title="Reply in thread"
            onClick={() => onThread(message.ts)}
          >
            <Icon name="thread" />
          </button>
        </div>
      )}
    </article>
  );
});
