import { type Target, targetKey } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { TargetLock } from '../ports/rollout-store.ts';
import { assertMay } from './permissions.ts';
import type { Actor } from './services.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

export async function lockTarget(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
  reason: string,
): Promise<TargetLock> {
  await assertMay(ports, actor, 'lock', target);
  if (reason.trim() === '')
    throw new DabbawalaError('invalid_argument', 'A lock needs a reason.', {
      hint: 'Example: lock payment-gateway reason="migration until 18:00"',
      data: { field: 'reason' },
    });
  const now = await ports.clock.now();
  const lock: TargetLock = { owner: actor.person, reason: reason.trim().slice(0, 500), at: now };
  const result = await ports.targets.lock(
    target,
    lock,
    draft(actor, now, 'lock.set', targetKey(target), 'done', { reason: lock.reason }),
  );
  if (result.kind === 'locked') return lock;
  const minutes = Math.round((now - result.lock.at) / 60_000);
  throw new DabbawalaError(
    'locked',
    `${target.service} is locked by ${result.lock.owner.name ?? result.lock.owner.id} since ${minutes} min: ${result.lock.reason}`,
  );
}

/** Unlocking another's lock is allowed to whoever may unlock, and the record names both. */
export async function unlockTarget(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
  reason: string | null,
): Promise<TargetLock> {
  await assertMay(ports, actor, 'unlock', target);
  const held = await ports.targets.readLock(target);
  if (!held)
    throw new DabbawalaError('not_locked', `${target.service} is not locked in ${target.environment}.`);
  if (held.owner.id !== actor.person.id && (reason ?? '').trim() === '')
    throw new DabbawalaError(
      'invalid_argument',
      `This is the lock of ${held.owner.name ?? held.owner.id} (${held.reason}): ending it needs a reason.`,
      { hint: 'Add reason="…".', data: { field: 'reason' } },
    );
  const now = await ports.clock.now();
  const ended = await ports.targets.unlock(
    target,
    draft(actor, now, 'lock.end', targetKey(target), 'done', { owner: held.owner.id, reason }),
  );
  if (!ended) throw new DabbawalaError('not_locked', `${target.service} is not locked any more.`);
  return ended;
}
