/**
 * The floor of `reaction`: the shortest program that does it. A loop of 1 s per service asks Prometheus for the error
 * rate and, when it is too high, patches the route. It knows no store, no approval, no second owner and no other failure.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NAMESPACE } from './ground/settings.ts';
import { readRequest } from './measure/helper.ts';

export interface BareLoopRequest {
  readonly services: readonly string[];
  readonly tickMs: number;
  readonly cluster: string;
  readonly clusterToken: string;
  readonly prometheus: string;
}

const CRITICAL = 0.05;

const { services, tickMs, cluster, clusterToken, prometheus } = readRequest<BareLoopRequest>();

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: { readonly response_code?: string };
      readonly value: readonly [number, string];
    }[];
  };
}

async function isBad(service: string): Promise<boolean> {
  const query = `sum by (response_code) (increase(istio_requests_total{destination_workload="${service}-green"}[30s]))`;
  const answer = await fetch(`${prometheus}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
  });
  const { data } = (await answer.json()) as Answer;
  const sum = (pattern: RegExp): number =>
    data.result
      .filter(({ metric }) => pattern.test(metric.response_code ?? ''))
      .reduce((total, { value }) => total + Number(value[1]), 0);
  return sum(/^5/) / sum(/^/) > CRITICAL;
}

async function goBack(service: string): Promise<void> {
  const weight = (index: number, value: number) => ({
    op: 'add',
    path: `/spec/http/0/route/${index}/weight`,
    value,
  });
  const answer = await fetch(
    `${cluster}/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/virtualservices/${service}`,
    {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${clusterToken}`,
        'content-type': 'application/json-patch+json',
      },
      body: JSON.stringify([weight(0, 100), weight(1, 0)]),
    },
  );
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the patch of ${service} was answered ${answer.status}`);
}

async function loop(service: string, startsInMs: number): Promise<void> {
  await delay(startsInMs);
  for (;;) {
    const started = performance.now();
    if (await isBad(service)) return goBack(service);
    await delay(Math.max(0, tickMs - (performance.now() - started)));
  }
}

process.send?.({});
// As with the rollouts, their ticks are spread.
await Promise.all(services.map((service, index) => loop(service, (index / services.length) * tickMs)));
