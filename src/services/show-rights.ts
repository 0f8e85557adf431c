/** Who may use which verb on a target, and whether one person may: for help and cards, never for letting anybody in. */
import type { Config, Verb } from '../config/schema.ts';
import { type GroupMembers, isAmong } from '../core/approval/decide-vote.ts';
import type { Person, Target } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import type { Directory } from '../ports/chat.ts';
import { isOpenVerb, peopleFor, VERBS } from './permissions.ts';
import type { Actor, NamedPeople, VerbRight } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

/** Help waits no longer for a group. */
const PATIENCE_MS = 800;

/** A group that Slack does not tell in time leaves `unknown` where nothing else lets the person in. */
export async function showRights(
  { config, directory }: Pick<UseCasePorts, 'config' | 'directory'>,
  { person }: Actor,
  target: Target,
): Promise<readonly VerbRight[]> {
  const listed = VERBS.map((verb) => ({ verb, people: peopleFor(config, verb, target) }));
  const groups = new Set(listed.flatMap(({ people }) => people?.groups ?? []));
  const members = await softMembers(directory, [...groups]);
  return listed.map(({ verb, people }) => ({ verb, people, may: mayUse(verb, people, person, members) }));
}

export const rollbackPeople = (config: Config, target: Target): NamedPeople | null =>
  peopleFor(config, 'rollback', target);

async function softMembers(directory: Directory, groups: readonly string[]): Promise<GroupMembers> {
  const known = new Map<string, readonly string[]>();
  const looks = groups.map(async (group) => {
    const look = directory.members(group).catch(() => null);
    const first = await waitAtMost<readonly string[] | null>(look, PATIENCE_MS);
    if (first.kind === 'ready' && first.value !== null) known.set(group, first.value);
  });
  await Promise.all(looks);
  return known;
}

function mayUse(
  verb: Verb,
  people: NamedPeople | null,
  person: Person,
  members: GroupMembers,
): VerbRight['may'] {
  if (people === null) return isOpenVerb(verb) ? 'yes' : 'no';
  if (isAmong(people, person, members)) return 'yes';
  const isMissingGroup = people.groups.some((group) => !members.has(group));
  const isMissingEmail = people.emails.length > 0 && person.email === null;
  return isMissingGroup || isMissingEmail ? 'unknown' : 'no';
}
