/** The fault panel: each kind is a line in a table, does the real thing, and can be ended. */

import type { ClusterView } from '../cluster/cluster.ts';
import { type FaultKind, type FaultRequest, WORLD } from '../contract.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Prometheus, Redis } from '../processes/index.ts';
import { sendAlert, sendEvents } from './alert-senders.ts';
import type { Bot } from './bot.ts';
import { type Kubectl, kubectlEdit } from './kubectl.ts';

export interface FaultPorts {
  readonly mesh: Mesh;
  readonly cluster: ClusterView;
  readonly prometheus: Prometheus;
  readonly redis: Redis;
  readonly bots: readonly Bot[];
  /** A person with kubectl. */
  readonly kubectl: Kubectl;
  /** Of Alertmanager and Falco. */
  readonly webhookToken: string;
}

export interface ActiveFault {
  readonly kind: FaultKind;
  readonly text: string;
  readonly service: string | null;
  readonly version: string | null;
}

export class BadFault extends Error {}

export interface Faults {
  apply(request: FaultRequest): Promise<{ readonly done: string }>;
  active(): readonly ActiveFault[];
  clear(): Promise<void>;
}

type Fault = (
  ports: FaultPorts,
  request: FaultRequest,
  isOff: boolean,
) => Promise<{ readonly text: string; readonly version?: string }>;

/** The version that a deploy would bring: the newest tag that is not live. */
function versionOf(request: FaultRequest): { readonly service: string; readonly version: string } {
  const service = WORLD.services.find((entry) => entry.name === (request.service ?? 'payment-gateway'));
  if (!service)
    throw new BadFault(
      `no service "${request.service}"; there are ${WORLD.services.map((entry) => entry.name).join(', ')}`,
    );
  const tags: readonly string[] = service.tags;
  const next = tags[tags.indexOf(service.live) + 1] ?? tags.at(-1);
  const version = request.version ?? next ?? service.live;
  if (!tags.includes(version))
    throw new BadFault(`${service.name} has no ${version}; there are ${tags.join(', ')}`);
  return { service: service.name, version };
}

const behaviour =
  (change: (request: FaultRequest) => { readonly set: object; readonly words: string }): Fault =>
  async ({ mesh }, request, isOff) => {
    const { service, version } = versionOf(request);
    const { set, words } = change(request);
    await mesh.setBehaviour(`tiffin/${service}`, version, isOff ? null : set);
    return {
      text: isOff ? `${service} ${version} is healthy again` : `${service} ${version} ${words}`,
      version,
    };
  };

/** One that lives, so that it can be looked at and taken away. */
function podOf(cluster: ClusterView, service: string): string {
  const names = cluster
    .list(`/api/v1/namespaces/${WORLD.namespace}/pods`)
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith(`${service}-`));
  const [first] = names.sort();
  if (first === undefined) throw new BadFault(`no pod of ${service} is there`);
  return first;
}

const later = (seconds: number | undefined, end: () => Promise<unknown>): void => {
  if (seconds !== undefined) setTimeout(() => void end().catch(() => undefined), seconds * 1000).unref();
};

