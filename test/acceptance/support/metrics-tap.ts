/** Between the bot and Prometheus: hands everything through, and remembers when the bot was told of failing requests. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly data?: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value: readonly [number, string];
    }[];
  };
}

export interface Told {
  /** ms since the epoch, when the answer was handed on. */
  readonly at: number;
  /** Percent of the workload's requests that failed; null: the answer names none of it. */
  readonly failing: number | null;
}

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** The one question of a tick that tells requests by their outcome. */
const isOfOutcomes = (body: string): boolean =>
  (new URLSearchParams(body).get('query') ?? '').includes('response_code');

function failingOf(answer: Answer, workload: string): number | null {
  let all = 0;
  let failed = 0;
  for (const { metric, value } of answer.data?.result ?? []) {
    if (metric['destination_workload'] !== workload) continue;
    all += Number(value[1]);
    if (metric['response_code']?.startsWith('5')) failed += Number(value[1]);
  }
  return all > 0 ? (100 * failed) / all : null;
}

export class MetricsTap {
  readonly url: string;
  /** Address of the real one. */
  target = '';
  readonly told: Told[] = [];
  readonly #workload: string;
  readonly #close: () => void;
  #question = { path: '', body: '' };

  private constructor(url: string, workload: string, close: () => void) {
    this.url = url;
    this.#workload = workload;
    this.#close = close;
  }

  static async open(workload: string): Promise<MetricsTap> {
    const server = createServer((request, response) => {
      void tap
        .#pass(request)
        .then(({ status, text }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(text),
        )
        .catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const tap = new MetricsTap(`http://127.0.0.1:${port}`, workload, () => {
      server.close();
      server.closeAllConnections();
    });
    return tap;
  }

  async #pass(request: IncomingMessage): Promise<{ readonly status: number; readonly text: string }> {
    const body = await read(request);
    const answer = await this.#ask(request.url ?? '', body);
    if (isOfOutcomes(body)) {
      this.#question = { path: request.url ?? '', body };
      this.told.push({
        at: Date.now(),
        failing: failingOf(JSON.parse(answer.text) as Answer, this.#workload),
      });
    }
    return answer;
  }

  async #ask(path: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const real = await fetch(`${this.target}${path}`, { method: 'POST', headers, body });
    return { status: real.status, text: await real.text() };
  }

  /** What Prometheus would tell the bot now, without the bot. */
  async failingNow(): Promise<number | null> {
    const { path, body } = this.#question;
    return failingOf(JSON.parse((await this.#ask(path, body)).text) as Answer, this.#workload);
  }

  close(): void {
    this.#close();
  }
}
