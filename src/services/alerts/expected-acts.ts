/** Marks a rule as expected of a workload, for a time that ends by itself; and takes it back. */
import {
  EXPECTED_AT_LEAST_MS,
  EXPECTED_AT_MOST_MS,
  isExpected,
  whyNotExpected,
} from '../../core/alert/expected.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import { duration } from '../../views/format.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { SeenGroup, SilenceAsked } from './alert-acts.ts';
import { handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeGroup, loadSeen, placeOfGroup } from './change-group.ts';

const nameOf = ({ person }: Actor): string => person.name ?? person.id;

/** For the form as well. Throws `not_allowed`, `not_now`. */
export async function mayMarkExpected(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
): Promise<StoredGroup> {
  const stored = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'expect', placeOfGroup(ports, stored.group));
  const why = whyNotExpected(stored.group);
  if (why !== null) throw new DabbawalaError('not_now', `Not marked: ${why}.`, { hint: 'Acknowledge it.' });
  return stored;
}

export async function markExpected(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  { durationMs, reason }: SilenceAsked,
): Promise<StoredGroup> {
  await mayMarkExpected(ports, actor, seen);
  if (!(durationMs >= EXPECTED_AT_LEAST_MS && durationMs <= EXPECTED_AT_MOST_MS))
    throw new DabbawalaError('invalid_argument', 'A mark lasts an hour at least and 7 days at most.', {
      hint: 'Write it such as 6h or 3d. Change the rule itself if it is always expected.',
    });
  if (reason.trim() === '')
    throw new DabbawalaError('invalid_argument', 'A mark needs a reason.', { hint: 'Write why.' });
  await handsOf(ports).errands.add(seen.id, await ports.clock.now());
  return changeGroup(ports, actor, seen, 'alert.expect', (group, at) => {
    const why = whyNotExpected(group);
    if (why !== null) throw new DabbawalaError('not_now', `Not marked: ${why}.`);
    const until = at + durationMs;
    return {
      next: { ...group, expected: { by: actor.person, reason, at, until, events: group.events } },
      line: `${nameOf(actor)} marked it expected for ${duration(durationMs)}: ${reason}. It is counted, and nobody is called`,
      data: { until, reason },
    };
  });
}

export async function unmarkExpected(ports: AlertPorts, actor: Actor, seen: SeenGroup): Promise<StoredGroup> {
  const { group: before } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'expect', placeOfGroup(ports, before));
  return changeGroup(ports, actor, seen, 'alert.unexpect', (group, at) => {
    if (!isExpected(group, at)) return null;
    const { expected: _, ...next } = group;
    return { next, line: `${nameOf(actor)}: it is not expected any more, and calls again` };
  });
}
