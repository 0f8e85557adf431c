/** Something to scrape: one gauge per service, set by the test. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Metric {
  readonly #name: string;
  readonly #values = new Map<string, number>();
  readonly #server: Server;

  constructor(name: string) {
    this.#name = name;
    this.#server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      const lines = [...this.#values].map(([service, value]) => `${name}{service="${service}"} ${value}`);
      response.end(`# TYPE ${name} gauge\n${lines.join('\n')}\n`);
    });
  }

  get name(): string {
    return this.#name;
  }

  set(service: string, value: number): void {
    this.#values.set(service, value);
  }

  /** The address to scrape. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/metrics`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
