/** What somebody hears who comes while a rollout of the target runs. */
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import { assertMay } from './permissions.ts';
import type { Actor, DeployRequest } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

const nameOf = ({ tag, version }: Rollout): string => tag ?? version;

const minutesSince = (at: number, now: number): number => Math.max(0, Math.round((now - at) / 60_000));

const askedFor = ({ requester, createdAt, reason }: Rollout, now: number): string =>
  `asked for by ${requester.name ?? requester.id} ${minutesSince(createdAt, now)} min ago${reason ? `: ${reason}` : ''}`;

const justEnding = (request: DeployRequest): DabbawalaError =>
  new DabbawalaError('rollout_running', `The last rollout of ${request.target.service} is just ending.`, {
    hint: 'Try again in a few seconds.',
  });

/** Requester, reason and age, and the way past it for those who may roll back. */
export async function claimHeld(
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
  holder: string,
  now: number,
): Promise<DabbawalaError> {
  const [running, waiting] = await Promise.all([
    ports.store.load(holder).catch(() => null),
    ports.targets.readTurn(request.target),
  ]);
  if (!running || hasEnded(running.rollout)) return justEnding(request);
  const { rollout } = running;
  const isSupersedable = waiting === null && whyNotSuperseded(rollout) === null;
  return new DabbawalaError(
    'rollout_running',
    `${nameOf(rollout)} is being rolled out to ${request.target.service} (${rollout.phase}), ${askedFor(rollout, now)}.`,
    {
      hint: isSupersedable
        ? 'Wait for its end, or add `supersede`: it goes back to the last good version first, then yours is planned. That needs the right to roll back.'
        : waiting === null
          ? 'Wait for its end, or roll it back first.'
          : 'Wait for its end: another deploy waits already to take its place.',
      data: {
        rolloutId: holder,
        running: nameOf(rollout),
        maySupersede: isSupersedable && (await mayRollBack(ports, actor, request)),
      },
    },
  );
}

async function mayRollBack(ports: UseCasePorts, actor: Actor, { target }: DeployRequest): Promise<boolean> {
  try {
    await assertMay(ports, actor, 'rollback', target);
    return true;
  } catch (error) {
    if (isDabbawalaError(error)) return false;
    throw error;
  }
}

/** One waits at most. */
export async function turnHeld(ports: UseCasePorts, waiting: string, now: number): Promise<DabbawalaError> {
  const stored = await ports.store.load(waiting).catch(() => null);
  if (!stored)
    return new DabbawalaError(
      'rollout_running',
      'Another deploy is about to take the place of the running one.',
      {
        hint: 'Try again in a minute.',
      },
    );
  const { rollout } = stored;
  return new DabbawalaError(
    'rollout_running',
    `${nameOf(rollout)} waits already to take the place of ${rollout.supersedes?.version ?? 'the running rollout'}, ${askedFor(rollout, now)}.`,
    { hint: 'Wait for its end, or press Withdraw on its card.', data: { rolloutId: waiting } },
  );
}

/** null: it may be superseded. */
function whyNotSuperseded({ kind, phase, cause }: Rollout): string | null {
  if (kind === 'rollback')
    return 'A rollback is running, and going back from it would bring the bad version back.';
  if (kind !== 'deploy') return 'An adoption is running, and nothing can be deployed before it stands.';
  if (phase === 'draining' && cause.code === 'drained')
    return 'This rollout is being promoted this very moment.';
  return null;
}

/** The running rollout, when it may be superseded; throws in words when not. */
export async function mustBeSuperseded(
  ports: UseCasePorts,
  request: DeployRequest,
  holder: string,
): Promise<Rollout> {
  const only = request.supersede?.only ?? null;
  if (only !== null && only !== holder)
    throw new DabbawalaError(
      'stale_button',
      'Another rollout runs now than the one that this button was for.',
      {
        hint: 'Ask again, and read which one it is.',
      },
    );
  const running = await ports.store.load(holder);
  if (!running || hasEnded(running.rollout)) throw justEnding(request);
  const why = whyNotSuperseded(running.rollout);
  if (why !== null) throw new DabbawalaError('not_now', why, { hint: 'Wait for its end, then ask again.' });
  return running.rollout;
}
