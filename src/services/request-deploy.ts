import { cause, event } from '../core/rollout/moves.ts';
import type { RolloutKind } from '../core/rollout/plan.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { assertMay } from './permissions.ts';
import { clusterOf } from './plan-settings.ts';
import { auditOf } from './record.ts';
import type { Actor, AdoptionRequest, DeployRequest } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

/** Arguments that need no network are judged before the claim. Tag or digest; see the OCI distribution specification. */
const VERSION = /^(?:[\w][\w.-]{0,127}|sha256:[0-9a-f]{64})$/;
const REASON_AT_MOST = 500;

export async function requestDeploy(
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
): Promise<Stored> {
  judgeArguments(ports, request);
  await assertMay(ports, actor, 'deploy', request.target);
  return begin(ports, actor, request, 'deploy');
}

/** What an adoption brings is what runs: the plan finds out which version that is. */
const LIVE = 'live';

export async function requestAdoption(
  ports: UseCasePorts,
  actor: Actor,
  { target, reason, isUndo }: AdoptionRequest,
): Promise<Stored> {
  const request = { target, reason, version: LIVE };
  judgeArguments(ports, request);
  await assertMay(ports, actor, 'adopt', target);
  return begin(ports, actor, request, isUndo ? 'adopt-undo' : 'adopt');
}

export function judgeArguments(ports: UseCasePorts, { target, version, reason }: DeployRequest): void {
  if (!VERSION.test(version))
    throw new DabbawalaError(
      'invalid_argument',
      `"${version.slice(0, 60)}" is neither an image tag nor a digest.`,
      {
        hint: 'A tag looks like v2.3.1, a digest like sha256: and 64 hex digits.',
        data: { field: 'version' },
      },
    );
  if (reason !== null && reason.length > REASON_AT_MOST)
    throw new DabbawalaError('invalid_argument', `The reason is longer than ${REASON_AT_MOST} characters.`, {
      hint: 'Shorten it.',
      data: { field: 'reason' },
    });
  if (clusterOf(ports.config, target).production && (reason === null || reason.trim() === ''))
    throw new DabbawalaError('invalid_argument', `A reason is required in ${target.environment}.`, {
      hint: 'Add reason="why this goes out now".',
      data: { field: 'reason' },
    });
}

const WHAT: Readonly<Record<RolloutKind, string>> = {
  deploy: 'Deploy of',
  rollback: 'Rollback to',
  adopt: 'Adoption with',
  'adopt-undo': 'End of adoption with',
};

/** Claim first, then the rollout: a claim without one is freed by the sweeper. */
export async function begin(
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
  kind: RolloutKind,
  tag: string | null = null,
): Promise<Stored> {
  const id = `r-${ports.newId()}`;
  const now = await ports.clock.now();
  const claim = await ports.targets.takeClaim(request.target, id);
  if (claim.kind === 'held') throw await claimHeld(ports, request, claim.rolloutId, now);
  const rollout = { ...newRollout(ports, actor, request, kind, id, now), tag };
  const asked = event(
    'requested',
    now,
    `${WHAT[kind]} ${tag ?? request.version} asked for${request.reason ? `: ${request.reason}` : ''}`,
    { by: actor.person },
  );
  // History first: an id without a rollout is skipped, a rollout that history lacks would change what the last good one is.
  await ports.targets.appendHistory(request.target, id, now);
  const stored = await ports.store.create(rollout, [auditOf(rollout, asked, actor.origin)]);
  // Never throws, and a lost wake costs no more than a sweep: the person need not wait for it.
  void ports.queue.wake(id);
  return stored;
}

async function claimHeld(
  ports: UseCasePorts,
  { target }: DeployRequest,
  holder: string,
  now: number,
): Promise<DabbawalaError> {
  const running = await ports.store.load(holder).catch(() => null);
  if (!running || hasEnded(running.rollout))
    return new DabbawalaError('rollout_running', `The last rollout of ${target.service} is just ending.`, {
      hint: 'Try again in a few seconds.',
    });
  const { requester, version, reason, createdAt, phase } = running.rollout;
  const minutes = Math.max(0, Math.round((now - createdAt) / 60_000));
  return new DabbawalaError(
    'rollout_running',
    `${version} is being rolled out to ${target.service} (${phase}), asked for by ${requester.name ?? requester.id} ${minutes} min ago${reason ? `: ${reason}` : ''}.`,
    { hint: 'Wait for its end, or roll it back first.', data: { rolloutId: holder } },
  );
}

const newRollout = (
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
  kind: RolloutKind,
  id: string,
  now: number,
): Rollout => ({
  schemaVersion: 1,
  id,
  kind,
  target: request.target,
  version: request.version,
  requester: actor.person,
  reason: request.reason,
  origin: actor.origin,
  channel: ports.config.slack.warRoom,
  phase: 'planning',
  outcome: null,
  cause: cause('requested', 'Planning', now, actor.person),
  createdAt: now,
  phaseSince: now,
  endedAt: null,
  plan: null,
  refusal: null,
  approvals: [],
  asks: [],
  step: -1,
  desiredPercent: 0,
  confirmedPercent: 0,
  peakPercent: 0,
  clock: { knownTicks: 0, neededTicks: 1, lastTickAt: null, blindSince: null },
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
});
