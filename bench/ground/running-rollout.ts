/** A rollout in the middle of a step that never ends by itself, in the bot's own words. */
import type { Rule } from '../../src/core/analysis/rule.ts';
import type { ApprovalPolicy } from '../../src/core/approval/approval.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import {
  CLUSTER,
  CONTAINER,
  candidateUid,
  type GroundReady,
  NAMESPACE,
  PERCENT,
  REPOSITORY,
  rolloutId,
  TAGS,
  TEAM,
  userId,
  WAR_ROOM,
} from './settings.ts';

export interface Timing {
  /** Redis' clock, ms. */
  readonly now: number;
  readonly tickMs: number;
  /** First tick, ms from now: rollouts of a real day do not tick together. */
  readonly firstTickInMs: number;
}

const HOUR = 3_600_000;
const DIGEST = '0'.repeat(64);
const asker = { id: userId(0), name: 'Bench 0', email: null };
const POLICY: ApprovalPolicy = {
  users: [],
  groups: ['S0APPROVE'],
  emails: [],
  needed: 1,
  expiryMs: HOUR,
  remindMs: HOUR,
};
const RULES: readonly Rule[] = [
  {
    id: 'error_rate',
    title: 'Error rate',
    kind: 'errorRate',
    unit: '%',
    breachWhen: 'above',
    limit: 0.5,
    critical: 5,
    isRatio: true,
    query: null,
  },
  {
    id: 'p95',
    title: 'p95',
    kind: 'p95',
    unit: 'ms',
    breachWhen: 'above',
    limit: 2000,
    critical: null,
    isRatio: true,
    query: null,
  },
];

const planOf = (service: string, { registryHost, digests }: GroundReady, tickMs: number): Plan => {
  const repository = `${registryHost}/${REPOSITORY}`;
  return {
    schemaVersion: 1,
    kind: 'deploy',
    target: { service, environment: 'prod', region: null },
    production: true,
    cluster: CLUSTER,
    namespace: NAMESPACE,
    from: { digest: digests.live, tag: TAGS.live, repository },
    to: { digest: digests.next, tag: TAGS.next, repository },
    stableColour: 'blue',
    candidateColour: 'green',
    route: {
      kind: 'istio',
      cluster: CLUSTER,
      namespace: NAMESPACE,
      name: service,
      host: service,
      service,
    },
    template: service,
    container: CONTAINER,
    replicas: 1,
    templateHash: DIGEST,
    templateChanges: [],
    steps: [10, PERCENT, 50, 75, 100],
    rules: RULES,
    probes: [],
    times: {
      tickMs,
      readinessMs: HOUR,
      probesMs: HOUR,
      stepMs: 24 * HOUR,
      bakeMs: HOUR,
      drainMs: HOUR,
      windowMs: 30_000,
      scrapeIntervalMs: 5000,
      shareMs: 60_000,
      blindMs: 120_000,
      mentionMs: HOUR,
      escalateMs: HOUR,
      returnMs: HOUR,
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
    gates: [],
    forecast: [],
    digest: DIGEST,
  };
};

export function runningRollout(service: string, ground: GroundReady, timing: Timing): Rollout {
  const { now, tickMs, firstTickInMs } = timing;
  const plan = planOf(service, ground, tickMs);
  return {
    schemaVersion: 1,
    id: rolloutId(service),
    kind: 'deploy',
    target: plan.target,
    version: TAGS.next,
    requester: asker,
    reason: 'Benchmark',
    origin: { via: 'command', team: TEAM, channel: WAR_ROOM },
    channel: WAR_ROOM,
    phase: 'analysing',
    outcome: null,
    cause: { code: 'share_reached', text: `${PERCENT} % reached; watching`, at: now, by: null },
    createdAt: now,
    phaseSince: now,
    endedAt: null,
    plan,
    refusal: null,
    approvals: [
      {
        id: 'a1',
        subject: { kind: 'plan' },
        planDigest: DIGEST,
        requester: asker,
        requestedAt: now,
        expiresAt: now + HOUR,
        remindAt: now + HOUR,
        reminded: false,
        policy: POLICY,
        votes: [],
        state: 'approved',
        decidedAt: now,
      },
    ],
    asks: [],
    step: 1,
    desiredPercent: PERCENT,
    confirmedPercent: PERCENT,
    peakPercent: PERCENT,
    clock: {
      knownTicks: 0,
      neededTicks: 1_000_000,
      lastTickAt: now + firstTickInMs - tickMs,
      blindSince: null,
    },
    breaches: {},
    verdicts: [],
    chart: [],
    observedShare: PERCENT,
    observedRps: 50,
    hold: null,
    needsSince: null,
    mentions: 0,
    reasserts: [],
    pausedFrom: null,
    probes: [],
    candidateUid: candidateUid(service),
    drainTowards: null,
    candidateReady: 1,
    stableReady: 1,
  };
}
