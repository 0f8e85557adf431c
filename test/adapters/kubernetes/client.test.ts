import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KubeClient, pointer } from '../../../src/adapters/kubernetes/client.ts';
import { DEPLOYMENT, POD } from '../../../src/adapters/kubernetes/resources.ts';
import { type DabbawalaError, withHint } from '../../../src/lib/errors.ts';
import { codeOf } from '../../contract/traffic-router.suite.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let handler: Handler;
let server: Server;
let url: string;
let folder: string;
const seen: { path: string; authorization: string | undefined }[] = [];
const clients: KubeClient[] = [];

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'dabbawala-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await rm(folder, { recursive: true, force: true });
});

const open = (settings = {}): KubeClient => {
  const client = new KubeClient('mumbai', { server: url, insecureHttp: true, timeout: 2000, ...settings });
  clients.push(client);
  return client;
};
const get = (client: KubeClient) => client.read(DEPLOYMENT, 'payments', 'ledger');

describe('credentials', () => {
  it('a token file is read again when it was written again', async () => {
    const tokenFile = join(folder, 'token');
    handler = (_request, response) => json(response, 200, {});
    await writeFile(tokenFile, 'one\n');
    const client = open({ tokenFile });
    await get(client);
    await writeFile(tokenFile, 'two\n');
    await utimes(tokenFile, new Date(), new Date(Date.now() + 5000));
    await get(client);
    expect(seen.map((request) => request.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('a token file that is not there is cluster_unavailable, not a crash', async () => {
    handler = (_request, response) => json(response, 200, {});
    expect(await codeOf(get(open({ tokenFile: join(folder, 'none') })))).toBe('cluster_unavailable');
  });

  it('a kubeconfig gives server, context and token', async () => {
    handler = (_request, response) => json(response, 200, {});
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          { name: 'wrong', cluster: { server: 'https://127.0.0.1:1' } },
          { name: 'right', cluster: { server: `${url}/prefix` } },
        ],
        users: [{ name: 'bot', user: { token: 'from-file' } }],
        contexts: [
          { name: 'wrong', context: { cluster: 'wrong', user: 'bot' } },
          { name: 'right', context: { cluster: 'right', user: 'bot' } },
        ],
        'current-context': 'wrong',
      }),
    );
    await get(open({ server: undefined, kubeconfig, context: 'right' }));
    expect(seen[0]).toEqual({
      path: '/prefix/apis/apps/v1/namespaces/payments/deployments/ledger',
      authorization: 'Bearer from-file',
    });
    expect(() => open({ server: undefined, kubeconfig, context: 'nobody' })).toThrow(/no context "nobody"/);
  });

  it('plain http is refused unless the configuration allows it', () => {
    expect(() => open({ insecureHttp: false })).toThrow(/clusters.mumbai: the server is plain http/);
  });

  it('a kubeconfig that turns TLS verification off is refused', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [
          { name: 'c', cluster: { server: 'https://127.0.0.1:1', 'insecure-skip-tls-verify': true } },
        ],
        users: [{ name: 'bot', user: { token: 'from-file' } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'bot' } }],
        'current-context': 'c',
      }),
    );
    expect(() => open({ server: undefined, kubeconfig })).toThrow(/clusters.mumbai: .*TLS verification off/);
  });

  it('neither kubeconfig nor pod is a fault that says so, and what to do', () => {
    vi.stubEnv('KUBECONFIG', '');
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '');
    vi.stubEnv('HOME', folder);
    try {
      expect(() => open({ server: undefined, insecureHttp: false })).toThrow(
        /clusters.mumbai: no way to the cluster was found: .*Name a file in `kubeconfig`/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('a kubeconfig that is not there is a fault of the configuration', () => {
    expect(() => open({ server: undefined, kubeconfig: join(folder, 'none') })).toThrow(/could not be read/);
  });

  it('401 says that the token was refused', async () => {
    handler = (_request, response) =>
      json(response, 401, { kind: 'Status', reason: 'Unauthorized', code: 401 });
    await expect(get(open())).rejects.toMatchObject({
      code: 'cluster_unavailable',
      message: 'Cluster "mumbai": token refused (401).',
    });
  });

  it('403 of a right says in a sentence that fits a card what is missing, and the rule that gives it', async () => {
    const said =
      'deployments.apps "x" is forbidden: User "system:serviceaccount:ops:bot" cannot get resource "deployments" in API group "apps" in the namespace "payments"';
    handler = (_request, response) =>
      json(response, 403, { kind: 'Status', reason: 'Forbidden', message: said });
    const error = await get(open()).catch((thrown: unknown) => thrown as DabbawalaError);
    expect(error).toMatchObject({ code: 'forbidden', data: { said, verb: 'get', resource: 'deployments' } });
    expect(withHint(error as DabbawalaError)).toMatch(
      /^Cluster "mumbai" refused to get Deployment \S+: no right to \(403\)\. Add this rule to the bot's Role in namespace \S+: - \{apiGroups: \["apps"\], resources: \["deployments"\], verbs: \["get"\]\}$/,
    );
  });

  it('403 of a quota or policy keeps the words of the server', async () => {
    const message = 'deployments.apps "x" is forbidden: exceeded quota: team';
    handler = (_request, response) => json(response, 403, { kind: 'Status', message });
    await expect(get(open())).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('quota'),
    });
  });
});

