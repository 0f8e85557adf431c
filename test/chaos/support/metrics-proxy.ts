/** Stands between the bot and a real Prometheus: writes down what the bot was told, and breaks in every way that one does. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '../../../sandbox/processes/index.ts';
import type { Look } from '../checker.ts';

/** The forms in which a Prometheus is of no use. */
export const OUTAGES = ['HTTP 500', 'NaN values', 'an empty vector', 'a hang', 'connection refused'] as const;
export type Outage = (typeof OUTAGES)[number];

interface Answer {
  data?: {
    resultType: string;
    result: { metric: Record<string, string>; value: [number, string] }[];
  };
}

const isRequestsQuery = (query: string): boolean =>
  query.startsWith('sum by') && query.includes('response_code) (increase(istio_requests_total');

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

export class MetricsProxy {
  readonly port: number;
  /** Address of the real one. */
  target = '';
  /** Questions that met an outage. */
  refused = 0;
  readonly #looks: Look[];
  #outage: Outage | null = null;
  #server: Server | null = null;

  /** @param looks where what the bot was told is written down */
  private constructor(port: number, looks: Look[]) {
    this.port = port;
    this.#looks = looks;
  }

  static async start(looks: Look[]): Promise<MetricsProxy> {
    const proxy = new MetricsProxy(await freePort(), looks);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param outage null: whole again */
  async set(outage: Outage | null): Promise<void> {
    this.#outage = outage;
    if (outage === 'connection refused') await this.close();
    else if (!this.#server) await this.#listen();
    // What hangs is let go.
    if (outage === null) this.#server?.closeAllConnections();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const outage = this.#outage;
    if (outage !== null) this.refused += 1;
    if (outage === 'a hang') return;
    if (outage === 'HTTP 500') {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error');
      return;
    }
    const real = await fetch(`${this.target}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
      ...(body === '' ? {} : { body }),
      signal: AbortSignal.timeout(5000),
    });
    const answer = (await real.json()) as Answer;
    if (outage !== null) spoil(answer, outage);
    response.writeHead(real.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    if (outage === null && real.ok) this.#note(new URLSearchParams(body).get('query') ?? '', answer);
  }

  #note(query: string, answer: Answer): void {
    if (!isRequestsQuery(query)) return;
    const sums = new Map<string, number>();
    for (const { metric, value } of answer.data?.result ?? []) {
      const workload = metric['destination_workload'] ?? '';
      sums.set(workload, (sums.get(workload) ?? 0) + Number(value[1]));
    }
    const at = Date.now();
    for (const [workload, requests] of sums) this.#looks.push({ at, workload, requests });
  }
}

function spoil(answer: Answer, outage: Outage): void {
  if (!answer.data) return;
  if (outage === 'an empty vector') answer.data.result = [];
  else if (answer.data.resultType === 'vector')
    for (const series of answer.data.result) series.value[1] = 'NaN';
}
