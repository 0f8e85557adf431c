import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behaviour, PodSpecSeen } from '../contract.ts';
import { until } from '../processes/until.ts';
import type { Faults, Image } from './behaviour.ts';

/** Who is told what an application did. */
export interface AppRecorder {
  request(sourceWorkload: string, code: number, durationMs: number): void;
  payment(status: 'success' | 'failed'): void;
}

export interface AppOptions {
  readonly image: Image;
  readonly podName: string;
  readonly faults: Faults;
  readonly recorder: AppRecorder | null;
  /** Default any free port of loopback. */
  readonly address?: PodSpecSeen['address'];
  /** Asked at every request: the fault panel acts on pods that run. */
  behaviour(): Behaviour;
}

export interface DrainTimes {
  /** Serves on at least this long after the end was announced: the endpoint has to leave every proxy first. */
  readonly leastMs: number;
  /** Ends when it was quiet for this long. */
  readonly quietMs: number;
  /** Ends then in any case. */
  readonly mostMs: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const HEALTH = new Set(['/health', '/health/db', '/health/deps', '/ready']);

/**
 * One instance of a version: a real HTTP server on loopback. Delay and errors touch payments alone: a version that is
 * slow or wrong in its work still looks healthy, which is why a rollout watches its traffic.
 */
export class App {
  readonly #options: AppOptions;
  readonly #server: Server;
  readonly #startedAt = performance.now();
  readonly #counts = { success: 0, failed: 0, error: 0 };
  #inFlight = 0;
  #lastRequestAt = 0;
  #isDraining = false;

  private constructor(options: AppOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    // Longer than any client's own limit: the side that closes an idle connection must be the one that sends on it.
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(options: AppOptions): Promise<App> {
    const app = new App(options);
    await new Promise<void>((resolve, reject) => {
      app.#server.once('error', reject);
      app.#server.listen(options.address?.port ?? 0, options.address?.host ?? '127.0.0.1', 1024, resolve);
    });
    return app;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends without cutting a request: unready at once, serving on until nobody sends any more. */
  async drain(times: DrainTimes): Promise<void> {
    this.#isDraining = true;
    const start = performance.now();
    await until(
      async () => {
        const now = performance.now();
        if (now - start >= times.mostMs) return true;
        const isQuiet = this.#inFlight === 0 && now - this.#lastRequestAt >= times.quietMs;
        return now - start >= times.leastMs && isQuiet;
      },
      { what: 'drain', timeoutMs: times.mostMs + 1000, everyMs: 25 },
    );
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), times.mostMs);
    await closed;
    clearTimeout(late);
  }

  /** As a crash does it: connections are cut. */
  kill(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const { pathname } = new URL(request.url ?? '/', 'http://pod');
    const isProbe = request.headers['user-agent']?.startsWith('kube-probe/') ?? false;
    this.#inFlight += 1;
    if (!isProbe && pathname !== '/metrics') this.#lastRequestAt = start;
    response.on('close', () => {
      this.#inFlight -= 1;
      if (isProbe || pathname === '/metrics') return;
      const source = String(request.headers['x-sandbox-source'] ?? 'unknown');
      const code = response.writableFinished ? response.statusCode : 0;
      this.#options.recorder?.request(source, code, performance.now() - start);
    });
    request.resume();
    if (this.#isDraining) response.setHeader('connection', 'close');
    response.setHeader('x-sandbox-version', this.#options.image.tag);
    response.setHeader('x-sandbox-pod', this.#options.podName);
    if (pathname === '/pay') await this.#pay(request, response);
    else if (pathname === '/metrics') this.#sendMetrics(response);
    else if (HEALTH.has(pathname)) this.#sendHealth(pathname, response);
    else this.#send(response, 404, { error: 'not found', path: pathname });
  }

  async #pay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' && request.method !== 'GET')
      return this.#send(response, 405, { error: 'method not allowed' });
    const { errorPercent, paymentFailPercent, delayMs } = this.#options.behaviour();
    const { errors, payments } = this.#options.faults;
    const isError = errors.isHit(errorPercent);
    const isFailed = !isError && payments.isHit(paymentFailPercent);
    await pause(delayMs + 2 + Math.random() * 8);
    if (isError) {
      this.#counts.error += 1;
      response.setHeader('x-sandbox-fault', '1');
      return this.#send(response, 500, { error: 'internal error', ...this.#identity() });
    }
    const status = isFailed ? 'failed' : 'success';
    this.#counts[status] += 1;
    this.#options.recorder?.payment(status);
    const reason = isFailed ? { reason: 'SWITCH_DECLINED' } : {};
    this.#send(response, 200, {
      paymentId: randomUUID(),
      status: status.toUpperCase(),
      ...reason,
      ...this.#identity(),
    });
  }

  #sendHealth(pathname: string, response: ServerResponse): void {
    const isUp = pathname !== '/ready' || (!this.#isDraining && !this.#options.behaviour().crashes);
    const part = pathname === '/health/db' ? { database: 'UP' } : {};
    const parts = pathname === '/health/deps' ? { dependencies: { bank: 'UP', fraud: 'UP' } } : part;
    const uptimeSeconds = Math.round((performance.now() - this.#startedAt) / 1000);
    const body = { status: isUp ? 'UP' : 'DOWN', ...parts, uptimeSeconds, ...this.#identity() };
    this.#send(response, isUp ? 200 : 503, body);
  }

  /** What this instance alone counted; Prometheus scrapes the mesh's sums instead (pods have no fixed address). */
  #sendMetrics(response: ServerResponse): void {
    const version = this.#options.image.tag;
    const lines = Object.entries(this.#counts).map(
      ([status, count]) => `app_payments_total{version="${version}",status="${status}"} ${count}`,
    );
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`# TYPE app_payments_total counter\n${lines.join('\n')}\n`);
  }

  #identity(): object {
    return {
      service: this.#options.image.name,
      version: this.#options.image.tag,
      pod: this.#options.podName,
    };
  }

  #send(response: ServerResponse, status: number, body: object): void {
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
    response.end(bytes);
  }
}
