/** Maintenance by a person's word. Each throws DabbawalaError for whatever the person should hear. */
import type { Mute, OrderedMute } from '../../core/alert/mute.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import { audited } from '../audited.ts';
import { assertMayAt, type Place } from '../permissions.ts';
import type { Actor } from '../services.ts';
import { draft } from '../use-case-ports.ts';
import type { AlertPorts } from './alert-ports.ts';
import { escalationPolicy } from './escalation-policy.ts';

export interface MuteWanted {
  /** Shown on the cards; one that has this name is replaced. */
  readonly name: string;
  readonly match: Readonly<Record<string, string>>;
  readonly forMs: number;
}

export interface MuteActs {
  /** Of the configuration, and by people's word those that have not ended. Open to whoever may use the channel. */
  list(): Promise<{ readonly configured: readonly Mute[]; readonly ordered: readonly OrderedMute[] }>;
  /** What matches is shown and calls nobody, until it ends by itself. */
  mute(actor: Actor, wanted: MuteWanted): Promise<OrderedMute>;
  /** What still fires calls. Throws `invalid_argument` where there is none of that name. */
  end(actor: Actor, name: string): Promise<OrderedMute>;
}

const NAME_AT_MOST = 60;
const FOR_AT_LEAST = 60_000;
const FOR_AT_MOST = 14 * 24 * 3_600_000;

/** Each act under its name in the audit trail. */
export const createMuteActs = (ports: AlertPorts): MuteActs => ({
  list: () => list(ports),
  mute: (actor, wanted) =>
    audited(ports, actor, 'mute.set', { general: wanted.name.slice(0, NAME_AT_MOST) }, () =>
      mute(ports, actor, wanted),
    ),
  end: (actor, name) =>
    audited(ports, actor, 'mute.end', { general: name.slice(0, NAME_AT_MOST) }, () =>
      end(ports, actor, name),
    ),
});

async function list(ports: AlertPorts): ReturnType<MuteActs['list']> {
  const [mutes, now] = await Promise.all([ports.onCall.mutes(), ports.clock.now()]);
  return {
    configured: escalationPolicy(ports.config).mutes,
    ordered: mutes.filter(({ until }) => until > now),
  };
}

/** For rights: the service that it names, where it is one of ours. */
const placeOf = ({ config }: AlertPorts, { name, match }: Pick<Mute, 'name' | 'match'>): Place => {
  const named = match['service'];
  const service = named !== undefined && Object.hasOwn(config.services, named) ? named : null;
  return { service, environment: null, name: service ?? `"${name}"` };
};

async function mute(ports: AlertPorts, actor: Actor, wanted: MuteWanted): Promise<OrderedMute> {
  const { name, match, forMs } = wanted;
  await assertMayAt(ports, actor, 'silence', placeOf(ports, wanted));
  if (name.trim() === '' || name.length > NAME_AT_MOST)
    throw new DabbawalaError('invalid_argument', `The reason must have 1 to ${NAME_AT_MOST} characters.`);
  if (Object.keys(match).length === 0)
    throw new DabbawalaError('invalid_argument', 'Nothing mutes everything: name a label.');
  if (!(forMs >= FOR_AT_LEAST && forMs <= FOR_AT_MOST))
    throw new DabbawalaError('invalid_argument', 'It lasts a minute at least and 14 days at most.', {
      hint: 'Say `for=2h` or `for=1d`. It ends by itself.',
    });
  const at = await ports.clock.now();
  const ordered: OrderedMute = {
    ...{ name, match, from: null, until: at + forMs, weekly: [], timeZone: 'UTC' },
    ...{ by: actor.person, at },
  };
  const data = { match: JSON.stringify(match), until: ordered.until };
  await ports.onCall.setMute(ordered, draft(actor, at, 'mute.set', name, 'done', data));
  return ordered;
}

async function end(ports: AlertPorts, actor: Actor, name: string): Promise<OrderedMute> {
  const found = (await ports.onCall.mutes()).find((one) => one.name === name);
  await assertMayAt(ports, actor, 'silence', placeOf(ports, found ?? { name, match: {} }));
  const at = await ports.clock.now();
  const before = found && (await ports.onCall.endMute(name, draft(actor, at, 'mute.end', name, 'done')));
  if (!before)
    throw new DabbawalaError('invalid_argument', `No mute by command is called "${name}".`, {
      hint: '`mute` lists them. Those of the configuration end there.',
    });
  return before;
}
