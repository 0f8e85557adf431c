import { createServer } from 'node:net';

/** Ports already handed out by this process: two parts started at once must not get the same one. */
const given = new Set<number>();

/** Listens on the port for a moment. @param port 0: whichever the kernel gives. */
const bind = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(bound));
    });
  });

/** A loopback port that nobody listens on now. Another process may still take it: whoever starts on it tries again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await bind(0);
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/** Throws when somebody listens there: a readiness probe would otherwise take a stranger's answer for ours. */
export async function assertFree(port: number): Promise<void> {
  try {
    await bind(port);
  } catch (cause) {
    throw new Error(`port ${port} is in use`, { cause });
  }
}
