import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../../sandbox/mesh/objects.ts';

type Kind = 'services' | 'pods' | 'endpointslices' | 'virtualservices' | 'destinationrules';

/** Just enough of list and watch to feed a proxy. */
export async function startFakeCluster() {
  const objects = new Map<string, Map<string, KubeObject>>();
  const watchers = new Map<string, Set<ServerResponse>>();
  const requests: string[] = [];
  let version = 100;
  let isBroken = false;

  const of = (kind: string) => {
    const map = objects.get(kind) ?? new Map<string, KubeObject>();
    objects.set(kind, map);
    return map;
  };
  const send = (kind: string, type: string, object: unknown): void => {
    for (const watcher of watchers.get(kind) ?? []) watcher.write(`${JSON.stringify({ type, object })}\n`);
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const kind = url.pathname.split('/').at(-1) ?? '';
    requests.push(`${url.pathname}${url.search}`);
    if (isBroken) return void response.writeHead(500).end('broken');
    if (request.headers.authorization !== 'Bearer secret') return void response.writeHead(401).end();
    if (url.searchParams.get('watch') !== '1') {
      const body = { metadata: { resourceVersion: String(version) }, items: [...of(kind).values()] };
      return void response.end(JSON.stringify(body));
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const set = watchers.get(kind) ?? new Set();
    watchers.set(kind, set.add(response));
    response.on('close', () => set.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    clusterUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'secret',
    requests,
    watcherCount: (kind: Kind) => watchers.get(kind)?.size ?? 0,
    put: (kind: Kind, object: KubeObject & Record<string, unknown>) => {
      version += 1;
      const metadata = { namespace: 'payments', ...object.metadata, resourceVersion: String(version) };
      const isNew = !of(kind).has(metadata.name);
      of(kind).set(metadata.name, { ...object, metadata });
      send(kind, isNew ? 'ADDED' : 'MODIFIED', { ...object, metadata });
    },
    remove: (kind: Kind, name: string) => {
      const object = of(kind).get(name);
      of(kind).delete(name);
      if (object) send(kind, 'DELETED', object);
    },
    /** Changes the list without telling the watchers. */
    forget: (kind: Kind, name: string) => void of(kind).delete(name),
    sendError: (kind: Kind) => send(kind, 'ERROR', { kind: 'Status', code: 410, reason: 'Expired' }),
    setBroken: (broken: boolean) => {
      isBroken = broken;
    },
    cutWatches: () => {
      for (const set of watchers.values()) for (const watcher of set) watcher.destroy();
    },
    endWatches: () => {
      for (const set of watchers.values()) for (const watcher of set) watcher.end();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type FakeCluster = Awaited<ReturnType<typeof startFakeCluster>>;
