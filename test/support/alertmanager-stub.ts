/**
 * Alertmanager's API v2 over HTTP, as 0.25 to 0.28 answer: alerts by filter, silences; and what a network does to them.
 * Values of a filter are unquoted as Alertmanager does, so a wrong escape matches nothing.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}
export interface StubSilence {
  id: string;
  matchers: readonly Matcher[];
  startsAt: string;
  endsAt: string;
  updatedAt: string;
  createdBy: string;
  comment: string;
}

/** `drop`: nothing arrives. `lose`: done, and the answer is lost. `fail`: 500 with nothing done. */
export type StubFault = 'none' | 'drop' | 'lose' | 'fail';

export class AlertmanagerStub {
  readonly requests: { readonly method: string; readonly path: string; readonly authorization: string }[] =
    [];
  silences: StubSilence[] = [];
  alerts: { readonly labels: Readonly<Record<string, string>> }[] = [];
  fault: StubFault = 'none';
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As `amtool silence expire`. */
  expire(id: string): void {
    const silence = this.silences.find((one) => one.id === id);
    if (silence) silence.endsAt = new Date().toISOString();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const body = await read(request);
    const { method = '' } = request;
    this.requests.push({ method, path: url.pathname, authorization: request.headers.authorization ?? '' });
    if (this.fault === 'drop') return void request.socket.destroy();
    if (this.fault === 'fail') return answer(response, 500, 'out of order');
    const { status, value } = this.#judge(method, url, body);
    if (this.fault === 'lose') return void request.socket.destroy();
    answer(response, status, value);
  }

  #judge(method: string, url: URL, body: string): { readonly status: number; readonly value: unknown } {
    const [, id] = /^\/api\/v2\/silence\/(.+)$/.exec(url.pathname) ?? [];
    if (id !== undefined) {
      const silence = this.silences.find((one) => one.id === id);
      if (!silence) return { status: 404, value: '' };
      if (method === 'GET') return { status: 200, value: shown(silence) };
      if (stateOf(silence) === 'expired') return { status: 500, value: `silence ${id} already expired` };
      silence.endsAt = new Date().toISOString();
      return { status: 200, value: '' };
    }
    if (url.pathname === '/api/v2/silences' && method === 'GET')
      return { status: 200, value: this.silences.map(shown) };
    if (url.pathname === '/api/v2/silences') return this.#create(JSON.parse(body) as StubSilence);
    if (url.pathname !== '/api/v2/alerts') return { status: 404, value: 'path not found' };
    const matchers = url.searchParams.getAll('filter').map(parseFilter);
    if (matchers.includes(null)) return { status: 400, value: 'bad matcher format' };
    const matching = this.alerts.filter(({ labels }) =>
      matchers.every((one) => one !== null && (labels[one.name] ?? '') === one.value),
    );
    return {
      status: 200,
      value: matching.map(({ labels }) => ({ labels, annotations: {}, status: { state: 'active' } })),
    };
  }

  #create(spec: StubSilence): { readonly status: number; readonly value: unknown } {
    if (!spec.matchers?.length || Date.parse(spec.endsAt) <= Date.now())
      return { status: 400, value: 'invalid silence' };
    const id = crypto.randomUUID();
    this.silences.push({ ...spec, id, updatedAt: new Date().toISOString() });
    return { status: 200, value: { silenceID: id } };
  }
}

const stateOf = ({ startsAt, endsAt }: StubSilence): string =>
  Date.parse(endsAt) <= Date.now() ? 'expired' : Date.parse(startsAt) > Date.now() ? 'pending' : 'active';
const shown = (silence: StubSilence) => ({ ...silence, status: { state: stateOf(silence) } });

function parseFilter(text: string): { readonly name: string; readonly value: string } | null {
  const [, name, quoted] = /^([a-zA-Z_:][\w:]*)="((?:[^"\\]|\\.)*)"$/s.exec(text) ?? [];
  if (name === undefined || quoted === undefined) return null;
  return { name, value: quoted.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char)) };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(value === '' ? '' : JSON.stringify(value));
}
