/** Every state that a card can show, by name: for the limit tests, the golden lines and the screenshots. */
import type { ClosedOutcome, Rollout } from '../../src/core/rollout/rollout.ts';
import type { Message } from '../../src/ports/chat.ts';
import { rolloutCard } from '../../src/views/rollout-card.ts';
import { alertGallery } from './alert-gallery.ts';
import {
  APPROVED,
  ASHA,
  BHARAT,
  CHITRA,
  MINUTE,
  makeApproval,
  makeChart,
  makePlan,
  makeRollout,
  PASSING,
  POLICY,
  SECOND,
  T0,
  verdict,
  vote,
} from './rollout-fixtures.ts';

export interface CardState {
  readonly name: string;
  readonly rollout: Rollout;
}

const beforeTraffic: Partial<Rollout> = {
  step: -1,
  desiredPercent: 0,
  confirmedPercent: 0,
  peakPercent: 0,
  observedShare: null,
  observedRps: null,
  chart: [],
  verdicts: [],
  clock: { knownTicks: 0, neededTicks: 0, lastTickAt: null, blindSince: null },
};

const cause = (
  code: Rollout['cause']['code'],
  text: string,
  at: number,
  by = null as Rollout['cause']['by'],
): Rollout['cause'] => ({
  code,
  text,
  at,
  by,
});

/** Restored from its route after Redis was wiped. */
const lost = (overrides: Partial<Rollout> = {}): Rollout =>
  makeRollout({
    phase: 'paused',
    pausedFrom: 'shifting',
    approvals: [],
    verdicts: [],
    chart: [],
    needsSince: T0 + 6 * MINUTE,
    lostAt: T0 + 6 * MINUTE,
    cause: cause(
      'state_lost',
      'State lost: restored from the route at 25 %. Rules are still judged; going on needs a new approval',
      T0 + 6 * MINUTE,
    ),
    phaseSince: T0 + 6 * MINUTE,
    ...overrides,
  });

const closed = (outcome: ClosedOutcome, why: Rollout['cause'], overrides: Partial<Rollout> = {}): Rollout =>
  makeRollout({
    ...beforeTraffic,
    phase: 'closed',
    outcome,
    cause: why,
    endedAt: why.at,
    phaseSince: why.at,
    ...overrides,
  });

const BREACHED = [
  verdict('error_rate', {
    verdict: 'breach',
    candidate: 3.1,
    stable: 0.02,
    detail: '3.1 % against at most 0.5 %',
  }),
  ...PASSING.slice(1),
];
const BLIND = PASSING.map((each) => ({
  ...each,
  verdict: 'unknown' as const,
  candidate: null,
  stable: null,
  detail:
    each.ruleId === 'error_rate'
      ? 'Prometheus did not answer within 2 s: sum by (destination_workload) (rate(istio_requests_total[30s]))'
      : '',
}));

const end = T0 + 9 * MINUTE;
const at100: Partial<Rollout> = {
  step: 4,
  desiredPercent: 100,
  confirmedPercent: 100,
  peakPercent: 100,
  observedShare: 100,
  observedRps: 200,
};
const goingBack: Partial<Rollout> = {
  phase: 'draining',
  drainTowards: 'stable',
  desiredPercent: 0,
  confirmedPercent: 0,
  cause: cause('rule_breached', 'Error rate 3.1 %, limit 0.5 %, twice in a row', T0 + 7 * MINUTE),
  phaseSince: T0 + 7 * MINUTE,
  verdicts: BREACHED,
  breaches: { error_rate: 2 },
  chart: makeChart([0.04, 1.9, 3.1]),
};

const LOW_TRAFFIC: Partial<Rollout> = {
  plan: makePlan({ analysis: { ...makePlan().analysis, lowTraffic: 'approve' } }),
  verdicts: PASSING.map((each) => ({
    ...each,
    verdict: 'unknown' as const,
    candidate: null,
    detail: 'too few requests to judge: 12 of at least 50',
    because: 'too_few_requests' as const,
  })),
  hold: {
    code: 'too_few_requests',
    text: 'Error rate: too few requests to judge: 12 of at least 50',
    since: T0 + 6 * MINUTE,
    mayBeApproved: true,
  },
  needsSince: T0 + 6 * MINUTE,
};

