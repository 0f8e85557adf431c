/** Carries connections from one place to another. */
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net';

export interface Carrier {
  /** null: it listens on a socket file. */
  readonly port: number | null;
  close(): Promise<void>;
}

/** Listens at `from`; each connection goes on to `to`. What breaks on one side ends on the other. */
export async function carry({
  from,
  to,
}: {
  readonly from: ListenOptions;
  readonly to: NetConnectOpts;
}): Promise<Carrier> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(from, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