describe('busy and broken servers', () => {
  it('429 is asked once more after Retry-After', async () => {
    handler = (_request, response) =>
      seen.length === 1 ? json(response, 429, {}, { 'retry-after': '0' }) : json(response, 200, { ok: true });
    expect(await get(open())).toEqual({ ok: true });
  });

  it('429 twice is cluster_unavailable', async () => {
    handler = (_request, response) => json(response, 429, {}, { 'retry-after': '0' });
    expect(await codeOf(get(open()))).toBe('cluster_unavailable');
    expect(seen).toHaveLength(2);
  });

  it('a Retry-After beyond the time-out ends with the time-out', async () => {
    handler = (_request, response) => json(response, 429, {}, { 'retry-after': '60' });
    expect(await codeOf(get(open({ timeout: 100 })))).toBe('cluster_unavailable');
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['500', 500, 'boom', 'cluster_unavailable'],
    ['502 of a load balancer', 502, '<html>bad gateway</html>', 'cluster_unavailable'],
    ['404 as plain text', 404, '404 page not found\n', 'crd_missing'],
    ['404 as Status', 404, '{"kind":"Status","reason":"NotFound"}', 'object_missing'],
    ['403 as Status', 403, '{"kind":"Status","message":"user cannot get resource \\"x\\""}', 'forbidden'],
    ['409', 409, '{"kind":"Status","reason":"Conflict"}', 'state_conflict'],
    ['an answer that is no JSON', 200, 'hello', 'cluster_unavailable'],
    ['an answer that is no object', 200, '[1]', 'cluster_unavailable'],
  ])('%s', async (_title, status, body, code) => {
    handler = (_request, response) => response.writeHead(status).end(body);
    expect(await codeOf(get(open()))).toBe(code);
  });

  it('a connection cut in the middle is cluster_unavailable', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setImmediate(() => response.destroy());
    };
    expect(await codeOf(get(open()))).toBe('cluster_unavailable');
  });

  it('a kept connection that the server closed is tried once more', async () => {
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    handler = (request, response) => {
      if (seen.length === 2) request.socket.destroy();
      else json(response, 200, { n: seen.length });
    };
    const client = open();
    await get(client);
    expect(await get(client)).toEqual({ n: 3 });
    expect(connections).toBe(2);
  });

  it('admission and quota are not explained as a missing right', async () => {
    const message = 'exceeded quota: pods, requested: 3, used: 8, limited: 10';
    handler = (_request, response) => json(response, 403, { kind: 'Status', reason: 'Forbidden', message });
    const refused = open().create(DEPLOYMENT, 'payments', { metadata: { name: 'x' } });
    await expect(refused).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(message),
      hint: expect.not.stringContaining('apiGroups'),
    });
  });
});

it('lists are read to their last page', async () => {
  handler = (request, response) => {
    const query = new URL(request.url ?? '', url).searchParams;
    json(response, 200, {
      items: [{ metadata: { name: query.get('continue') ?? 'first' } }],
      metadata: query.get('continue') === 'b' ? {} : { continue: query.get('continue') === null ? 'a' : 'b' },
    });
  };
  const pods = await open().list(POD, 'payments', 'app=x');
  expect(pods.map((pod) => (pod.metadata as { name: string }).name)).toEqual(['first', 'a', 'b']);
  expect(seen.every(({ path }) => path.includes('labelSelector=app%3Dx'))).toBe(true);
});

it('names in a path cannot leave it', async () => {
  handler = (_request, response) => json(response, 200, {});
  await open().read(DEPLOYMENT, 'payments', '../../secrets/x?y');
  expect(seen[0]?.path).toBe('/apis/apps/v1/namespaces/payments/deployments/..%2F..%2Fsecrets%2Fx%3Fy');
});

it('JSON pointers escape what means something in them', () => {
  expect(pointer('metadata', 'annotations', 'dabbawala.dev/token.a~b', 3)).toBe(
    '/metadata/annotations/dabbawala.dev~1token.a~0b/3',
  );
});