export const cardStates = (): CardState[] =>
  Object.entries(STATES).map(([name, rollout]) => ({ name, rollout }));

const STATES: Readonly<Record<string, Rollout>> = {
  planning: makeRollout({
    ...beforeTraffic,
    phase: 'planning',
    plan: null,
    approvals: [],
    cause: cause('requested', 'Asked for v2.3.1', T0, ASHA),
    phaseSince: T0,
  }),
  'awaiting-approval': makeRollout({
    ...beforeTraffic,
    phase: 'awaiting-approval',
    approvals: [makeApproval()],
    cause: cause('planned', 'Waiting for an approver', T0),
    phaseSince: T0,
  }),
  'awaiting-second-approval': makeRollout({
    ...beforeTraffic,
    phase: 'awaiting-approval',
    plan: makePlan({ forecast: [12, 30, 60, 90, 120], approval: { ...POLICY, needed: 2 } }),
    approvals: [makeApproval({ policy: { ...POLICY, needed: 2 }, votes: [vote(CHITRA)], reminded: true })],
    cause: cause('planned', 'Waiting for 2 approvals', T0),
    phaseSince: T0,
  }),
  preparing: makeRollout({
    ...beforeTraffic,
    phase: 'preparing',
    cause: cause('approved', 'Approved by Chitra', T0 + 2 * MINUTE),
    phaseSince: T0 + 2 * MINUTE,
    candidateReady: 1,
  }),
  probing: makeRollout({
    ...beforeTraffic,
    phase: 'probing',
    cause: cause('candidate_ready', '3 of 3 pods ready', T0 + 3 * MINUTE),
    phaseSince: T0 + 3 * MINUTE,
    probes: [
      {
        name: 'healthz',
        status: 'passed',
        attempts: 1,
        nextAt: 0,
        evidence: '3 of 3 pods answered 200 to GET /healthz',
      },
      {
        name: 'database',
        status: 'running',
        attempts: 2,
        nextAt: 0,
        evidence: 'Job payment-gateway-probe-database runs',
      },
      { name: 'upi-partner', status: 'waiting', attempts: 0, nextAt: 0, evidence: '' },
    ],
  }),
  shifting: makeRollout({
    phase: 'shifting',
    desiredPercent: 25,
    confirmedPercent: 10,
    observedShare: 9.8,
    observedRps: 19.6,
    cause: cause('step_passed', '10 % passed every rule', T0 + 5 * MINUTE),
  }),
  analysing: makeRollout(),
  'analysing-held': makeRollout({
    verdicts: BLIND,
    chart: makeChart([null, null, null]),
    hold: {
      code: 'metrics_unknown',
      text: 'Prometheus did not answer for 45 s; the weight stays',
      since: T0 + 6 * MINUTE,
    },
    clock: { knownTicks: 10, neededTicks: 24, lastTickAt: T0 + 6 * MINUTE, blindSince: T0 + 6 * MINUTE },
    needsSince: T0 + 6 * MINUTE,
    cause: cause('share_reached', '25 % reached; watching', T0 + 5 * MINUTE),
  }),
  'analysing-traffic-approval': makeRollout({
    approvals: [
      APPROVED,
      makeApproval({
        id: 'a2',
        subject: { kind: 'traffic', step: 1, percent: 50 },
        requestedAt: T0 + 6 * MINUTE,
        expiresAt: T0 + 21 * MINUTE,
      }),
    ],
  }),
  'analysing-promote-approval': makeRollout({
    approvals: [
      APPROVED,
      makeApproval({
        id: 'a2',
        subject: { kind: 'promote', step: 1 },
        requester: BHARAT,
        requestedAt: T0 + 6 * MINUTE,
        expiresAt: T0 + 21 * MINUTE,
      }),
    ],
  }),
  'analysing-low-traffic': makeRollout(LOW_TRAFFIC),
  'analysing-evidence-approval': makeRollout({
    ...LOW_TRAFFIC,
    approvals: [
      APPROVED,
      makeApproval({
        id: 'a2',
        subject: { kind: 'evidence', step: 1, percent: 50 },
        requestedAt: T0 + 6 * MINUTE,
        expiresAt: T0 + 21 * MINUTE,
      }),
    ],
  }),
  'analysing-first-breach': makeRollout({
    verdicts: [
      verdict('error_rate', {
        verdict: 'breach',
        candidate: 0.9,
        stable: 0.02,
        detail: '0.9 % against at most 0.5 %',
      }),
      ...PASSING.slice(1),
    ],
    breaches: { error_rate: 1 },
    chart: makeChart([0.04, 0.9]),
  }),
  paused: makeRollout({
    phase: 'paused',
    pausedFrom: 'analysing',
    needsSince: T0 + 6 * MINUTE,
    cause: cause('asked_hold', 'Held: the ledger team deploys first', T0 + 6 * MINUTE, BHARAT),
    phaseSince: T0 + 6 * MINUTE,
  }),
  'paused-state-lost': lost(),
  'paused-state-lost-approval': lost({
    approvals: [
      makeApproval({
        subject: { kind: 'resume', step: 1, percent: 25 },
        requester: CHITRA,
        requestedAt: T0 + 7 * MINUTE,
        expiresAt: T0 + 22 * MINUTE,
      }),
    ],
  }),
  'paused-foreign-edit': makeRollout({
    phase: 'paused',
    pausedFrom: 'analysing',
    needsSince: T0 + 6 * MINUTE,
    mentions: 1,
    cause: cause(
      'foreign_edit',
      'kubectl-edit set the candidate to 60 %, twice in 2 min; another hand owns this field',
      T0 + 6 * MINUTE,
    ),
  }),
  baking: makeRollout({
    ...at100,
    phase: 'baking',
    clock: { knownTicks: 30, neededTicks: 120, lastTickAt: T0 + 15 * MINUTE, blindSince: null },
    cause: cause('share_reached', 'All traffic is on the candidate; watching', T0 + 13 * MINUTE),
    phaseSince: T0 + 13 * MINUTE,
  }),
  'draining-to-candidate': makeRollout({
    ...at100,
    phase: 'draining',
    drainTowards: 'candidate',
    cause: cause('bake_passed', 'Every rule held at 100 %; the former stable drains', T0 + 23 * MINUTE),
    phaseSince: T0 + 23 * MINUTE,
  }),
  'draining-to-stable': makeRollout({ ...goingBack, observedRps: 3.2, observedShare: 1.6 }),
  'draining-in-steps': makeRollout({
    ...goingBack,
    ...{ desiredPercent: 34, confirmedPercent: 34, peakPercent: 100, observedShare: 35.2, stableReady: 2 },
    wayBack: { until: T0 + 9 * MINUTE },
  }),
  'draining-contested': makeRollout({
    ...goingBack,
    ...{ confirmedPercent: 5, observedRps: 9.8, observedShare: 4.9, needsSince: T0 + 8 * MINUTE },
    hold: {
      code: 'way_back_contested',
      text: 'Another controller owns this field: argocd-controller keeps setting 5 % where the way back says 0 %',
      since: T0 + 8 * MINUTE,
    },
  }),
  'draining-unverified': makeRollout({
    ...goingBack,
    observedRps: null,
    observedShare: null,
    needsSince: T0 + 8 * MINUTE,
    hold: {
      code: 'stable_rate_unknown',
      text: 'The request rate of v2.3.1 cannot be read',
      since: T0 + 8 * MINUTE,
    },
  }),
  promoted: makeRollout({
    ...at100,
    phase: 'promoted',
    cause: cause('drained', 'v2.3.1 is stable', T0 + 33 * MINUTE),
    endedAt: T0 + 33 * MINUTE,
    phaseSince: T0 + 33 * MINUTE,
  }),
  'rolled-back': makeRollout({
    ...goingBack,
    phase: 'rolled-back',
    observedRps: 0,
    observedShare: 0,
    endedAt: end,
    phaseSince: end,
  }),
  'rolled-back-before-traffic': makeRollout({
    ...beforeTraffic,
    phase: 'rolled-back',
    cause: cause('probe_failed', 'Probe database failed: the Job ended with exit code 1', T0 + 4 * MINUTE),
    endedAt: T0 + 4 * MINUTE,
    probes: [
      {
        name: 'database',
        status: 'failed',
        attempts: 3,
        nextAt: 0,
        evidence: 'exit code 1: migration 42 is missing',
      },
    ],
  }),
  failed: makeRollout({
    ...goingBack,
    phase: 'failed',
    confirmedPercent: 25,
    cause: cause(
      'drain_unverified',
      'Weight 0 was written, and the route could not be read back for 20 min',
      T0 + 29 * MINUTE,
    ),
    endedAt: T0 + 29 * MINUTE,
  }),
  'closed-refused': closed(
    'refused',
    cause('refused', 'The target is locked by Bharat: quarter close', T0 + 2 * SECOND),
    {
      plan: makePlan({ gates: [{ gate: 'lock', passed: false, reason: 'Locked by Bharat: quarter close' }] }),
      approvals: [],
      refusal: {
        code: 'locked',
        text: 'The target is locked by Bharat: quarter close',
        hint: 'Ask Bharat to unlock it, or unlock it with a reason.',
      },
    },
  ),
  'closed-refused-without-plan': closed(
    'refused',
    cause('refused', 'The registry has no tag v2.3.9 of payment-gateway', T0 + 2 * SECOND),
    {
      version: 'v2.3.9',
      plan: null,
      approvals: [],
      refusal: {
        code: 'image_not_found',
        text: 'The registry has no tag v2.3.9',
        hint: 'Nearest tags: v2.3.1, v2.3.0.',
      },
    },
  ),
  'closed-rejected': closed(
    'rejected',
    cause('rejected', 'Rejected by Chitra: not before the quarter close', T0 + 3 * MINUTE, CHITRA),
    {
      approvals: [
        makeApproval({
          state: 'rejected',
          votes: [vote(CHITRA, { decision: 'reject', reason: 'not before the quarter close' })],
        }),
      ],
    },
  ),
  'closed-expired': closed('expired', cause('expired', 'No decision within 15 min', T0 + 15 * MINUTE), {
    approvals: [makeApproval({ state: 'expired' })],
  }),
  'closed-void': closed(
    'void',
    cause('ref_changed', 'Tag v2.3.1 points to another digest than the one shown', T0 + 4 * MINUTE),
    {
      approvals: [makeApproval({ state: 'void' })],
    },
  ),
  'closed-withdrawn': closed('withdrawn', cause('withdrawn', 'Withdrawn by Asha', T0 + MINUTE, ASHA), {
    approvals: [makeApproval({ state: 'withdrawn' })],
  }),
  'fast-lane': makeRollout({
    ...at100,
    kind: 'rollback',
    version: 'v2.3.0',
    phase: 'baking',
    step: 0,
    plan: makePlan({
      kind: 'rollback',
      steps: [100],
      forecast: [6000],
      from: makePlan().to,
      to: makePlan().from,
      stableColour: 'green',
      candidateColour: 'blue',
    }),
    approvals: [],
    reason: 'Refunds time out',
    clock: { knownTicks: 30, neededTicks: 120, lastTickAt: T0 + 3 * MINUTE, blindSince: null },
    cause: cause('share_reached', 'All traffic is on the candidate; watching', T0 + 2 * MINUTE),
  }),
};

/** Every state as its card, as `npm run screenshots` shows it. */
export const cardGallery = (): { readonly name: string; readonly message: Message }[] => [
  ...cardStates().map(({ name, rollout }, index) => ({
    name,
    message: rolloutCard({
      rollout,
      rev: index + 3,
      onCall: ['S0ONCALL'],
    }),
  })),
  ...alertGallery(),
];
