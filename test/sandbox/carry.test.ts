import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carrier, carry } from '../../sandbox/processes/carry.ts';

let folder: string;
let inner: Carrier;
let outer: Carrier;
let outerPort: number;
const page = createServer((request, response) => {
  response.write(`${request.method} ${request.url} `);
  request.pipe(response);
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dabbawala-carry-'));
  const door = join(folder, 'page.sock');
  const listen = (): Promise<void> => new Promise((resolve) => page.listen(0, '127.0.0.1', resolve));
  await listen();
  inner = await carry({
    from: { path: door },
    to: { port: (page.address() as AddressInfo).port, host: '127.0.0.1' },
  });
  outer = await carry({ from: { port: 0, host: '127.0.0.1' }, to: { path: door } });
  outerPort = outer.port ?? 0;
});
afterAll(async () => {
  await outer?.close();
  await inner?.close();
  page.closeAllConnections();
  await new Promise((resolve) => page.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

describe('what is carried through a socket file', () => {
  it('arrives as it was sent, both ways, many at once', async () => {
    const body = 'x'.repeat(300_000);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const answer = await fetch(`http://127.0.0.1:${outerPort}/${index}`, { method: 'POST', body });
        return answer.text();
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => `POST /${index} ${body}`));
  });

  it('ends on one side when the other is away', async () => {
    await inner.close();
    await expect(fetch(`http://127.0.0.1:${outerPort}/`)).rejects.toThrow();
  });
});
