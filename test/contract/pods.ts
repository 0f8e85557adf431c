/** Pods for the simulator: real HTTP servers, and commands whose end a test decides. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PodRuntime, PodSpecSeen } from '../../sandbox/contract.ts';

export interface TestPods extends PodRuntime {
  /** While true, pods that were told to stop do not end. */
  holdStops(isHeld: boolean): void;
  /** Requests that the pods were sent, by path. */
  readonly served: readonly string[];
  close(): Promise<void>;
}

const namedError = (name: string): Error => Object.assign(new Error(name), { name });

export const startTestPods = (): TestPods => {
  const servers = new Map<string, Server>();
  const served: string[] = [];
  let held: Promise<void> | null = null;
  let letGo: (() => void) | null = null;

  const end = (server: Server): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    served,
    holdStops: (isHeld) => {
      letGo?.();
      letGo = null;
      held = isHeld
        ? new Promise((resolve) => {
            letGo = resolve;
          })
        : null;
    },
    start: async (pod: PodSpecSeen) => {
      if (pod.image.includes('missing')) throw namedError('ErrImagePull');
      const server = createServer((request, response) => {
        served.push(request.url ?? '');
        if (request.url === '/hang') return;
        const status = request.url?.startsWith('/health') ? 200 : 500;
        response.writeHead(status).end(status === 200 ? 'ok' : 'password=hunter2 failed');
      });
      const { host, port } = pod.address ?? { host: '127.0.0.1', port: 0 };
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      servers.set(pod.uid, server);
      const address = server.address() as AddressInfo;
      return { port: address.port };
    },
    isReady: async () => true,
    stop: async (pod) => {
      await held;
      const server = servers.get(pod.uid);
      servers.delete(pod.uid);
      if (server) await end(server);
    },
    onExit: () => undefined,
    run: async (_pod, command) => {
      if (command[0] === 'hang') return new Promise(() => undefined);
      if (command[0] === 'fail')
        return { exitCode: 3, log: 'connecting\nledger refused: token=abc123 rejected\n' };
      return { exitCode: 0, log: 'connecting\nall 4 checks passed\n' };
    },
    close: async () => {
      letGo?.();
      await Promise.all([...servers.values()].map(end));
    },
  };
};
