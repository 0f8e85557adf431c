/** Lists as an API server answers them: the simulator's pods are always well. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { KubernetesDiagnostics } from '../../../src/adapters/kubernetes/diagnostics.ts';
import { CLUSTER, NAMESPACE, PLACE } from '../../contract/objects.ts';

let server: Server;
let client: KubeClient;
let diagnostics: KubernetesDiagnostics;
let mayReadEvents = true;
let asked: string[] = [];

const pod = (name: string, isReady: boolean, status: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE },
  spec: { containers: [{ name: 'app', image: 'registry.example/app:v1' }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    containerStatuses: [{ name: 'app', restartCount: 0, ...status }],
  },
});
const warning = (name: string, object: string, at: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: NAMESPACE },
  involvedObject: { kind: 'Pod', name: object, namespace: NAMESPACE },
  ...{ type: 'Warning', reason: 'BackOff', message: 'restarting failed container, token=abc123', count: 12 },
  lastTimestamp: at,
  ...more,
});

const PODS = [
  pod('ledger-blue-676b6c5bbc-4xc6t', true, {}),
  pod('ledger-green-676b6c5bbc-5xc6t', false, {
    restartCount: 4,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-25T03:00:00Z' } },
  }),
  pod('ledger-api-676b6c5bbc-6xc6t', false, {}),
];
const EVENTS = [
  warning('a', 'ledger-green-676b6c5bbc-5xc6t', '2026-11-25T03:01:00Z'),
  warning('b', 'ledger-green-676b6c5bbc-5xc6t', '2026-11-25T03:02:00Z', { reason: 'Unhealthy', count: 1 }),
  warning('c', 'ledger-green-676b6c5bbc-5xc6t', '2026-11-25T03:03:00Z', { type: 'Normal' }),
  warning('d', 'ledger-api-676b6c5bbc-6xc6t', '2026-11-25T03:04:00Z'),
];
const FORBIDDEN = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'no right', code: 403 };

function answer(path: string): readonly [number, unknown] {
  if (path.includes('/log?')) return [200, 'starting\nlost the ledger, password=hunter2\n'];
  if (path.includes('/events'))
    return mayReadEvents ? [200, { kind: 'EventList', items: EVENTS }] : [403, FORBIDDEN];
  const named = PODS.find(({ metadata }) => path.endsWith(`/pods/${metadata.name}`));
  if (named) return [200, named];
  return path.includes('/pods?')
    ? [200, { kind: 'PodList', items: PODS }]
    : [404, { ...FORBIDDEN, reason: 'NotFound', code: 404 }];
}

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const [status, body] = answer(url);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new KubeClient(CLUSTER, { server: url, insecureHttp: true, timeout: 2000 });
  diagnostics = new KubernetesDiagnostics(new Map([[CLUSTER, client]]));
});
afterAll(async () => {
  client?.close();
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

describe('a look at workloads', () => {
  it('finds their own pods alone, the sick first, with how they ended', async () => {
    const { pods } = await diagnostics.look(PLACE, ['ledger-blue', 'ledger-green']);
    expect(pods).toEqual([
      {
        ...{
          name: 'ledger-green-676b6c5bbc-5xc6t',
          isReady: false,
          waiting: 'CrashLoopBackOff',
          restarts: 4,
        },
        lastExit: { container: 'app', reason: 'OOMKilled', exitCode: 137, at: Date.UTC(2026, 10, 25, 3) },
      },
      { name: 'ledger-blue-676b6c5bbc-4xc6t', isReady: true, waiting: null, restarts: 0, lastExit: null },
    ]);
  });

  it('brings the warnings about them, newest first, without secrets', async () => {
    const { warnings } = await diagnostics.look(PLACE, ['ledger-green']);
    expect(warnings?.map(({ reason, count }) => [reason, count])).toEqual([
      ['Unhealthy', 1],
      ['BackOff', 12],
    ]);
    expect(JSON.stringify(warnings)).not.toContain('abc123');
  });

  it('of a pod that is not there has no last lines', async () => {
    expect(await diagnostics.lastLines(PLACE, 'nobody', 20)).toBeNull();
  });

  it('says that Events may not be read, and tells the pods all the same', async () => {
    mayReadEvents = false;
    const { pods, warnings } = await diagnostics.look(PLACE, ['ledger-blue']);
    expect([pods.length, warnings]).toEqual([1, null]);
  });

  it('reads the last lines of the run that ended, without secrets', async () => {
    asked = [];
    const lines = await diagnostics.lastLines(PLACE, 'ledger-green-676b6c5bbc-5xc6t', 20);
    expect(lines).toEqual(['starting', 'lost the ledger, password=[hidden]']);
    expect(asked.at(-1)).toMatch(/container=app&tailLines=20&limitBytes=65536&previous=true/);
    await diagnostics.lastLines(PLACE, 'ledger-blue-676b6c5bbc-4xc6t', 20);
    expect(asked.at(-1)).not.toContain('previous');
  });
});
