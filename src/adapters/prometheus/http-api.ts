/** Queries over HTTP. Whatever goes wrong is an answer too: nothing here throws. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { UnknownReason } from '../../core/analysis/reading.ts';
import type { MetricsHistory } from '../../ports/metrics-history.ts';
import type { Answer, Series } from './queries.ts';

export interface PrometheusSettings {
  readonly url: string;
  /** Of one query, ms. */
  readonly timeout: number;
  /** Bearer token, read at every query: mounted tokens rotate. */
  readonly tokenFile?: string | undefined;
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;

const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.looseObject({
  status: z.literal('success'),
  warnings: z.array(z.string()).nullish(),
  data: z.discriminatedUnion('resultType', [
    z.looseObject({
      resultType: z.literal('vector'),
      result: z.array(z.looseObject({ metric: z.record(z.string(), z.string()), value: sample })),
    }),
    z.looseObject({ resultType: z.literal('scalar'), result: sample }),
  ]),
});
const errorSchema = z.looseObject({
  status: z.literal('error'),
  errorType: z.string().default(''),
  error: z.string().default(''),
});

/** `+Inf`, `-Inf` and `NaN` are numbers to Prometheus; anything else that is no number is NaN, so never a value. */
const parseValue = (text: string): number => {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
};

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
};

const readBounded = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new RangeError(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const judge = (query: string, status: number, text: string): Answer => {
  const failed = (reason: UnknownReason, detail: string): Answer => ({
    kind: 'failed',
    query,
    reason,
    detail: short(detail),
  });
  const body = parseJson(text);
  const error = errorSchema.safeParse(body);
  if (error.success)
    return failed(
      error.data.errorType === 'timeout' ? 'timeout' : 'http_error',
      `HTTP ${status}, ${error.data.errorType}: ${error.data.error}`,
    );
  if (status < 200 || status > 299) return failed('http_error', `HTTP ${status}: ${text}`);
  const answer = answerSchema.safeParse(body);
  if (!answer.success) return failed('bad_answer', `not the answer of an instant query: ${text}`);
  const [warning] = answer.data.warnings ?? [];
  // Warnings come with partial results: half of the requests is not a number to act on.
  if (warning !== undefined) return failed('bad_answer', `Prometheus warns: ${warning}`);
  const { data } = answer.data;
  const series: readonly Series[] =
    data.resultType === 'scalar'
      ? [{ labels: {}, value: parseValue(data.result[1]) }]
      : data.result.map(({ metric, value }) => ({ labels: metric, value: parseValue(value[1]) }));
  return { kind: 'series', query, series };
};

const explain = (error: unknown, timeoutMs: number): { reason: UnknownReason; detail: string } => {
  const fault = error instanceof Error ? error : new Error(String(error));
  if (fault.name === 'TimeoutError') return { reason: 'timeout', detail: `no answer within ${timeoutMs} ms` };
  if (fault.name === 'AbortError') return { reason: 'timeout', detail: 'the question was withdrawn' };
  if (fault instanceof RangeError) return { reason: 'bad_answer', detail: fault.message };
  const cause = fault.cause instanceof Error ? fault.cause : null;
  return { reason: 'unreachable', detail: short(cause?.message || fault.message) };
};

/** One question of the HTTP API. @throws whatever fetch or reading throws */
const post = async (
  settings: PrometheusSettings,
  path: string,
  fields: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> => {
  const timeout = AbortSignal.timeout(settings.timeout);
  const token = settings.tokenFile === undefined ? null : (await readFile(settings.tokenFile, 'utf8')).trim();
  // POST: the text of many workloads is longer than some proxies take as a URL.
  const response = await fetch(`${settings.url.replace(/\/+$/, '')}${path}`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'dabbawala',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: new URLSearchParams({ ...fields, timeout: `${settings.timeout}ms` }),
    redirect: 'manual',
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  return { status: response.status, text: await readBounded(response) };
};

export const instantQuery = async (
  settings: PrometheusSettings,
  query: string,
  signal?: AbortSignal,
): Promise<Answer> => {
  try {
    const { status, text } = await post(settings, '/api/v1/query', { query }, signal);
    return judge(query, status, text);
  } catch (error) {
    return { kind: 'failed', query, ...explain(error, settings.timeout) };
  }
};

const historySchema = z.looseObject({
  status: z.literal('success'),
  data: z.looseObject({
    resultType: z.literal('matrix'),
    result: z.array(z.looseObject({ metric: z.record(z.string(), z.string()), values: z.array(sample) })),
  }),
});

/** A range query. What is no number at a point is left out: a chart has a gap there. */
export const rangeQuery = async (
  settings: PrometheusSettings,
  query: string,
  { from, to, stepMs }: Parameters<MetricsHistory['range']>[2],
  signal?: AbortSignal,
): ReturnType<MetricsHistory['range']> => {
  const unknown = (detail: string) => ({ kind: 'unknown', detail: short(detail) }) as const;
  try {
    const span = { start: String(from / 1000), end: String(to / 1000), step: String(stepMs / 1000) };
    const { status, text } = await post(settings, '/api/v1/query_range', { query, ...span }, signal);
    const answer = historySchema.safeParse(parseJson(text));
    if (!answer.success) return unknown(`HTTP ${status}: ${text}`);
    return {
      kind: 'series',
      series: answer.data.data.result.map(({ metric, values }) => ({
        labels: metric,
        points: values
          .map(([at, value]) => [at * 1000, parseValue(value)] as const)
          .filter(([, value]) => Number.isFinite(value)),
      })),
    };
  } catch (error) {
    const { reason, detail } = explain(error, settings.timeout);
    return unknown(`${reason}: ${detail}`);
  }
};
