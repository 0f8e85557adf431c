/** A silence: asked for with what it would hold back, made by compare-and-set and then in Alertmanager, ended by hand. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertRequest, AlertSubject } from '../../core/alert/alert-request.ts';
import {
  type GroupSilence,
  isLive,
  type Matcher,
  type Matching,
  matchersOf,
  matchingOf,
  newServices,
  SILENCE_AT_LEAST_MS,
  SILENCE_AT_MOST_MS,
  type SilenceWish,
  whyTwo,
} from '../../core/alert/silence.ts';
import type { Person } from '../../core/target.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { SeenGroup, SilenceAsked, SilencePreview } from './alert-acts.ts';
import { alertmanagerOf, handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { askSecond } from './ask-second.ts';
import { changeGroup, loadSeen, placeOfGroup } from './change-group.ts';
import { makeSilence } from './make-silence.ts';
import type { SubjectActs } from './subject-acts.ts';

const nameOf = ({ person }: Actor): string => person.name ?? person.id;

/** What the form shows first. Throws where the person may not, or nothing can be silenced. */
export async function previewSilence(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
): Promise<SilencePreview> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'silence', placeOfGroup(ports, group));
  judge(group);
  const matchers = matchersFor(group);
  return { group, matchers, matching: await look(ports, matchers) };
}

export async function silence(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  { durationMs, reason }: SilenceAsked,
): Promise<StoredGroup> {
  if (!(durationMs >= SILENCE_AT_LEAST_MS && durationMs <= SILENCE_AT_MOST_MS))
    throw new DabbawalaError('invalid_argument', 'A silence lasts 5 minutes at least and 7 days at most.', {
      hint: 'Write it such as 90m, 6h or 2d.',
    });
  if (reason.trim() === '')
    throw new DabbawalaError('invalid_argument', 'A silence needs a reason.', { hint: 'Write why.' });
  const { group, matchers, matching } = await previewSilence(ports, actor, seen);
  const wish: SilenceWish = { matchers, durationMs, reason, matching };
  const why = whyTwo(wish, group.severity);
  if (why.length > 0) return askSecond(ports, actor, seen, { kind: 'silence', ...wish }, `${why.join('; ')}`);
  await handsOf(ports).errands.add(seen.id, await ports.clock.now());
  const stored = await changeGroup(ports, actor, seen, 'alert.silence', (now, at) => {
    judge(now);
    const made = begun(ports, wish, actor.person, null, at);
    return {
      next: { ...now, silence: made },
      line: null,
      data: { key: made.key, until: made.endsAt, matching: matching.alerts },
    };
  });
  return makeSilence(ports, stored);
}

/** Ended in Alertmanager first: the card never says so before it is true. */
export async function endSilence(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  silenceId: string,
): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'silence', placeOfGroup(ports, group));
  if (group.silence?.silenceId !== silenceId)
    throw new DabbawalaError('stale_button', `"${group.title}" has no such silence any more.`);
  if (group.silence.state === 'open') await alertmanagerOf(ports).end(silenceId);
  return changeGroup(ports, actor, seen, 'alert.silence.end', (now, at) => {
    const known = now.silence;
    if (known?.silenceId !== silenceId || known.ended === 'by-person' || known.ended === 'expired')
      return null;
    const ended: GroupSilence = {
      ...known,
      ...{ state: 'ended', endedAt: at, ended: 'by-person', endedBy: actor.person, firing: null },
    };
    return {
      next: { ...now, silence: { ...ended, clearSince: null } },
      line: `${nameOf(actor)} ended the silence: Alertmanager tells of these alerts again`,
      data: { silence: silenceId },
    };
  });
}

function judge(group: AlertGroup): void {
  if (group.source !== 'alertmanager')
    throw new DabbawalaError('not_now', `"${group.title}" is Falco's: Alertmanager knows nothing of it.`, {
      hint: 'Mark it expected where it is.',
    });
  if (group.silence && isLive(group.silence))
    throw new DabbawalaError('not_now', `"${group.title}" is silenced already.`, {
      hint: 'End that silence first, on the card.',
    });
}

function matchersFor(group: AlertGroup): readonly Matcher[] {
  const matchers = matchersOf(group);
  if (matchers.length > 0) return matchers;
  throw new DabbawalaError(
    'alertmanager_refused',
    `The alerts of "${group.title}" share no label: a silence of them would hold back every alert there is.`,
    { hint: 'Let Alertmanager group by a label (`group_by`), or silence a part of them there.' },
  );
}

async function look(ports: AlertPorts, matchers: readonly Matcher[]): Promise<Matching> {
  const { config } = ports;
  return matchingOf(await alertmanagerOf(ports).alerts(matchers), config, config.alerts?.severities ?? {});
}

const begun = (
  ports: AlertPorts,
  { matchers, durationMs, reason, matching }: SilenceWish,
  by: Person,
  approvedBy: Person | null,
  now: number,
): GroupSilence => ({
  key: `s-${ports.newId()}`,
  state: 'creating',
  silenceId: null,
  ...{ matchers, reason, by, approvedBy },
  startsAt: now,
  endsAt: now + durationMs,
  firing: matching.alerts,
  clearSince: null,
  endedAt: null,
  ended: null,
  endedBy: null,
  failure: null,
});

export const silenceActs = (
  ports: AlertPorts,
): SubjectActs<Extract<AlertRequest['subject'], { readonly kind: 'silence' }>> => ({
  judge: (group) => judge(group),
  recheck: async (_group, subject) => {
    const added = newServices(subject.matching, await look(ports, subject.matchers));
    return added.length === 0 ? null : `it would hold back ${added.join(', ')} as well`;
  },
  begin: (group, { subject, requester }, approvedBy, now) => ({
    ...group,
    silence: begun(ports, subject as AlertSubject & SilenceWish, requester, approvedBy, now),
  }),
  run: (stored) => makeSilence(ports, stored),
});
