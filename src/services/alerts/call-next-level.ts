/** A person calls the next level now, whoever looks at it already. */
import { escalateNow } from '../../core/alert/escalation.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { SeenGroup } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeGroup, loadSeen, placeOfGroup } from './change-group.ts';
import { escalationPolicy, watchedOf } from './escalation-policy.ts';

export async function callNextLevel(ports: AlertPorts, actor: Actor, seen: SeenGroup): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'escalate', placeOfGroup(ports, group));
  const policy = escalationPolicy(ports.config);
  const overrides = await ports.onCall.overrides();
  const name = actor.person.name ?? actor.person.id;
  return changeGroup(ports, actor, seen, 'alert.escalate', (now, at) => {
    if (now.state === 'resolved')
      throw new DabbawalaError('not_now', `"${now.title}" has ended: there is nothing to call anybody for.`);
    const { escalation, isAgain } = escalateNow(watchedOf(now), policy, at, overrides);
    const { level, called } = escalation;
    if (called.length === 0)
      throw new DabbawalaError('not_now', `Nobody is on call on level ${level}.`, {
        hint: 'Name somebody under `slack.onCall` or `alerts.escalation.levels` in the configuration.',
      });
    return {
      next: { ...now, escalation },
      line: `${name} calls level ${level}${isAgain ? ' again: it is the last one' : ''}.`,
      mentions: called,
      data: { level, called: called.join(' ') },
    };
  });
}
