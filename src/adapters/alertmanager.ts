/** Alertmanager's API v2 over HTTP: alerts by matcher, silences. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Matcher, matcherText } from '../core/alert/silence.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Alertmanager, SilenceState } from '../ports/alertmanager.ts';

export interface AlertmanagerSettings {
  readonly url: string;
  /** ms, of one request. */
  readonly timeout: number;
  /** Bearer token, read for every request: mounted tokens rotate. */
  readonly tokenFile?: string | undefined;
}

const ANSWER_AT_MOST = 16 * 1024 * 1024;

const alerts = z.array(z.looseObject({ labels: z.record(z.string(), z.string()) }));
const silence = z.looseObject({
  id: z.string().min(1),
  status: z.looseObject({ state: z.enum(['pending', 'active', 'expired']) }),
  endsAt: z.iso.datetime({ offset: true }),
  comment: z.string().catch(''),
  updatedAt: z.string().catch(''),
});
const created = z.looseObject({ silenceID: z.string().min(1) });

type Answer = { readonly status: number; readonly text: string };

/** Certain that nothing arrived: the connection was never made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export function createAlertmanager(settings: AlertmanagerSettings): Alertmanager {
  const base = `${settings.url.replace(/\/+$/, '')}/api/v2`;
  const send = async (method: string, path: string, body?: object): Promise<Answer> => {
    try {
      const token =
        settings.tokenFile === undefined ? null : (await readFile(settings.tokenFile, 'utf8')).trim();
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'dabbawala',
          ...(body && { 'content-type': 'application/json' }),
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(settings.timeout),
      });
      return { status: response.status, text: await readBounded(response) };
    } catch (error) {
      throw unavailable(error, settings.timeout);
    }
  };
  const ask = async (path: string): Promise<unknown> => parsed(judged(await send('GET', path)));

  return {
    alerts: async (matchers) => {
      assertSome(matchers);
      const query = new URLSearchParams(
        ['active', 'silenced', 'inhibited', 'unprocessed'].map((name) => [name, 'true']),
      );
      for (const matcher of matchers) query.append('filter', matcherText(matcher));
      return read(alerts, await ask(`/alerts?${query}`)).map(({ labels }) => ({ labels }));
    },
    create: async (spec) => {
      assertSome(spec.matchers);
      const answer = judged(
        await send('POST', '/silences', {
          matchers: spec.matchers.map(({ name, value }) => ({ name, value, isRegex: false, isEqual: true })),
          startsAt: new Date(spec.startsAt).toISOString(),
          endsAt: new Date(spec.endsAt).toISOString(),
          createdBy: spec.createdBy,
          comment: spec.comment,
        }),
      );
      return read(created, parsed(answer)).silenceID;
    },
    find: async (id) => {
      const answer = await send('GET', `/silence/${encodeURIComponent(id)}`);
      return answer.status === 404 ? null : stateOf(read(silence, parsed(judged(answer))));
    },
    findByComment: async (words) => {
      const found = read(z.array(silence), await ask('/silences'))
        .filter(({ comment, status }) => status.state !== 'expired' && comment.includes(words))
        .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
      return found[0] ? stateOf(found[0]) : null;
    },
    end: async (id) => {
      const answer = await send('DELETE', `/silence/${encodeURIComponent(id)}`);
      if (answer.status === 404 || answer.status < 300) return;
      // Older ones answer 500 for what has ended already.
      const now = await send('GET', `/silence/${encodeURIComponent(id)}`);
      if (now.status === 404) return;
      if (now.status < 300 && stateOf(read(silence, parsed(now))).state === 'expired') return;
      judged(answer);
    },
  };
}

const stateOf = ({ id, status, endsAt }: z.output<typeof silence>): SilenceState => ({
  ...{ id, state: status.state },
  endsAt: Date.parse(endsAt),
});

function assertSome(matchers: readonly Matcher[]): void {
  if (matchers.length > 0) return;
  throw new DabbawalaError('alertmanager_refused', 'An empty set of matchers would match every alert.');
}

function judged(answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const words = answer.text.replace(/\s+/g, ' ').trim().slice(0, 300) || 'no reason given';
  // 429 and 5xx are to be tried again; a 5xx may come from a proxy behind which it arrived.
  if (answer.status === 429 || answer.status >= 500)
    throw new DabbawalaError('alertmanager_unavailable', `Alertmanager answered ${answer.status}: ${words}`, {
      data: { mayBeDone: answer.status >= 500 },
    });
  throw new DabbawalaError('alertmanager_refused', `Alertmanager answered ${answer.status}: ${words}`);
}

function unavailable(error: unknown, timeoutMs: number): DabbawalaError {
  const fault = error instanceof Error ? error : new Error(String(error));
  const code = String((fault.cause as { code?: unknown } | undefined)?.code ?? '');
  const why =
    fault.name === 'TimeoutError'
      ? `no answer within ${timeoutMs} ms`
      : fault instanceof RangeError
        ? fault.message
        : code || 'not reached';
  return new DabbawalaError('alertmanager_unavailable', `Alertmanager: ${why}.`, {
    cause: error,
    data: { mayBeDone: !NEVER_SENT.has(code) },
  });
}

const unreadable = (cause?: unknown): DabbawalaError =>
  new DabbawalaError(
    'alertmanager_unavailable',
    'Alertmanager answered with something that is not its API v2.',
    {
      cause,
      data: { mayBeDone: true },
    },
  );

function parsed({ text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw unreadable(result.error);
  return result.data;
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > ANSWER_AT_MOST) throw new RangeError(`the answer is larger than ${ANSWER_AT_MOST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
