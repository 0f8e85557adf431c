/**
 * From the intent that a group holds to a silence of Alertmanager, once: whoever comes to it first looks for the one that
 * carries our key, and creates it only where there is none. Run at the click, and by the clock until it is confirmed.
 */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { GIVE_UP_MS, type GroupSilence, matcherText, silenceComment } from '../../core/alert/silence.ts';
import type { AuditScalar } from '../../core/audit.ts';
import { DabbawalaError, toDabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { Alertmanager } from '../../ports/alertmanager.ts';
import { alertmanagerOf, handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeByClock } from './change-by-clock.ts';

/** Longer than a look and a create may take together: nobody creates beside it. */
const TURN_MS = 15_000;
/** This young nobody can have created it: there is nothing to look for. */
const NEW_MS = 1000;

/** Throws `alertmanager_unavailable` (nothing was done, or it is not known) or `alertmanager_refused`. */
export async function makeSilence(ports: AlertPorts, stored: StoredGroup): Promise<StoredGroup> {
  const { group } = stored;
  const { silence } = group;
  if (silence?.state !== 'creating') return stored;
  const { deliveries } = handsOf(ports);
  // Another process is at it, or was a moment ago.
  if (!(await deliveries.isFirst(`silence-make:${silence.key}`, TURN_MS))) return stored;
  const age = (await ports.clock.now()) - silence.startsAt;
  const isNew = age < NEW_MS;
  try {
    const made = await findOrCreate(alertmanagerOf(ports), silence, age);
    return await settle(ports, group.id, silence.key, (one) => ({
      ...{ ...one, state: 'open', silenceId: made.id, endsAt: made.endsAt },
    }));
  } catch (thrown) {
    const error = toDabbawalaError(thrown);
    await failed(ports, group, silence, error, isNew);
    throw error;
  }
}

async function findOrCreate(
  alertmanager: Alertmanager,
  silence: GroupSilence,
  age: number,
): Promise<{ readonly id: string; readonly endsAt: number }> {
  const found = age < NEW_MS ? null : await alertmanager.findByComment(silence.key);
  if (found) return found;
  // It answers and holds none: a silence that nobody waits for any more is not made.
  if (age > GIVE_UP_MS)
    throw new DabbawalaError('alertmanager_refused', 'Alertmanager did not take it within 5 minutes.');
  const { matchers, startsAt, endsAt, by } = silence;
  const id = await alertmanager.create({
    ...{ matchers, startsAt, endsAt, comment: silenceComment(silence) },
    createdBy: `${by.name ?? by.id} (Dabbawala)`,
  });
  return { id, endsAt };
}

/** What certainly was not done is not kept; what may have been done stays, and is looked for. */
async function failed(
  ports: AlertPorts,
  { id }: AlertGroup,
  silence: GroupSilence,
  error: DabbawalaError,
  isNew: boolean,
): Promise<void> {
  const isKnown = error.code === 'alertmanager_refused' || error.code === 'not_configured';
  const isNever = error.code === 'alertmanager_unavailable' && error.data['mayBeDone'] === false && isNew;
  // Else it is never given up while Alertmanager cannot be asked: it may hold a silence that nobody would know of.
  const isPast = (await ports.clock.now()) > silence.endsAt;
  if (!isKnown && !isNever && !isPast) return;
  await settle(ports, id, silence.key, (one) => ({
    ...{ ...one, state: 'refused', failure: error.message },
  }));
}

/** Saves what became of it, once, with its line and record. */
const settle = (
  ports: AlertPorts,
  id: string,
  key: string,
  next: (silence: GroupSilence) => GroupSilence,
): Promise<StoredGroup> =>
  changeByClock(ports, id, (group, at) => {
    const { silence } = group;
    if (silence?.key !== key || silence.state !== 'creating') return null;
    const after = next(silence);
    return {
      next: { ...group, silence: after },
      line: lineOf(after),
      action: after.state === 'open' ? 'alert.silence.open' : 'alert.silence.refused',
      data: dataOf(after, at),
    };
  });

function lineOf({ state, by, approvedBy, silenceId, failure, reason }: GroupSilence): string {
  if (state === 'refused') return `Not silenced: ${failure ?? 'no reason given'}`;
  const approved = approvedBy === null ? '' : `, approved by ${approvedBy.name ?? approvedBy.id}`;
  return `${by.name ?? by.id} silenced it in Alertmanager${approved}: ${reason} (silence ${silenceId ?? '?'})`;
}

const dataOf = (silence: GroupSilence, at: number): Readonly<Record<string, AuditScalar>> => ({
  key: silence.key,
  silence: silence.silenceId ?? '',
  by: silence.by.id,
  approvedBy: silence.approvedBy?.id ?? '',
  matchers: silence.matchers.map(matcherText).join(', ').slice(0, 1000),
  until: silence.endsAt,
  reason: silence.reason,
  tookMs: at - silence.startsAt,
});
