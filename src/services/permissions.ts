/** Who may use a verb on a target: a list per verb, service and environment; deny by default. */
import type { Config, Verb } from '../config/schema.ts';
import { type GroupMembers, isAmong } from '../core/approval/decide-vote.ts';
import type { Target } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Directory } from '../ports/chat.ts';
import type { Actor } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

type People = NonNullable<Config['rights'][Verb]>;

/**
 * Reading is open to whoever may use the channel, unless the configuration lists the verb. Whom we wake may do what alerts
 * are woken for; what takes a pod away is nobody's until it is listed.
 */
const UNLISTED: Readonly<Record<Verb, 'open' | 'nobody' | 'onCall'>> = {
  deploy: 'nobody',
  rollback: 'nobody',
  traffic: 'nobody',
  hold: 'nobody',
  go: 'nobody',
  promote: 'nobody',
  adopt: 'nobody',
  status: 'open',
  history: 'open',
  lock: 'nobody',
  unlock: 'nobody',
  alerts: 'open',
  ack: 'onCall',
  silence: 'onCall',
  escalate: 'onCall',
  incident: 'onCall',
  oncall: 'onCall',
  quarantine: 'nobody',
  kill: 'nobody',
  expect: 'nobody',
};

export const VERBS = Object.keys(UNLISTED) as readonly Verb[];
export const isOpenVerb = (verb: Verb): boolean => UNLISTED[verb] === 'open';

/** What an act is about, where no target is sure: an alert may name no service of ours. */
export interface Place {
  readonly service: string | null;
  readonly environment: string | null;
  /** For people, where there is no service: `InstanceDown`. */
  readonly name: string;
}

const placeOf = ({ service, environment }: Target): Place => ({ service, environment, name: service });

/** null: listed nowhere. The service's own list wins over the general one, verb by verb. */
export const peopleFor = (config: Config, verb: Verb, target: Target): People | null =>
  peopleAt(config, verb, placeOf(target));

export function peopleAt(config: Config, verb: Verb, { service, environment }: Place): People | null {
  const own = service === null ? undefined : config.services[service]?.rights;
  const ofPlace = environment === null ? undefined : own?.[environment]?.[verb];
  const listed = ofPlace ?? own?.['default']?.[verb] ?? config.rights[verb];
  if (listed) return listed;
  return UNLISTED[verb] === 'onCall' ? { ...config.slack.onCall, emails: [] } : null;
}

/** Members of the groups named; throws `groups_unavailable` when Slack cannot say: then nobody is let in. */
export async function membersOf(directory: Directory, groups: readonly string[]): Promise<GroupMembers> {
  const members = await Promise.all(
    groups.map(async (group) => [group, await directory.members(group)] as const),
  );
  return new Map(members);
}

/** Throws `not_allowed` naming who may, or `groups_unavailable`. */
export const assertMay = (ports: PeoplePorts, actor: Actor, verb: Verb, target: Target): Promise<void> =>
  assertMayAt(ports, actor, verb, placeOf(target));

export type PeoplePorts = Pick<UseCasePorts, 'config' | 'directory'>;

/** The same where no target is sure. */
export async function assertMayAt(ports: PeoplePorts, actor: Actor, verb: Verb, place: Place): Promise<void> {
  const people = peopleAt(ports.config, verb, place);
  if (!people && isOpenVerb(verb)) return;
  // A user named outright needs no group lookup: with Slack's groups away they can still act.
  if (people && isAmong({ ...people, groups: [] }, actor.person, new Map())) return;
  const members: GroupMembers = people ? await membersOf(ports.directory, people.groups) : new Map();
  if (people && isAmong(people, actor.person, members)) return;
  const who = people
    ? await wordsFor(ports.directory, people, members)
    : `nobody: the configuration has no \`${verb}\` under \`rights\``;
  const where = place.environment === null ? '' : ` in ${place.environment}`;
  throw new DabbawalaError('not_allowed', `You may not ${verb} ${place.name}${where}.`, {
    hint: `Allowed: ${who}.`,
  });
}

const NAMED_AT_MOST = 6;
/** A refusal waits no longer for names: an id says it too. */
const NAMES_WITHIN_MS = 500;

/** People by name, those of the groups too: an id tells nobody whom to ask. Plain text, so that nobody is called. */
async function wordsFor(directory: Directory, people: People, members: GroupMembers): Promise<string> {
  const ids = [...new Set([...people.users, ...people.groups.flatMap((group) => members.get(group) ?? [])])];
  const shown = ids.slice(0, NAMED_AT_MOST);
  const nameOf = (id: string): Promise<string> =>
    directory.person(id).then(
      ({ name }) => name ?? id,
      () => id,
    );
  const asked = await waitAtMost(Promise.all(shown.map(nameOf)), NAMES_WITHIN_MS);
  const names = asked.kind === 'ready' ? asked.value : shown;
  const more = ids.length - shown.length;
  const groups = people.groups.length > 0 ? [`(group ${people.groups.join(', ')})`] : [];
  const all = [...names, ...people.emails, ...(more > 0 ? [`${more} more`] : [])].join(', ') || 'nobody';
  return [all, ...groups].join(' ');
}
