/** A person's change of an alert group: load, judge, save by compare-and-set, have the card drawn. */
import { aboutOf } from '../../core/alert/about.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AuditScalar } from '../../core/audit.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { Place } from '../permissions.ts';
import type { Actor } from '../services.ts';
import { draft } from '../use-case-ports.ts';
import type { SeenGroup } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';

/** Races that one change may lose: an alert in a storm changes many times a second. */
const TRIES = 40;

export interface GroupEdit {
  readonly next: AlertGroup;
  /** Said in the card's thread; null: the card alone shows it. */
  readonly line: string | null;
  /** Ids of people and groups that the line calls. */
  readonly mentions?: readonly string[];
  readonly data?: Readonly<Record<string, AuditScalar>>;
}

export async function loadGroup(ports: Pick<AlertPorts, 'alerts'>, id: string): Promise<StoredGroup> {
  const stored = await ports.alerts.load(id);
  if (!stored) throw new DabbawalaError('no_alert', `There is no alert ${id}.`);
  return stored;
}

/** The group as the person saw it, or `stale_button`. */
export async function loadSeen(
  ports: Pick<AlertPorts, 'alerts'>,
  { id, shown }: SeenGroup,
): Promise<StoredGroup> {
  const stored = await loadGroup(ports, id);
  assertSeen(stored.group, shown);
  return stored;
}

export function assertSeen({ episode, title }: AlertGroup, shown: string): void {
  if (String(episode) === shown) return;
  throw new DabbawalaError(
    'stale_button',
    `"${title}" ended and began anew since this card: it has a newer one.`,
  );
}

/** For rights: the service that the labels name, where they name one of ours. */
export const placeOfGroup = ({ config }: Pick<AlertPorts, 'config'>, group: AlertGroup): Place => {
  const about = aboutOf(group, config);
  return { ...about, name: about.service ?? group.title };
};

/**
 * @param action of the audit record, `alert.acknowledge`
 * @param judge pure; throws DabbawalaError to refuse, returns null when there is nothing to change
 */
export async function changeGroup(
  ports: Pick<AlertPorts, 'alerts' | 'clock' | 'queue'>,
  actor: Actor,
  seen: SeenGroup,
  action: string,
  judge: (group: AlertGroup, now: number) => GroupEdit | null,
): Promise<StoredGroup> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await loadSeen(ports, seen);
    const now = await ports.clock.now();
    const edit = judge(stored.group, now);
    if (!edit) return stored;
    const { next, line, mentions = [], data = {} } = edit;
    const result = await ports.alerts.save(seen.id, {
      next,
      expectedRev: stored.rev,
      lines: line === null ? [] : [{ text: line, at: now, mentions }],
      audit: [draft(actor, now, action, seen.id, 'done', data)],
      isDirty: true,
    });
    if (result === 'conflict') continue;
    await ports.queue.wakeChannel(next.channel);
    return { group: next, rev: stored.rev + 1 };
  }
  throw new DabbawalaError('state_conflict', 'This alert changes too fast just now.');
}
