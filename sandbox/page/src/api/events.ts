export const EVENT_KINDS = [
  'message',
  'update',
  'ephemeral',
  'delete',
  'view',
  'viewClosed',
  'typing',
  'fault',
  'reset',
  'hello',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface ServerEvent {
  readonly kind: EventKind;
  readonly channel: string | null;
  readonly user: string | null;
  readonly thread: string | null;
}

const textOr = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Only says what to read again: state is always taken from the API, so that a lost event costs nothing. */
export function readEvent(kind: EventKind, data: string): ServerEvent {
  try {
    const body = JSON.parse(data) as Record<string, unknown>;
    const message = (body.message ?? body) as Record<string, unknown>;
    return {
      kind,
      channel: textOr(body.channel) ?? textOr(message.channel),
      user: textOr(body.user) ?? textOr(message.user),
      thread: textOr(message.thread_ts) ?? textOr(body.thread),
    };
  } catch {
    return { kind, channel: null, user: null, thread: null };
  }
}

const dataOf = (event: object): string => String((event as { data?: unknown }).data ?? '');

/** Follows /control/events for good; the browser reconnects by itself. Returns the end of it. */
export function followEvents(
  onEvent: (event: ServerEvent) => void,
  onState: (isUp: boolean) => void,
): () => void {
  const source = new EventSource('/control/events');
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  for (const kind of EVENT_KINDS) {
    source.addEventListener(kind, (event) => onEvent(readEvent(kind, dataOf(event))));
  }
  // A server that sends unnamed events puts the kind into the data.
  source.onmessage = (event) => {
    let kind: EventKind = 'message';
    try {
      const named = (JSON.parse(dataOf(event)) as { type?: string }).type;
      kind = EVENT_KINDS.find((known) => known === named) ?? 'message';
    } catch {}
    onEvent(readEvent(kind, dataOf(event)));
  };
  return () => source.close();
}
