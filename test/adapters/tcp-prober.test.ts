import { type AddressInfo, createServer, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTcpProber } from '../../src/adapters/tcp-prober.ts';

const tcpProber = createTcpProber();

describe('tcpProber', () => {
  it('connects, sends nothing and closes', async () => {
    let bytes = 0;
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => closed());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await tcpProber.connect('127.0.0.1', port, 1000)).toEqual({
      ok: true,
      detail: 'connected',
      ms: expect.any(Number),
    });
    await gone;
    expect(bytes).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['nobody listens', '127.0.0.1', 1, /connection refused/],
    ['a name that does not resolve', 'nobody.invalid', 80, /does not resolve/],
    ['a port that is none', '127.0.0.1', 70_000, /port|range/i],
  ])('%s: says so and does not throw', async (_title, host, port, words) => {
    const answer = await tcpProber.connect(host, port, 2000);
    expect(answer.ok).toBe(false);
    expect(answer.detail).toMatch(words);
  });

  it('gives up after its time', async () => {
    const silent = createTcpProber(() => new Socket());
    expect(await silent.connect('ledger', 5432, 50)).toMatchObject({
      ok: false,
      detail: 'no connection within 50 ms',
    });
  });
});
