/** The configuration file that the bot of the sandbox gets: the same format as everybody's, with this world's addresses. */
import { stringify } from 'yaml';
import { WORLD, type WorldService } from '../contract.ts';

export interface Addresses {
  readonly slackApi: string;
  readonly slackPort: number;
  readonly healthPort: number;
  readonly webhookPort: number;
  readonly redis: string;
  readonly isRedisCluster: boolean;
  readonly cluster: string;
  readonly tokenFile: string;
  readonly trust: { readonly insecureHttp: true } | { readonly caFile: string };
  readonly prometheus: string;
  readonly registryHost: string;
}

export type Pace = 'demo' | 'script' | 'test';

/** `demo` is for eyes: a whole rollout in about four minutes. `script` and `test` are for machines. */
const TIMES: Readonly<Record<Pace, Readonly<Record<string, string>>>> = {
  demo: {
    tick: '2s',
    readiness: '90s',
    probes: '60s',
    step: '20s',
    bake: '30s',
    drain: '20s',
    window: '10s',
    share: '60s',
    blind: '120s',
    propagationDelay: '2s',
  },
  script: {
    tick: '1s',
    readiness: '60s',
    probes: '60s',
    step: '6s',
    bake: '8s',
    drain: '4s',
    window: '5s',
    share: '60s',
    blind: '120s',
    propagationDelay: '2s',
  },
  test: {
    tick: '500ms',
    readiness: '30s',
    probes: '30s',
    step: '1500ms',
    bake: '2s',
    drain: '1s',
    window: '4s',
    share: '60s',
    blind: '120s',
    propagationDelay: '2s',
  },
};

const approvers = { groups: ['S0APPROVE'] };
const operators = { groups: ['S0ONCALL', 'S0APPROVE'] };

export const botConfig = (addresses: Addresses, pace: Pace, services: readonly WorldService[]): string =>
  stringify({
    slack: {
      apiUrl: addresses.slackApi,
      host: '127.0.0.1',
      port: addresses.slackPort,
      teams: [WORLD.team.id],
      warRoom: 'C0WARROOM',
      channels: { C0PAYMENTS: { environment: 'prod' } },
      onCall: { groups: ['S0ONCALL'] },
    },
    server: { host: '127.0.0.1', port: addresses.healthPort },
    alerts: { host: '127.0.0.1', port: addresses.webhookPort },
    redis: { url: addresses.redis, cluster: addresses.isRedisCluster },
    registries: { [addresses.registryHost]: { insecureHttp: true } },
    clusters: {
      sandbox: {
        server: addresses.cluster,
        tokenFile: addresses.tokenFile,
        ...addresses.trust,
        prometheus: { url: addresses.prometheus, timeout: '2s', scrapeInterval: '1s' },
      },
    },
    environments: { prod: { production: true, namespace: WORLD.namespace, clusters: ['sandbox'] } },
    defaultEnvironment: 'prod',
    rights: Object.fromEntries(
      [
        'deploy',
        'rollback',
        'traffic',
        'hold',
        'go',
        'promote',
        'adopt',
        'lock',
        'unlock',
        'incident',
        'oncall',
        'quarantine',
        'kill',
        'expect',
      ].map((verb) => [verb, operators]),
    ),
    approval: { approvers, needed: 1, expiry: '15m' },
    services: Object.fromEntries(
      services.map((service) => [service.name, serviceConfig(service, addresses.registryHost, pace)]),
    ),
    logLevel: 'info',
  });

const serviceConfig = (service: WorldService, registryHost: string, pace: Pace) => ({
  short: [service.short],
  environments: ['prod'],
  image: `${registryHost}/tiffin/${service.name}`,
  rules: {
    own: [
      {
        id: 'payment_success',
        title: 'Payment success',
        query:
          '100 * (sum(increase(payments_total{destination_workload="$workload",status="success"}[$window])) or 0 * sum(increase(payments_total{destination_workload="$workload"}[$window]))) / sum(increase(payments_total{destination_workload="$workload"}[$window]))',
        breachWhen: 'below',
        limit: 99,
        critical: 90,
      },
    ],
  },
  probes: [
    {
      name: 'health',
      group: 'service_health',
      kind: 'podHttp',
      path: '/health',
      port: service.port,
      interval: '1s',
    },
    {
      name: 'database',
      group: 'database',
      kind: 'podHttp',
      path: '/health/db',
      port: service.port,
      interval: '1s',
    },
    {
      name: 'dependencies',
      group: 'external_api',
      kind: 'podHttp',
      path: '/health/deps',
      port: service.port,
      interval: '1s',
    },
    {
      name: 'gateway',
      group: 'payment_gateway',
      kind: 'job',
      command: ['/app/probe', 'payment'],
      timeout: '20s',
      interval: '1s',
    },
    {
      name: 'smoke',
      group: 'business_logic',
      kind: 'job',
      command: ['/app/probe', 'smoke'],
      timeout: '20s',
      interval: '1s',
    },
    {
      name: 'no-traffic',
      group: 'performance',
      kind: 'promql',
      query: '(sum(rate(istio_requests_total{destination_workload="$workload"}[$window])) or vector(0))',
      op: '==',
      value: 0,
      retries: 5,
      interval: '1s',
    },
  ],
  analysis: { minRequests: pace === 'demo' ? 50 : 15 },
  times: TIMES[pace],
});
