/** The configuration's part of a plan. Pure. */
import type { Config, ServiceConfig } from '../config/schema.ts';
import type { Rule } from '../core/analysis/rule.ts';
import type { ApprovalPolicy } from '../core/approval/approval.ts';
import type { AdoptionSettings, PlanSettings } from '../core/rollout/facts.ts';
import type { AnalysisPolicy, ProbeCheck, ProbeSpec, RolloutKind, Times } from '../core/rollout/plan.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';

/** Cluster of a target: its environment's one with the target's region. */
export function clusterOf(
  config: Config,
  target: Target,
): { readonly name: string; readonly namespace: string; readonly production: boolean } {
  const environment = config.environments[target.environment];
  const name = environment?.clusters.find(
    (cluster) => environment.clusters.length === 1 || config.clusters[cluster]?.region === target.region,
  );
  if (!environment || !name)
    throw new DabbawalaError(
      'unknown_environment',
      `There is no ${target.environment}${target.region ? ` in ${target.region}` : ''}.`,
    );
  return { name, namespace: environment.namespace, production: environment.production };
}

export const serviceOf = (config: Config, target: Target): ServiceConfig => {
  const service = config.services[target.service];
  if (!service)
    throw new DabbawalaError(
      'unknown_service',
      `There is no service "${target.service}" in the configuration.`,
    );
  return service;
};

export function planSettings(config: Config, target: Target, kind: RolloutKind): PlanSettings {
  const service = serviceOf(config, target);
  const cluster = clusterOf(config, target);
  const scrapeIntervalMs = config.clusters[cluster.name]?.prometheus.scrapeInterval ?? 15_000;
  return {
    kind,
    target,
    production: cluster.production,
    cluster: cluster.name,
    namespace: cluster.namespace,
    route: {
      kind: 'istio',
      cluster: cluster.name,
      namespace: cluster.namespace,
      name: service.route.virtualService ?? target.service,
      host: service.route.host ?? target.service,
      service: target.service,
    },
    template: service.template ?? target.service,
    container: service.container ?? target.service,
    repository: service.image,
    workloadLabel: service.workloadLabel,
    safety: {
      singleton: service.singleton,
      twoVersionsSafe: service.twoVersionsSafe,
      isOwnerAcknowledged: service.owner === 'acknowledged',
    },
    ...(kind === 'adopt' || kind === 'adopt-undo' ? { adopting: adoptingOf(service) } : {}),
    steps: kind === 'deploy' ? service.steps : [100],
    rules: rulesOf(service),
    // The pods of an adoption have traffic as soon as they are ready: a question put to metrics before traffic has no sense.
    probes: service.probes.filter((probe) => kind !== 'adopt' || probe.kind !== 'promql').map(probeOf),
    times: timesOf(service, scrapeIntervalMs),
    analysis: analysisOf(service),
    approval:
      kind === 'rollback'
        ? { ...approvalOf(config, service, target), needed: 0 }
        : approvalOf(config, service, target),
  };
}

const adoptingOf = (service: ServiceConfig): AdoptionSettings => ({
  meshClients: service.meshClients,
  propagationMs: service.times.propagationDelay,
});

/** What names nobody is left out: plans from before have no such part. */
const analysisOf = ({ analysis: { mayReachCandidate, ...analysis } }: ServiceConfig): AnalysisPolicy =>
  mayReachCandidate.length === 0 ? analysis : { ...analysis, mayReachCandidate };

function rulesOf({ rules }: ServiceConfig): readonly Rule[] {
  return [
    {
      id: 'error_rate',
      title: 'Error rate',
      kind: 'errorRate',
      unit: '%',
      breachWhen: 'above',
      ...rules.errorRate,
      isRatio: true,
      query: null,
    },
    {
      id: 'p95',
      title: 'p95 latency',
      kind: 'p95',
      unit: 'ms',
      breachWhen: 'above',
      ...rules.p95,
      isRatio: true,
      query: null,
    },
    ...rules.own.map((rule): Rule => ({ ...rule, kind: 'promql' })),
  ];
}

function timesOf({ times }: ServiceConfig, scrapeIntervalMs: number): Times {
  return {
    tickMs: times.tick,
    readinessMs: times.readiness,
    probesMs: times.probes,
    stepMs: times.step,
    bakeMs: times.bake,
    drainMs: times.drain,
    windowMs: Math.max(4 * scrapeIntervalMs, times.window),
    scrapeIntervalMs,
    shareMs: times.share,
    blindMs: times.blind,
    mentionMs: times.mention,
    escalateMs: times.escalate,
    returnMs: times.return,
  };
}

const approvalOf = (config: Config, service: ServiceConfig, target: Target): ApprovalPolicy =>
  policyAt(config, service, target.environment);

/** Where there is no service, or no environment is sure: the more general one. */
export function policyAt(
  config: Config,
  service: ServiceConfig | undefined,
  environment: string | null,
): ApprovalPolicy {
  const own = environment === null ? undefined : service?.approval[environment];
  const policy = own ?? service?.approval['default'] ?? config.approval;
  return {
    users: policy.approvers.users,
    groups: policy.approvers.groups,
    emails: policy.approvers.emails.map((email) => email.toLowerCase()),
    needed: policy.needed,
    expiryMs: policy.expiry,
    remindMs: policy.reminder ?? Math.round((policy.expiry * 2) / 3),
  };
}

function probeOf(probe: ServiceConfig['probes'][number]): ProbeSpec {
  const { name, group, critical, retries } = probe;
  return {
    name,
    group,
    critical,
    retries,
    timeoutMs: probe.timeout,
    intervalMs: probe.interval,
    check: checkOf(probe),
  };
}

function checkOf(probe: ServiceConfig['probes'][number]): ProbeCheck {
  switch (probe.kind) {
    case 'podHttp':
      return {
        kind: 'podHttp',
        path: probe.path ?? '/',
        port: probe.port ?? 80,
        scheme: probe.scheme,
        status: probe.status,
      };
    case 'job':
      return { kind: 'job', command: probe.command ?? [] };
    case 'promql':
      return { kind: 'promql', query: probe.query ?? '', op: probe.op ?? '==', value: probe.value ?? 0 };
    case 'tcp':
      return { kind: 'tcp', host: probe.host ?? '', port: probe.port ?? 0 };
  }
}