const FAULTS: Readonly<Record<Exclude<FaultKind, 'slack429'>, Fault>> = {
  errors: behaviour(({ percent = 3 }) => ({
    set: { errorPercent: percent },
    words: `fails ${percent} % of requests`,
  })),
  slow: behaviour(({ ms = 3000 }) => ({ set: { delayMs: ms }, words: `answers ${ms} ms late` })),
  crash: behaviour(() => ({ set: { crashes: true }, words: 'crashes after its start' })),
  payment: behaviour(({ percent = 5 }) => ({
    set: { paymentFailPercent: percent },
    words: `fails ${percent} % of payments`,
  })),
  async prometheus({ prometheus }, { seconds }, isOff) {
    if (isOff) {
      await prometheus.restart();
      return { text: 'Prometheus is up' };
    }
    await prometheus.stop();
    later(seconds, () => prometheus.restart());
    return { text: 'Prometheus is down' };
  },
  async redis({ redis }, { seconds }, isOff) {
    if (!isOff && seconds !== undefined) {
      await redis.stop();
      later(seconds, () => redis.restart());
      return { text: `Redis is down for ${seconds} s` };
    }
    await redis.restart();
    return { text: 'Redis was restarted' };
  },
  async killBot({ bots }) {
    await Promise.all(bots.map((bot) => bot.kill()));
    await Promise.all(bots.map((bot) => bot.start()));
    return { text: 'The bot was killed with SIGKILL and started again' };
  },
  async alert({ bots, webhookToken }, request, isOff) {
    const { service } = versionOf(request);
    await sendAlert({ bots, token: webhookToken }, service, isOff);
    return { text: isOff ? `PaymentErrors of ${service} is over` : `PaymentErrors of ${service} fires` };
  },
  async falco({ bots, cluster, webhookToken }, request, isOff) {
    if (isOff) return { text: 'An event has no end' };
    const { service } = versionOf(request);
    const pod = podOf(cluster, service);
    await sendEvents({ bots, token: webhookToken }, pod, 1);
    return { text: `Falco saw a shell in ${pod}` };
  },
  async falcoStorm({ bots, cluster, webhookToken }, request, isOff) {
    if (isOff) return { text: 'A storm ends by itself' };
    const { service } = versionOf(request);
    const pod = podOf(cluster, service);
    await sendEvents({ bots, token: webhookToken }, pod, 500);
    return { text: `500 events of Falco about ${pod}` };
  },
  async editRoute({ kubectl }, request, isOff) {
    if (isOff) return { text: 'An edit has no end' };
    const { service } = versionOf(request);
    const percent = request.percent ?? 0;
    await editWeights(kubectl, service, percent);
    return { text: `Somebody set ${percent} % to the candidate of ${service} by hand` };
  },
};

interface Weighted {
  metadata: { annotations?: Record<string, string> };
  spec: { http: { route: { destination: { subset?: string }; weight: number }[] }[] };
}

/** The colour that has less than the other, or the newer one, is the candidate. */
const editWeights = (kubectl: Kubectl, service: string, percent: number): Promise<void> =>
  kubectlEdit<Weighted>(
    kubectl,
    `/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}/virtualservices/${service}`,
    ({ metadata, spec }) => {
      const stable = metadata.annotations?.[`dabbawala.dev/stable.${service}`] ?? 'blue';
      for (const entry of spec.http[0]?.route ?? []) {
        if (entry.destination.subset === undefined)
          throw new BadFault(`the route of ${service} names no colour: adopt it first`);
        entry.weight = entry.destination.subset === stable ? 100 - percent : percent;
      }
    },
  );

export function createFaults(ports: FaultPorts): Faults {
  const active = new Map<string, ActiveFault & { readonly request: FaultRequest }>();
  const LASTING: readonly FaultKind[] = ['errors', 'slow', 'crash', 'payment', 'prometheus', 'alert'];
  return {
    async apply(request) {
      const fault = FAULTS[request.kind as keyof typeof FAULTS];
      if (!fault)
        throw new BadFault(
          `no fault "${request.kind}"; there are ${[...Object.keys(FAULTS), 'slack429'].join(', ')}`,
        );
      const isOff = request.off === true;
      const { text, version } = await fault(ports, request, isOff);
      const key = `${request.kind} ${version ?? ''} ${request.service ?? ''}`;
      if (isOff) active.delete(key);
      else if (LASTING.includes(request.kind)) {
        active.set(key, {
          kind: request.kind,
          text,
          service: request.service ?? null,
          version: version ?? null,
          request,
        });
        later(request.seconds, async () => active.delete(key));
      }
      return { done: text };
    },
    active: () =>
      [...active.values()].map(({ kind, text, service, version }) => ({ kind, text, service, version })),
    async clear() {
      for (const { request } of active.values())
        await FAULTS[request.kind as keyof typeof FAULTS](ports, request, true);
      active.clear();
    },
  };
}
