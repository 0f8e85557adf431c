import { cause, event } from '../core/rollout/moves.ts';
import { TURN_WAIT_MS, waitingWords } from '../core/rollout/phases/waiting-turn.ts';
import type { RolloutKind } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { claimHeld, mustBeSuperseded, turnHeld } from './claim-held.ts';
import { assertMayFix } from './incidents/open-incidents.ts';
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
  // Rights first: what a request lacks is nobody's business who may not ask.
  await assertMay(ports, actor, 'deploy', request.target);
  judgeArguments(ports, request);
  if (request.fixes !== undefined) await assertMayFix(ports.incidents, actor, request.fixes);
  return request.supersede ? supersede(ports, actor, request) : begin(ports, actor, request, 'deploy');
}

/** What an adoption brings is what runs: the plan finds out which version that is. */
const LIVE = 'live';

export async function requestAdoption(
  ports: UseCasePorts,
  actor: Actor,
  { target, reason, isUndo }: AdoptionRequest,
): Promise<Stored> {
  const request = { target, reason, version: LIVE };
  await assertMay(ports, actor, 'adopt', target);
  judgeArguments(ports, request);
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
  if (claim.kind === 'held') throw await claimHeld(ports, actor, request, claim.rolloutId, now);
  return store(ports, actor, { ...newRollout(ports, actor, request, kind, id, now), tag });
}

async function store(ports: UseCasePorts, actor: Actor, rollout: Rollout): Promise<Stored> {
  const { id, target, kind, reason, createdAt } = rollout;
  const asked = event(
    'requested',
    createdAt,
    `${WHAT[kind]} ${rollout.tag ?? rollout.version} asked for${reason ? `: ${reason}` : ''}`,
    { by: actor.person },
  );
  // History first: an id without a rollout is skipped, a rollout that history lacks would change what the last good one is.
  await ports.targets.appendHistory(target, id, createdAt);
  const stored = await ports.store.create(rollout, [auditOf(rollout, asked, actor.origin)]);
  // Never throws, and a lost wake costs no more than a sweep: the person need not wait for it.
  void ports.queue.wake(id);
  return stored;
}

/**
 * Instead of the rollout that runs: stored at once and waiting for the claim, so that nothing that dies in between loses
 * it. The engine asks the running one to go back; see core/rollout/phases/waiting-turn.ts.
 */
async function supersede(ports: UseCasePorts, actor: Actor, request: DeployRequest): Promise<Stored> {
  await assertMay(ports, actor, 'rollback', request.target);
  const holder = await ports.targets.readClaim(request.target);
  if (holder === null) return begin(ports, actor, request, 'deploy');
  const now = await ports.clock.now();
  const running = await mustBeSuperseded(ports, request, holder);
  const id = `r-${ports.newId()}`;
  const turn = await ports.targets.takeTurn(request.target, id);
  if (turn.kind === 'held') throw await turnHeld(ports, turn.rolloutId, now);
  const supersedes = {
    rolloutId: holder,
    version: running.tag ?? running.version,
    until: now + TURN_WAIT_MS,
  };
  const rollout = { ...newRollout(ports, actor, request, 'deploy', id, now), tag: null, supersedes };
  return store(ports, actor, {
    ...rollout,
    cause: cause('waiting', waitingWords(rollout), now, actor.person),
  });
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
  ...(request.forceForward ? { forceForward: true as const } : {}),
  ...(request.fixes === undefined ? {} : { fixes: request.fixes }),
});
