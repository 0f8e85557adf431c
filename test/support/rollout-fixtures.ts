/** Rollouts and plans as the engine leaves them, for tests of whatever reads them. */

import type { Rule, RuleVerdict } from '../../src/core/analysis/rule.ts';
import type { Approval, ApprovalPolicy, Vote } from '../../src/core/approval/approval.ts';
import type { Plan, ProbeSpec } from '../../src/core/rollout/plan.ts';
import type { ChartPoint, Rollout } from '../../src/core/rollout/rollout.ts';
import type { Person, Target } from '../../src/core/target.ts';

/** 2026-11-25 14:00 UTC. */
export const T0 = Date.UTC(2026, 10, 25, 14, 0, 0);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const ASHA: Person = { id: 'U0ASHA', name: 'Asha', email: 'asha@tiffin.example' };
export const BHARAT: Person = { id: 'U0BHARAT', name: 'Bharat', email: 'bharat@tiffin.example' };
export const CHITRA: Person = { id: 'U0CHITRA', name: 'Chitra', email: 'chitra@tiffin.example' };
export const TARGET: Target = { service: 'payment-gateway', environment: 'prod', region: null };

export const ERROR_RATE: Rule = {
  id: 'error_rate',
  title: 'Error rate',
  kind: 'errorRate',
  unit: '%',
  breachWhen: 'above',
  limit: 0.5,
  critical: 5,
  isRatio: true,
  query: null,
};
export const P95: Rule = {
  ...ERROR_RATE,
  id: 'p95',
  title: 'p95 latency',
  kind: 'p95',
  unit: 'ms',
  limit: 2000,
  critical: null,
  isRatio: false,
};
export const PAYMENTS: Rule = {
  ...ERROR_RATE,
  id: 'payment_success',
  title: 'Payment success',
  kind: 'promql',
  breachWhen: 'below',
  limit: 99,
  critical: 95,
  query:
    '100 * sum(rate(payments_ok{destination_workload="$workload"}[$window])) / sum(rate(payments_all{destination_workload="$workload"}[$window]))',
};

export const verdict = (ruleId: string, overrides: Partial<RuleVerdict> = {}): RuleVerdict => ({
  ruleId,
  verdict: 'pass',
  isCritical: false,
  candidate: 0.02,
  stable: 0.03,
  detail: '',
  ...overrides,
});

export const PASSING: readonly RuleVerdict[] = [
  verdict('error_rate'),
  verdict('p95', { candidate: 182, stable: 176 }),
  verdict('payment_success', { candidate: 99.7, stable: 99.6 }),
];

export const probe = (name: string, overrides: Partial<ProbeSpec> = {}): ProbeSpec => ({
  name,
  group: 'service_health',
  critical: true,
  timeoutMs: 2000,
  retries: 2,
  intervalMs: 1000,
  check: { kind: 'podHttp', path: '/healthz', port: 8080, scheme: 'http', status: 200 },
  ...overrides,
});

export const POLICY: ApprovalPolicy = {
  users: [],
  groups: ['S0APPROVE'],
  emails: [],
  needed: 1,
  expiryMs: 15 * MINUTE,
  remindMs: 10 * MINUTE,
};

export const DIGEST = '3f9ac2d41b7e6a508c91d2e3f40516273849a0b1c2d3e4f5061728394a5b6c7d';

