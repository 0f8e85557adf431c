import { connect, type Socket } from 'node:net';
import type { TcpProber } from '../ports/tcp-prober.ts';

interface Outcome {
  readonly ok: boolean;
  readonly detail: string;
}

/** ECONNREFUSED and its like in words; the raw message of Node names no host when a name does not resolve. */
const explain = (error: NodeJS.ErrnoException): string => {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to the host';
    default:
      return error.message || error.code || 'the connection failed';
  }
};

type Open = (address: { readonly host: string; readonly port: number }) => Socket;

const attempt = (open: Open, host: string, port: number, timeoutMs: number): Promise<Outcome> =>
  new Promise((resolve) => {
    const socket = open({ host, port });
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    // A timer of our own: the socket's time-out begins anew with every address that a name resolves to.
    const timer = setTimeout(
      () => finish({ ok: false, detail: `no connection within ${timeoutMs} ms` }),
      timeoutMs,
    );
    socket.once('connect', () => finish({ ok: true, detail: 'connected' }));
    // Stays on after the end: a late error of a destroyed socket must not end the process.
    socket.on('error', (error) => finish({ ok: false, detail: explain(error) }));
  });

/** @param open how a socket is made; another one only in tests */
export const createTcpProber = (open: Open = connect): TcpProber => ({
  async connect(host, port, timeoutMs) {
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    try {
      return { ...(await attempt(open, host, port, timeoutMs)), ms: elapsed() };
    } catch (error) {
      // A port out of range is thrown, not emitted.
      return { ok: false, detail: error instanceof Error ? error.message : String(error), ms: elapsed() };
    }
  },
});
