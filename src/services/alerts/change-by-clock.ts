/** The clock's change of an alert group: as a person's, with nobody's name on it. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AuditScalar } from '../../core/audit.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { AlertPorts } from './alert-ports.ts';
import { loadGroup } from './change-group.ts';

const TRIES = 40;

export interface ClockEdit {
  readonly next: AlertGroup;
  readonly line: string | null;
  readonly mentions?: readonly string[];
  /** Of the audit record; null: none is worth one. */
  readonly action: string | null;
  readonly data?: Readonly<Record<string, AuditScalar>>;
}

/** @param judge pure; null: nothing to change */
export async function changeByClock(
  ports: Pick<AlertPorts, 'alerts' | 'clock' | 'queue'>,
  id: string,
  judge: (group: AlertGroup, now: number) => ClockEdit | null,
): Promise<StoredGroup> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await loadGroup(ports, id);
    const now = await ports.clock.now();
    const edit = judge(stored.group, now);
    if (!edit) return stored;
    const { next, line, mentions = [], action, data = {} } = edit;
    const result = await ports.alerts.save(id, {
      next,
      expectedRev: stored.rev,
      lines: line === null ? [] : [{ text: line, at: now, mentions }],
      audit: action === null ? [] : [recordOf(id, action, data, now)],
      isDirty: true,
    });
    if (result === 'conflict') continue;
    await ports.queue.wakeChannel(next.channel);
    return { group: next, rev: stored.rev + 1 };
  }
  throw new DabbawalaError('state_conflict', 'This alert changes too fast just now.');
}

const recordOf = (
  object: string,
  action: string,
  data: Readonly<Record<string, AuditScalar>>,
  at: number,
) => ({
  at,
  actor: null,
  origin: { via: 'engine' as const, team: null, channel: null },
  ...{ action, object, outcome: 'done' as const, planDigest: null, data },
});
