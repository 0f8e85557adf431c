import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Chat, Message } from '../../src/ports/chat.ts';

export interface ChatCall {
  readonly at: number;
  readonly kind: 'post' | 'update' | 'find';
  readonly channel: string;
  readonly dedupId: string;
  readonly thread: string | null;
  readonly text: string;
}

export interface ShownMessage {
  readonly ts: string;
  readonly dedupId: string;
  readonly thread: string | null;
  text: string;
  edits: number;
}

export type ChatFault =
  /** Refused before anything happened. */
  | { readonly kind: 'ratelimited'; readonly retryAfterMs: number }
  | { readonly kind: 'refused'; readonly slackError: string }
  | { readonly kind: 'unreachable' }
  /** The answer was lost; the message may be there all the same. */
  | { readonly kind: 'lost'; readonly isDone: boolean };

const METHODS = { post: 'chat.postMessage', update: 'chat.update', find: 'conversations.history' } as const;

/** One channel's messages in memory; faults are taken one per call from the kind's queue. */
export class FakeChat implements Chat {
  readonly calls: ChatCall[] = [];
  readonly messages: ShownMessage[] = [];
  readonly #faults: { kind: ChatCall['kind']; fault: ChatFault }[] = [];
  readonly #now: () => number;
  #serial = 0;
  isDown = false;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  failNext(kind: ChatCall['kind'], fault: ChatFault): void {
    this.#faults.push({ kind, fault });
  }

  delete(dedupId: string): void {
    const index = this.messages.findIndex((message) => message.dedupId === dedupId);
    if (index >= 0) this.messages.splice(index, 1);
  }

  async post(channel: string, message: Message, dedupId: string, threadTs?: string): Promise<string> {
    const add = (): string => {
      this.#serial += 1;
      const ts = `1700000000.${String(this.#serial).padStart(6, '0')}`;
      this.messages.push({ ts, dedupId, thread: threadTs ?? null, text: message.text, edits: 0 });
      return ts;
    };
    return this.#do('post', { channel, dedupId, thread: threadTs ?? null, text: message.text }, add);
  }

  async update(channel: string, ts: string, message: Message, dedupId: string): Promise<boolean> {
    return this.#do('update', { channel, dedupId, thread: null, text: message.text }, () => {
      const shown = this.messages.find((one) => one.ts === ts);
      if (!shown) return false;
      shown.text = message.text;
      shown.edits += 1;
      return true;
    });
  }

  async find(channel: string, dedupId: string, threadTs?: string): Promise<string | null> {
    return this.#do('find', { channel, dedupId, thread: threadTs ?? null, text: '' }, () => {
      const found = this.messages.find((one) => one.dedupId === dedupId && one.thread === (threadTs ?? null));
      return found?.ts ?? null;
    });
  }

  async permalink(channel: string, ts: string): Promise<string | null> {
    return `https://slack.example/archives/${channel}/p${ts.replace('.', '')}`;
  }

  #do<T>(kind: ChatCall['kind'], call: Omit<ChatCall, 'at' | 'kind'>, effect: () => T): T {
    this.calls.push({ at: this.#now(), kind, ...call });
    const index = this.#faults.findIndex((queued) => queued.kind === kind);
    const fault = this.isDown
      ? ({ kind: 'unreachable' } as const)
      : index < 0
        ? null
        : this.#faults.splice(index, 1)[0]?.fault;
    if (!fault) return effect();
    if (fault.kind === 'lost' && fault.isDone) effect();
    throw new DabbawalaError('slack_unavailable', 'Slack did not carry it out.', {
      data: {
        method: METHODS[kind],
        slackError:
          fault.kind === 'refused'
            ? fault.slackError
            : { ratelimited: 'ratelimited', unreachable: 'ECONNREFUSED', lost: 'timeout' }[fault.kind],
        retryAfterMs: fault.kind === 'ratelimited' ? fault.retryAfterMs : null,
        isOutcomeUnknown: fault.kind === 'lost',
      },
    });
  }

  async dedupIdAt(_channel: string, ts: string): Promise<string | null> {
    return this.messages.find((message) => message.ts === ts)?.dedupId ?? null;
  }
}