export const makePlan = (overrides: Partial<Plan> = {}): Plan => ({
  schemaVersion: 1,
  kind: 'deploy',
  target: TARGET,
  production: true,
  cluster: 'mumbai-1',
  namespace: 'payments',
  from: {
    digest: `sha256:${'1a2b3c4d'.repeat(8)}`,
    tag: 'v2.3.0',
    repository: 'registry.example/payments/payment-gateway',
  },
  to: {
    digest: `sha256:${'5e6f7a8b'.repeat(8)}`,
    tag: 'v2.3.1',
    repository: 'registry.example/payments/payment-gateway',
  },
  stableColour: 'blue',
  candidateColour: 'green',
  route: {
    kind: 'istio',
    cluster: 'mumbai-1',
    namespace: 'payments',
    name: 'payment-gateway',
    host: 'payment-gateway.payments.svc.cluster.local',
    service: 'payment-gateway',
  },
  template: 'payment-gateway',
  container: 'app',
  replicas: 3,
  templateHash: 'c'.repeat(64),
  templateChanges: [
    { what: 'image', path: 'containers[app].image', change: 'changed', from: 'v2.3.0', to: 'v2.3.1' },
    { what: 'env', path: 'RETRY_BUDGET', change: 'added', from: null, to: null },
    { what: 'resources', path: 'app limits.memory', change: 'changed', from: '512Mi', to: '768Mi' },
  ],
  steps: [10, 25, 50, 75, 100],
  rules: [ERROR_RATE, P95, PAYMENTS],
  probes: [
    probe('healthz'),
    probe('database', { group: 'database' }),
    probe('upi-partner', { group: 'external_api', critical: false }),
  ],
  times: {
    tickMs: 5 * SECOND,
    readinessMs: 10 * MINUTE,
    probesMs: 5 * MINUTE,
    stepMs: 2 * MINUTE,
    bakeMs: 10 * MINUTE,
    drainMs: 10 * MINUTE,
    windowMs: 30 * SECOND,
    scrapeIntervalMs: 5 * SECOND,
    shareMs: MINUTE,
    blindMs: 2 * MINUTE,
    mentionMs: 10 * MINUTE,
    escalateMs: 20 * MINUTE,
    returnMs: 60 * MINUTE,
  },
  analysis: {
    unknown: 'hold',
    lowTraffic: 'wait',
    breachesToRollback: 2,
    minRequests: 50,
    errorBurst: 10,
    reporter: 'source',
  },
  approval: POLICY,
  gates: [
    { gate: 'lock', passed: true, reason: 'Nobody has locked it.' },
    { gate: 'claim', passed: true, reason: 'No other rollout runs.' },
    { gate: 'candidate_only', passed: true, reason: 'Every rule selects the candidate.' },
  ],
  forecast: [600, 1500, 3000, 4500, 6000],
  digest: DIGEST,
  ...overrides,
});

export const vote = (person: Person, overrides: Partial<Vote> = {}): Vote => ({
  person,
  decision: 'approve',
  at: T0 + 2 * MINUTE,
  reason: null,
  members: [],
  ...overrides,
});

export const makeApproval = (overrides: Partial<Approval> = {}): Approval => ({
  id: 'a1',
  subject: { kind: 'plan' },
  planDigest: DIGEST,
  requester: ASHA,
  requestedAt: T0,
  expiresAt: T0 + 15 * MINUTE,
  remindAt: T0 + 10 * MINUTE,
  reminded: false,
  policy: POLICY,
  votes: [],
  state: 'pending',
  decidedAt: null,
  ...overrides,
});

export const APPROVED = makeApproval({
  state: 'approved',
  votes: [vote(CHITRA)],
  decidedAt: T0 + 2 * MINUTE,
});

/** Error rates of both colours, a tick apart: calm, with the candidate's last values appended. */
export const makeChart = (last: readonly (number | null)[] = []): ChartPoint[] => {
  const calm = [0.02, 0.03, 0.01, 0.02, 0.04, 0.02, 0.03, 0.02, 0.03, 0.02];
  return [...calm, ...last].map((candidate, index) => ({
    at: T0 + 4 * MINUTE + index * 5 * SECOND,
    weight: 25,
    stable: 0.02 + (index % 3) * 0.01,
    candidate,
  }));
};

/** Running at 25 %, second step, all well. */
export const makeRollout = (overrides: Partial<Rollout> = {}): Rollout => ({
  schemaVersion: 1,
  id: 'r-7k2m9qx4c1ab',
  kind: 'deploy',
  target: TARGET,
  version: 'v2.3.1',
  requester: ASHA,
  reason: 'Retry budget for the UPI partner',
  origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' },
  channel: 'C0WARROOM',
  phase: 'analysing',
  outcome: null,
  cause: { code: 'share_reached', text: '25 % reached; watching', at: T0 + 5 * MINUTE, by: null },
  createdAt: T0,
  phaseSince: T0 + 5 * MINUTE,
  endedAt: null,
  plan: makePlan(),
  refusal: null,
  approvals: [APPROVED],
  asks: [],
  step: 1,
  desiredPercent: 25,
  confirmedPercent: 25,
  peakPercent: 25,
  clock: { knownTicks: 10, neededTicks: 24, lastTickAt: T0 + 6 * MINUTE, blindSince: null },
  breaches: {},
  verdicts: PASSING,
  chart: makeChart(),
  observedShare: 24.6,
  observedRps: 49.2,
  hold: null,
  needsSince: null,
  mentions: 0,
  reasserts: [],
  pausedFrom: null,
  probes: [],
  candidateUid: 'uid-green-1',
  drainTowards: null,
  candidateReady: 3,
  stableReady: 3,
  ...overrides,
});
