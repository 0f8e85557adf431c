import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrometheusMetrics } from '../../../src/adapters/prometheus/metrics-source.ts';
import type { Reading } from '../../../src/core/analysis/reading.ts';
import type { Rule } from '../../../src/core/analysis/rule.ts';
import type { SampleQuestion } from '../../../src/ports/metrics-source.ts';

interface Asked {
  readonly query: string;
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

type Handler = (query: string, response: ServerResponse) => void;

let server: Server;
let url: string;
let handler: Handler;
const asked: Asked[] = [];

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
};

beforeEach(async () => {
  asked.length = 0;
  server = createServer(async (request, response) => {
    const query = (await readForm(request)).get('query') ?? '';
    asked.push({
      query,
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
    });
    handler(query, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

type Row = readonly [labels: Record<string, string>, value: string];
const vector = (rows: readonly Row[], extra = {}) =>
  JSON.stringify({
    status: 'success',
    ...extra,
    data: {
      resultType: 'vector',
      result: rows.map(([metric, value]) => ({ metric, value: [1700000000, value] })),
    },
  });
const answer =
  (body: string, status = 200): Handler =>
  (_query, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
const of = (workload: string, more = {}): Record<string, string> => ({
  destination_workload: workload,
  destination_workload_namespace: 'payments',
  ...more,
});

const open = (settings = {}) =>
  new PrometheusMetrics(new Map([['mumbai', { url, timeout: 2000, ...settings }]]));
const question = (workload: string, overrides: Partial<SampleQuestion> = {}): SampleQuestion => ({
  cluster: 'mumbai',
  namespace: 'payments',
  workload,
  windowMs: 30_000,
  reporter: 'source',
  own: [],
  ...overrides,
});
const rule = (query: string | null): Rule => ({
  id: 'payments',
  title: 'Payments',
  kind: 'promql',
  unit: '%',
  breachWhen: 'below',
  limit: 99,
  critical: null,
  isRatio: true,
  query,
});

describe('folding', () => {
  it('asks three queries for any number of workloads, in one POST each', async () => {
    handler = answer(vector([]));
    const metrics = open();
    const names = Array.from({ length: 10 }, (_, index) => `service-${index}`);
    await Promise.all(
      names.map((name) => metrics.sample([question(`${name}-blue`), question(`${name}-green`)])),
    );
    expect(asked).toHaveLength(3);
    expect(asked.every(({ method, path }) => method === 'POST' && path === '/api/v1/query')).toBe(true);
    for (const { query } of asked) expect(query).toContain('service-7-green');
  });

  it('asks for requests by outcome, p95 and age', async () => {
    handler = answer(vector([]));
    await open().sample([question('b'), question('a', { namespace: 'ledger' })]);
    const matchers =
      'reporter="source",destination_workload=~"a|b",destination_workload_namespace=~"ledger|payments"';
    const by = 'destination_workload_namespace, destination_workload';
    expect(asked.map(({ query }) => query).toSorted()).toEqual(
      [
        `sum by (${by}, response_code) (increase(istio_requests_total{${matchers}}[30s]))`,
        `histogram_quantile(0.95, sum by (${by}, le) (rate(istio_request_duration_milliseconds_bucket{${matchers}}[30s])))`,
        `time() - max by (${by}) (timestamp(istio_requests_total{${matchers}}))`,
      ].toSorted(),
    );
  });

  it('keeps windows and reporters apart', async () => {
    handler = answer(vector([]));
    await open().sample([
      question('a'),
      question('a', { windowMs: 60_000 }),
      question('a', { reporter: 'destination' }),
    ]);
    expect(asked).toHaveLength(9);
  });

  it('asks again at the next tick', async () => {
    handler = answer(vector([]));
    const metrics = open();
    await metrics.sample([question('a')]);
    await metrics.sample([question('a')]);
    expect(asked).toHaveLength(6);
  });

  it('escapes names in label values and patterns', async () => {
    handler = answer(vector([]));
    await open().sample([question('a.b"} or vector(1) #')]);
    expect(asked[0]?.query).toContain('destination_workload=~"a\\\\.b\\"\\\\} or vector\\\\(1\\\\) #"');
  });

  it('answers in the order of the questions, each with its own numbers', async () => {
    handler = (query, response) =>
      answer(
        query.includes('response_code')
          ? vector([
              [of('a', { response_code: '200' }), '90'],
              [of('a', { response_code: '503' }), '10'],
              [of('b', { response_code: '200' }), '30'],
              [{ ...of('b', { response_code: '500' }), destination_workload_namespace: 'other' }, '7'],
            ])
          : query.startsWith('histogram')
            ? vector([
                [of('b'), '120.5'],
                [of('a'), '80'],
              ])
            : vector([
                [of('a'), '4.25'],
                [of('b'), '1'],
              ]),
      )(query, response);
    const [b, a, c] = await open().sample([question('b'), question('a'), question('c')]);
    const value = (number: number) => ({ kind: 'value', value: number });
    expect(a).toEqual({
      requests: value(100),
      errors: value(10),
      rps: value(100 / 30),
      p95Ms: value(80),
      ageMs: value(4250),
      own: {},
    });
    expect(b).toMatchObject({ requests: value(30), errors: value(0), rps: value(1), ageMs: value(1000) });
    expect(c?.requests).toMatchObject({ kind: 'unknown', reason: 'no_data' });
    expect(c?.errors).toMatchObject({ kind: 'unknown', reason: 'no_data' });
    expect(c?.ageMs).toMatchObject({ kind: 'unknown', reason: 'no_data' });
  });

  it('one query that fails takes only its own numbers', async () => {
    handler = (query, response) =>
      query.startsWith('histogram')
        ? answer('boom', 500)(query, response)
        : answer(vector([[of('a', { response_code: '200' }), '10']]))(query, response);
    const [sample] = await open().sample([question('a')]);
    expect(sample?.requests.kind).toBe('value');
    expect(sample?.p95Ms).toMatchObject({ kind: 'unknown', reason: 'http_error' });
  });
});

describe('own rules', () => {
  it('are asked with both variables filled in', async () => {
    handler = answer(vector([[{}, '99.5']]));
    const own = [rule('a{destination_workload="$workload"}[$window]')];
    const [sample] = await open().sample([question('pg-green', { own, windowMs: 5500 })]);
    expect(sample?.own).toEqual({ payments: { kind: 'value', value: 99.5 } });
    expect(asked.map(({ query }) => query)).toContain('a{destination_workload="pg-green"}[5500ms]');
  });

  it('without a text are not_asked', async () => {
    handler = answer(vector([]));
    const [sample] = await open().sample([question('a', { own: [rule(null)] })]);
    expect(sample?.own.payments).toMatchObject({ kind: 'unknown', reason: 'not_asked' });
  });
});

describe('whatever goes wrong is unknown, with query and reason', () => {
  const one = (value: string) => vector([[{}, value]]);

  it.each<[string, Handler, Partial<Reading & { reason: string }>, RegExp]>([
    ['no series', answer(vector([])), { reason: 'no_data' }, /no series/],
    ['NaN', answer(one('NaN')), { reason: 'not_finite' }, /NaN/],
    ['+Inf', answer(one('+Inf')), { reason: 'not_finite' }, /Infinity/],
    ['-Inf', answer(one('-Inf')), { reason: 'not_finite' }, /-Infinity/],
    ['a value that is no number', answer(one('12abc')), { reason: 'not_finite' }, /NaN/],
    ['an empty value', answer(one('')), { reason: 'not_finite' }, /NaN/],
    [
      'many series',
      answer(
        vector([
          [{ a: '1' }, '1'],
          [{ a: '2' }, '2'],
        ]),
      ),
      { reason: 'many_series' },
      /2 series/,
    ],
    ['HTTP 500', answer('boom', 500), { reason: 'http_error' }, /HTTP 500: boom/],
    ['HTTP 503 of a proxy', answer('<html>no upstream</html>', 503), { reason: 'http_error' }, /HTTP 503/],
    [
      'a query that does not parse',
      answer('{"status":"error","errorType":"bad_data","error":"parse error at char 5"}', 400),
      { reason: 'http_error' },
      /bad_data: parse error at char 5/,
    ],
    [
      "Prometheus' own time-out",
      answer('{"status":"error","errorType":"timeout","error":"query timed out"}', 503),
      { reason: 'timeout' },
      /query timed out/,
    ],
    [
      'warnings',
      answer(vector([[{}, '1']], { warnings: ['one store is down'] })),
      { reason: 'bad_answer' },
      /one store is down/,
    ],
    ['no JSON', answer('hello'), { reason: 'bad_answer' }, /hello/],
    ['JSON of another shape', answer('{"status":"success"}'), { reason: 'bad_answer' }, /instant query/],
    [
      'a matrix',
      answer('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      { reason: 'bad_answer' },
      /instant query/,
    ],
    [
      'a value as a number',
      answer('{"status":"success","data":{"resultType":"scalar","result":[1,2]}}'),
      { reason: 'bad_answer' },
      /instant query/,
    ],
    [
      'an answer without end',
      (_query, response) => response.end('x'.repeat(5 * 1024 * 1024)),
      { reason: 'bad_answer' },
      /larger than/,
    ],
    [
      'a redirect',
      (_query, response) => response.writeHead(302, { location: '/login' }).end(),
      { reason: 'http_error' },
      /HTTP 302/,
    ],
    ['a connection that is cut', (_query, response) => response.destroy(), { reason: 'unreachable' }, /./],
  ])('%s', async (_title, handle, expected, words) => {
    handler = handle;
    const reading = await open().ask('mumbai', 'up{x="y"}');
    expect(reading).toMatchObject({ kind: 'unknown', query: 'up{x="y"}', ...expected });
    expect(reading.kind === 'unknown' && reading.detail).toMatch(words);
    const [sample] = await open().sample([question('a')]);
    expect([
      sample?.requests.kind,
      sample?.errors.kind,
      sample?.rps.kind,
      sample?.p95Ms.kind,
      sample?.ageMs.kind,
    ]).toEqual(Array(5).fill('unknown'));
  });

  it('a scalar is a number', async () => {
    handler = answer('{"status":"success","data":{"resultType":"scalar","result":[1,"2.5"]}}');
    expect(await open().ask('mumbai', '2.5')).toEqual({ kind: 'value', value: 2.5 });
  });

  it.each(['NaN', '+Inf'])('a request count of %s is unknown, and so are errors and rate', async (value) => {
    handler = answer(vector([[of('a', { response_code: '500' }), value]]));
    const [sample] = await open().sample([question('a')]);
    for (const reading of [sample?.requests, sample?.errors, sample?.rps])
      expect(reading).toMatchObject({ kind: 'unknown', reason: 'not_finite' });
  });

  it('a server that hangs is a timeout', async () => {
    handler = () => undefined;
    const reading = await open({ timeout: 100 }).ask('mumbai', 'up');
    expect(reading).toMatchObject({ kind: 'unknown', reason: 'timeout', detail: 'no answer within 100 ms' });
  });

  it('an answer that stops half way is a timeout', async () => {
    handler = (_query, response) => {
      response.writeHead(200).write('{"status":');
    };
    expect(await open({ timeout: 100 }).ask('mumbai', 'up')).toMatchObject({ reason: 'timeout' });
  });

  it('nobody who listens is unreachable', async () => {
    const reading = await open({ url: 'http://127.0.0.1:1' }).ask('mumbai', 'up');
    expect(reading).toMatchObject({ kind: 'unknown', reason: 'unreachable' });
  });

  it('a cluster without Prometheus is unreachable', async () => {
    expect(await open().ask('pune', 'up')).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('pune'),
    });
    const [sample] = await open().sample([question('a', { cluster: 'pune', own: [rule('up')] })]);
    expect(sample?.own.payments).toMatchObject({ reason: 'unreachable' });
  });

  it('a token file that is not there is unreachable', async () => {
    handler = answer(vector([]));
    expect(await open({ tokenFile: '/nonexistent/token' }).ask('mumbai', 'up')).toMatchObject({
      reason: 'unreachable',
    });
    expect(asked).toHaveLength(0);
  });
});

describe('abort', () => {
  it('of one caller ends its waiting and leaves the others theirs', async () => {
    const release: (() => void)[] = [];
    handler = (query, response) => {
      release.push(() => answer(vector([[of('b', { response_code: '200' }), '5']]))(query, response));
      if (release.length === 3) arrived();
    };
    let arrived = (): void => undefined;
    const allArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const metrics = open();
    const controller = new AbortController();
    const first = metrics.sample([question('a')], controller.signal);
    const second = metrics.sample([question('b')]);
    await allArrived;
    controller.abort();
    expect((await first)[0]?.requests).toMatchObject({ kind: 'unknown', reason: 'timeout' });
    for (const go of release) go();
    expect((await second)[0]?.requests).toEqual({ kind: 'value', value: 5 });
    expect(asked).toHaveLength(3);
  });

  it('before the question is an answer at once', async () => {
    handler = answer(vector([]));
    const [sample] = await open().sample([question('a')], AbortSignal.abort());
    expect(sample?.requests).toMatchObject({ kind: 'unknown', reason: 'timeout' });
  });
});

it('sends the token, read at every query', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dabbawala-'));
  const tokenFile = join(folder, 'token');
  handler = answer(vector([]));
  await writeFile(tokenFile, 'one\n');
  const metrics = open({ tokenFile });
  await metrics.ask('mumbai', 'up');
  await writeFile(tokenFile, 'two\n');
  await metrics.ask('mumbai', 'up');
  expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer one', 'Bearer two']);
  await rm(folder, { recursive: true });
});

it('a path before the API is kept', async () => {
  handler = answer(vector([]));
  await open({ url: `${url}/prometheus/` }).ask('mumbai', 'up');
  expect(asked[0]?.path).toBe('/prometheus/api/v1/query');
});
