/**
 * The one place through which everything goes to Slack: Web API calls (messages, fallback texts, views, files), answers by
 * response_url, and the answers to a request itself. What must not leave is masked here, after every view has said its
 * piece, so that no view can forget. What it cannot read it does not send.
 */
import { App, type AppOptions, type ReceiverEvent, webApi } from '@slack/bolt';
import type { Mask } from '../../lib/outbound/mask.ts';
import { maskValue } from '../../lib/outbound/mask-value.ts';

/** Addresses and marks of ours and of Slack's: one character changed, and the click or the edit finds nothing. */
const KEPT: ReadonlySet<string> = new Set([
  ...[
    'action_id',
    'block_id',
    'callback_id',
    'external_id',
    'private_metadata',
    'value',
    'event_type',
    'dedup_id',
  ],
  ...['channel', 'channel_id', 'channels', 'ts', 'thread_ts', 'message_ts', 'latest', 'oldest', 'cursor'],
  ...[
    'user',
    'users',
    'user_id',
    'usergroup',
    'team_id',
    'token',
    'trigger_id',
    'view_id',
    'hash',
    'type',
    'style',
  ],
]);
const OPTIONS = { kept: KEPT, areNumbersMasked: false };

const maskAny = (value: unknown, mask: Mask): unknown => maskValue(value, mask, OPTIONS);

/** JSON stays JSON, masked inside; anything else is a text. */
function maskText(text: string, mask: Mask): string {
  if (!/^\s*[[{]/.test(text)) return mask(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return mask(text);
  }
  const masked = maskAny(value, mask);
  return masked === value ? text : JSON.stringify(masked);
}

/** The body as it came where nothing had to be hidden. */
function maskForm(body: string, mask: Mask): string {
  let isSame = true;
  const fields = [...new URLSearchParams(body)].map(([name, value]) => {
    const masked = KEPT.has(name) ? value : maskText(value, mask);
    isSame &&= masked === value;
    return [name, masked];
  });
  return isSame ? body : new URLSearchParams(fields).toString();
}

/** A file that is text is masked as one; what is no UTF-8 is a picture or an archive, and goes as it is. */
function maskBytes(bytes: Uint8Array<ArrayBuffer>, mask: Mask): string | Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
  const masked = mask(text);
  return masked === text ? bytes : masked;
}

async function maskParts(form: FormData, mask: Mask): Promise<FormData> {
  const masked = new FormData();
  for (const [name, value] of form) {
    if (typeof value === 'string') masked.append(name, KEPT.has(name) ? value : maskText(value, mask));
    else
      masked.append(
        name,
        new Blob([maskBytes(await value.bytes(), mask)], { type: value.type }),
        mask(value.name),
      );
  }
  return masked;
}

async function maskBody(init: RequestInit, mask: Mask): Promise<NonNullable<RequestInit['body']> | null> {
  const { body } = init;
  if (body === undefined || body === null) return null;
  if (body instanceof URLSearchParams) return maskForm(body.toString(), mask);
  if (body instanceof FormData) return maskParts(body, mask);
  if (body instanceof Uint8Array) return maskBytes(new Uint8Array(body), mask);
  if (typeof body !== 'string') throw new TypeError('A body that cannot be filtered is not sent.');
  const type = new Headers(init.headers).get('content-type') ?? '';
  return type.startsWith('application/x-www-form-urlencoded') ? maskForm(body, mask) : maskText(body, mask);
}

/** @param timeoutMs where the caller sets no signal of its own */
export const outboundFetch =
  (mask: Mask, timeoutMs: number): typeof fetch =>
  async (input, init = {}) => {
    if (input instanceof Request) throw new TypeError('A request that cannot be filtered is not sent.');
    return fetch(input, {
      ...init,
      body: await maskBody(init, mask),
      signal: init.signal ?? AbortSignal.timeout(timeoutMs),
    });
  };

/** A file's length is told before its content is sent, so its content is filtered before it is measured. */
export class FilteredClient extends webApi.WebClient {
  readonly #mask: Mask;

  constructor(mask: Mask, ...args: ConstructorParameters<typeof webApi.WebClient>) {
    super(...args);
    this.#mask = mask;
  }

  override filesUploadV2(
    options: Parameters<webApi.WebClient['filesUploadV2']>[0],
  ): ReturnType<webApi.WebClient['filesUploadV2']> {
    return super.filesUploadV2(maskAny(options, this.#mask) as typeof options);
  }
}

/** Bolt, whose answers to a request are filtered as well: they go by the request's own response or by the socket. */
export class FilteredApp extends App {
  readonly #mask: Mask;

  constructor(mask: Mask, options: AppOptions) {
    super(options);
    this.#mask = mask;
  }

  override processEvent(event: ReceiverEvent): Promise<void> {
    const ack: ReceiverEvent['ack'] = (response) =>
      event.ack(response === undefined ? response : maskAny(response, this.#mask));
    return super.processEvent({ ...event, ack });
  }
}
