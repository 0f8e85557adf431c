import type { AuditDraft } from '../../src/core/audit.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Person, Target } from '../../src/core/target.ts';
import type { RolloutChange } from '../../src/ports/rollout-store.ts';

let count = 0;
/** Unique in this process, so that one server serves all tests of a file. */
export const nextRolloutId = (): string => {
  count += 1;
  return `r-${count.toString(36).padStart(12, '0')}`;
};
export const nextTarget = (): Target => {
  count += 1;
  return { service: `service-${count}`, environment: 'prod', region: count % 2 === 0 ? 'mumbai' : null };
};

export const asha: Person = { id: 'U0ASHA', name: 'asha', email: 'asha@example.com' };
export const ravi: Person = { id: 'U0RAVI', name: 'ravi', email: null };

export const draft = (overrides: Partial<AuditDraft> = {}): AuditDraft => ({
  at: 1_700_000_000_000,
  actor: asha,
  origin: { via: 'command', team: 'T0TEAM', channel: 'C0WAR' },
  action: 'deploy.request',
  object: 'payment-gateway/prod/-',
  outcome: 'done',
  planDigest: null,
  data: { version: 'v2.3.1', weight: 25, reason: 'größer & <besser> 🚀' },
  ...overrides,
});

export const newRollout = (overrides: Partial<Rollout> = {}): Rollout => ({
  schemaVersion: 1,
  id: nextRolloutId(),
  kind: 'deploy',
  target: { service: 'payment-gateway', environment: 'prod', region: null },
  version: 'v2.3.1',
  requester: asha,
  reason: 'fix the retry loop',
  origin: { via: 'command', team: 'T0TEAM', channel: 'C0WAR' },
  channel: 'C0WAR',
  phase: 'planning',
  outcome: null,
  cause: { code: 'requested', text: 'Asked by @asha.', at: 1_700_000_000_000, by: asha },
  createdAt: Date.now(),
  phaseSince: 1_700_000_000_000,
  endedAt: null,
  plan: null,
  refusal: null,
  approvals: [],
  asks: [],
  step: -1,
  desiredPercent: 0,
  confirmedPercent: 0,
  peakPercent: 0,
  clock: { knownTicks: 0, neededTicks: 0, lastTickAt: null, blindSince: null },
  breaches: {},
  verdicts: [],
  chart: [],
  observedShare: null,
  observedRps: null,
  hold: null,
  needsSince: null,
  mentions: 0,
  reasserts: [],
  pausedFrom: null,
  probes: [],
  candidateUid: null,
  drainTowards: null,
  candidateReady: 0,
  stableReady: 0,
  ...overrides,
});

export const change = (
  next: Rollout,
  expectedRev: number,
  overrides: Partial<RolloutChange> = {},
): RolloutChange => ({
  next,
  expectedRev,
  token: null,
  lines: [],
  audit: [],
  isDirty: false,
  ...overrides,
});

export const line = (text: string) => ({ text, at: 1_700_000_000_000, mentions: ['U0ASHA'] });
