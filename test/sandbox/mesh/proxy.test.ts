import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MeshMetrics } from '../../../sandbox/mesh/metrics.ts';
import { type MeshProxy, startProxy } from '../../../sandbox/mesh/proxy.ts';
import { freePort } from '../../../sandbox/processes/port.ts';
import { until } from '../../../sandbox/processes/until.ts';

const service = { name: 'pay', namespace: 'payments' };
let ports: number[];
let metrics: MeshMetrics;
let proxy: MeshProxy;
let servers: Server[];

beforeEach(async () => {
  ports = [];
  servers = [];
  metrics = new MeshMetrics();
  const endpoint = (port: number) => ({
    pod: `pay-${port}`,
    host: '127.0.0.1',
    port,
    workload: 'pay-blue',
    version: 'v1',
    labels: {},
  });
  const view = {
    resolve: () => ({ kind: 'endpoints' as const, service, endpoints: ports.map(endpoint) }),
  };
  proxy = await startProxy({ view, metrics });
});
afterEach(async () => {
  await proxy.close();
  for (const server of servers) server.close().closeAllConnections();
});

async function startPod(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const seen = async (code: number, flags: string): Promise<boolean> =>
  new RegExp(
    `^istio_requests_total\\{.*destination_workload="pay-blue".*response_code="${code}",response_flags="${flags}".*\\} 1$`,
    'm',
  ).test(await metrics.expose());

it('passes method, path, headers and body on, and the answer back', async () => {
  const pod = await startPod(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    response.setHeader('x-answer', 'yes').writeHead(201);
    response.end(JSON.stringify({ method, url, host: headers.host, own: headers['x-own'], body }));
  });
  ports = [pod];

  const answer = await fetch(`${proxy.url}/a?b=c`, {
    method: 'POST',
    headers: { 'x-own': '1' },
    body: 'hello',
  });

  expect([answer.status, answer.headers.get('x-answer')]).toEqual([201, 'yes']);
  expect(await answer.json()).toEqual({
    method: 'POST',
    url: '/a?b=c',
    host: new URL(proxy.url).host,
    own: '1',
    body: 'hello',
  });
  expect(await seen(201, '-')).toBe(true);
});

it('answers 503 UF when no pod can be connected to', async () => {
  ports = [await freePort(), await freePort()];
  const answer = await fetch(proxy.url);

  expect([answer.status, answer.headers.get('x-sandbox-flags')]).toEqual([503, 'UF']);
  expect(await seen(503, 'UF')).toBe(true);
});

it('answers 503 UC when a pod hangs up, and does not send the request again', async () => {
  let requests = 0;
  const hangUp: RequestListener = (request) => {
    requests += 1;
    request.socket.destroy();
  };
  ports = [await startPod(hangUp), await startPod(hangUp)];
  const answer = await fetch(proxy.url, { method: 'POST', body: 'pay once' });

  expect([answer.status, answer.headers.get('x-sandbox-flags'), requests]).toEqual([503, 'UC', 1]);
  expect(await seen(503, 'UC')).toBe(true);
});

it('cuts the answer off when the pod breaks in the middle of it', async () => {
  ports = [
    await startPod((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    }),
  ];

  await expect(fetch(proxy.url).then((answer) => answer.text())).rejects.toThrow();
  expect(await seen(503, 'UC')).toBe(true);
});

it('counts a client that left as code 0 with DC, and leaves the pod too', async () => {
  let hasLeft = false;
  let isAsked = false;
  ports = [
    await startPod((_request, response) => {
      isAsked = true;
      response.on('close', () => {
        hasLeft = true;
      });
    }),
  ];
  const client = httpRequest(proxy.url).on('error', () => {});
  client.end();
  await until(async () => isAsked, { what: 'the request at the pod', timeoutMs: 3000 });
  client.destroy();

  await until(async () => hasLeft && seen(0, 'DC'), { what: 'DC', timeoutMs: 3000 });
});
