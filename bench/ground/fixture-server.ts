/** The HTTP side of the fixture: Prometheus' query API, and the switch that makes a candidate fail. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster, KubeObject } from '../../sandbox/cluster/cluster.ts';
import { answerQuery, type Traffic } from './prometheus-answers.ts';
import { type FlipAnswer, NAMESPACE } from './settings.ts';

const ROUTES = `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/virtualservices`;
/** Well over the critical limit of 5 %: the first sample acts. */
const FAULT_PERCENT = 30;
const WEIGHT_0_WITHIN_MS = 20_000;

interface Route {
  readonly spec?: {
    readonly http?: readonly {
      readonly route: readonly {
        readonly destination: { readonly subset?: string };
        readonly weight?: number;
      }[];
    }[];
  };
}

const weightOf = (object: KubeObject | undefined, subset: string): number =>
  (object as Route | undefined)?.spec?.http?.[0]?.route.find((end) => end.destination.subset === subset)
    ?.weight ?? 0;

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** Listens on a free loopback port; returns its address. Ends with the process. */
export async function startFixture(cluster: Cluster): Promise<string> {
  const failing = new Set<string>();
  const traffic: Traffic = {
    percentOf: (workload) => {
      const [, service = '', subset = ''] = /^(.*)-(blue|green)$/.exec(workload) ?? [];
      return weightOf(cluster.read(`${ROUTES}/${service}`), subset);
    },
    errorPercentOf: (workload) => (failing.has(workload) ? FAULT_PERCENT : 0),
  };

  const flip = async (services: readonly string[]): Promise<FlipAnswer> => {
    cluster.clearRequests();
    const at = Date.now();
    for (const service of services) failing.add(`${service}-green`);
    await Promise.all(
      services.map((service) =>
        cluster.until(
          `${ROUTES}/${service}`,
          (object) => weightOf(object, 'green') === 0,
          WEIGHT_0_WITHIN_MS,
        ),
      ),
    );
    return {
      at,
      ms: Object.fromEntries(services.map((service) => [service, writtenAt(cluster, service) - at])),
    };
  };

  const answer = async (request: IncomingMessage): Promise<object> => {
    const url = new URL(request.url ?? '/', 'http://fixture');
    if (url.pathname === '/control/flip') return flip(url.searchParams.getAll('service'));
    const query = new URLSearchParams(await readBody(request)).get('query') ?? '';
    return answerQuery(query, traffic, NAMESPACE, Date.now() / 1000);
  };

  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response: ServerResponse) => {
    answer(request).then(
      (body) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      },
      (error: unknown) => {
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ status: 'error', errorType: 'internal', error: String(error) }));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** From the API server's own log: when the patch that carried weight 0 arrived. */
function writtenAt(cluster: Cluster, service: string): number {
  const write = cluster
    .requests()
    .find(
      ({ method, path, status, body }) =>
        method === 'PATCH' &&
        path === `${ROUTES}/${service}` &&
        status === 200 &&
        (body as readonly { readonly path: string }[]).some((operation) =>
          operation.path.endsWith('/weight'),
        ),
    );
  if (!write) throw new Error(`no write of weights to ${service} in the log`);
  return write.at;
}
