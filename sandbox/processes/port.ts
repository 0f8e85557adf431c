import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports already handed out by this process: two parts started at once must not get the same one. */
const given = new Set<number>();

/** Listens on the port for a moment. */
const bind = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });

/**
 * Below what the kernel gives to connections (from 32768 on by default): a port of that range would soon be some request's
 * own, with hundreds of them a second on the machine.
 */
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** A loopback port that nobody listens on now. Another process may still take it: whoever starts on it tries again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  bind(port).then(
    () => true,
    () => false,
  );

/** Throws when somebody listens there: a readiness probe would otherwise take a stranger's answer for ours. */
export async function assertFree(port: number): Promise<void> {
  try {
    await bind(port);
  } catch (cause) {
    throw new Error(`port ${port} is in use`, { cause });
  }
}
