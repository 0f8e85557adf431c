import { type Override, onCallAt, onCallUntil } from '../../core/alert/on-call.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import { audited } from '../audited.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import { draft } from '../use-case-ports.ts';
import type { AlertPorts } from './alert-ports.ts';
import { escalationPolicy } from './escalation-policy.ts';
import type { LevelNow, OnCallActs, StandIn } from './on-call-acts.ts';

const PEOPLE_AT_MOST = 5;
const FOR_AT_LEAST = 60_000;
const FOR_AT_MOST = 14 * 24 * 3_600_000;

/** Each act under its name in the audit trail. */
export const createOnCallActs = (ports: AlertPorts): OnCallActs => ({
  show: () => show(ports),
  standIn: (actor, wanted) =>
    audited(ports, actor, 'oncall.override', { general: `level ${wanted.level}` }, () =>
      standIn(ports, actor, wanted),
    ),
  clear: (actor, level) =>
    audited(ports, actor, 'oncall.clear', { general: `level ${level}` }, () => clear(ports, actor, level)),
});

async function show({ config, onCall, clock }: AlertPorts): Promise<readonly LevelNow[]> {
  const policy = escalationPolicy(config);
  const [overrides, now] = await Promise.all([onCall.overrides(), clock.now()]);
  return policy.levels.map(({ after }, index) => {
    const level = index + 1;
    const called = onCallAt(policy, level, now, overrides);
    const override = called.by === 'override' ? overrides.find((one) => one.level === level) : undefined;
    return {
      ...{ level, after, override: override ?? null, ...called },
      until: onCallUntil(policy, level, now, overrides),
    };
  });
}

async function standIn(
  ports: AlertPorts,
  actor: Actor,
  { level, people, forMs }: StandIn,
): Promise<Override> {
  await assertMayChange(ports, actor, level);
  if (people.length === 0 || people.length > PEOPLE_AT_MOST)
    throw new DabbawalaError('invalid_argument', `Name 1 to ${PEOPLE_AT_MOST} people or groups.`);
  if (!(forMs >= FOR_AT_LEAST && forMs <= FOR_AT_MOST))
    throw new DabbawalaError('invalid_argument', 'It lasts a minute at least and 14 days at most.', {
      hint: 'Say `for=4h` or `for=2d`. It ends by itself.',
    });
  for (const id of people) await assertCanBeCalled(ports, id);
  const at = await ports.clock.now();
  const override: Override = { level, people, until: at + forMs, by: actor.person, at };
  const data = { level, people: people.join(' '), until: override.until };
  await ports.onCall.setOverride(
    override,
    draft(actor, at, 'oncall.override', `level ${level}`, 'done', data),
  );
  return override;
}

async function clear(ports: AlertPorts, actor: Actor, level: number): Promise<Override | null> {
  await assertMayChange(ports, actor, level);
  const at = await ports.clock.now();
  const before = await ports.onCall.clearOverride(
    level,
    draft(actor, at, 'oncall.clear', `level ${level}`, 'done', { level }),
  );
  return before !== null && before.until > at ? before : null;
}

async function assertMayChange(ports: AlertPorts, actor: Actor, level: number): Promise<void> {
  const place = { service: null, environment: null, name: `level ${level}` };
  await assertMayAt(ports, actor, 'oncall', place);
  const { levels } = escalationPolicy(ports.config);
  if (Number.isInteger(level) && level >= 1 && level <= levels.length) return;
  throw new DabbawalaError(
    'invalid_argument',
    levels.length === 1 ? 'There is one level: 1.' : `There are levels 1 to ${levels.length}.`,
    { hint: 'Further levels are configured under `alerts.escalation.levels`.' },
  );
}

/** A group without members, a bot, or an id that nobody has: a call that nobody hears. */
async function assertCanBeCalled({ directory }: AlertPorts, id: string): Promise<void> {
  if (id.startsWith('S')) {
    if ((await directory.members(id)).length === 0)
      throw new DabbawalaError('invalid_argument', `The group ${id} has no members.`);
    return;
  }
  if ((await directory.person(id)).isBot)
    throw new DabbawalaError('invalid_argument', `${id} is a bot: it cannot be on call.`);
}
