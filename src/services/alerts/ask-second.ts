/** Asks a second person on the alert's card, and takes their answer. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import {
  type AlertRequest,
  type AlertSubject,
  openRequest,
  pendingRequests,
  withRequest,
} from '../../core/alert/alert-request.ts';
import type { ApprovalPolicy, Vote } from '../../core/approval/approval.ts';
import { decideVote, type VoteOutcome, wordsForDecided } from '../../core/approval/decide-vote.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import { membersOf } from '../permissions.ts';
import { policyAt } from '../plan-settings.ts';
import type { Actor } from '../services.ts';
import type { RequestDecision, SeenGroup } from './alert-acts.ts';
import { handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeGroup, type GroupEdit, loadSeen, placeOfGroup } from './change-group.ts';
import { subjectActs } from './subject-acts.ts';
import { subjectWords } from './subject-words.ts';

const nameOf = ({ person }: Actor): string => person.name ?? person.id;

/** At least one other person, whatever a deploy there needs. */
function policyOf(ports: AlertPorts, group: AlertGroup): ApprovalPolicy {
  const { service, environment } = placeOfGroup(ports, group);
  const own = service === null ? undefined : ports.config.services[service];
  const policy = policyAt(ports.config, own, environment);
  return { ...policy, needed: Math.max(1, policy.needed) };
}

/** Stored on the group; its card shows it with Approve and Reject. One of a kind at a time. */
export async function askSecond(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  subject: AlertSubject,
  why: string,
): Promise<StoredGroup> {
  const { errands } = handsOf(ports);
  await errands.add(seen.id, await ports.clock.now());
  return changeGroup(ports, actor, seen, `alert.${subject.kind}.request`, (group, now) => {
    subjectActs(ports)[subject.kind].judge(group, subject as never);
    if (pendingRequests(group).some((one) => one.subject.kind === subject.kind))
      throw new DabbawalaError('not_now', `"${group.title}" has such a request already.`, {
        hint: 'It stands on the card: it must be decided, or expire, first.',
      });
    const policy = policyOf(ports, group);
    const request = openRequest(group, subject, actor.person, policy, now);
    return {
      next: withRequest(group, request),
      line: `${nameOf(actor)} asks for approval: ${subjectWords(subject)} (${why})`,
      mentions: [...policy.groups, ...policy.users],
      data: { request: request.id, digest: request.planDigest, what: subjectWords(subject) },
    };
  });
}

function requestOf(group: AlertGroup, id: string): AlertRequest {
  const request = group.requests?.find((one) => one.id === id);
  if (!request) throw new DabbawalaError('stale_button', 'This card asks for no such approval.');
  return request;
}

/** Membership is read for this click; the compare-and-set lets one decision win. What was approved is then done. */
export async function decideRequest(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  decision: RequestDecision,
): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  const asked = requestOf(group, decision.requestId);
  if (asked.state !== 'pending') throw new DabbawalaError('already_decided', wordsForDecided(asked));
  const members = await membersOf(ports.directory, asked.policy.groups);
  const vote: Omit<Vote, 'at'> = {
    person: actor.person,
    decision: decision.decision,
    reason: decision.reason,
    members: [...new Set([...members.values()].flat())],
  };
  const judge = (request: AlertRequest, now: number): VoteOutcome<AlertSubject> =>
    decideVote(request, { ...vote, at: now }, members, now, decision.digestPrefix);
  const first = judge(asked, await ports.clock.now());
  if (first.kind === 'refused') throw new DabbawalaError(first.code, first.text);
  const acts = subjectActs(ports)[asked.subject.kind];
  // What is to be done must still be what is shown: looked at before a yes is written down.
  const moved = decision.decision === 'approve' ? await acts.recheck(group, asked.subject as never) : null;
  if (moved !== null) return voidRequest(ports, actor, seen, asked, moved);
  await handsOf(ports).errands.add(seen.id, await ports.clock.now());
  const stored = await changeGroup(ports, actor, seen, 'alert.vote', (now, at) =>
    applyVote(now, at, judge, actor, decision, acts),
  );
  const after = requestOf(stored.group, decision.requestId);
  return after.state === 'approved' ? acts.run(stored, seen) : stored;
}

function applyVote(
  group: AlertGroup,
  at: number,
  judge: (request: AlertRequest, now: number) => VoteOutcome<AlertSubject>,
  actor: Actor,
  { requestId, reason, decision }: RequestDecision,
  acts: ReturnType<typeof subjectActs>[AlertSubject['kind']],
): GroupEdit | null {
  const outcome = judge(requestOf(group, requestId), at);
  if (outcome.kind === 'refused') throw new DabbawalaError(outcome.code, outcome.text);
  if (outcome.kind === 'repeated') return null;
  const { approval } = outcome;
  const counted = withRequest(group, approval);
  if (approval.state === 'approved') acts.judge(group, approval.subject as never);
  const why = reason === null ? '' : `: ${reason}`;
  return {
    next: approval.state === 'approved' ? acts.begin(counted, approval as never, actor.person, at) : counted,
    line: `${nameOf(actor)} ${decision === 'approve' ? 'approved' : 'rejected'}: ${subjectWords(approval.subject)}${why}`,
    mentions: approval.state === 'rejected' ? [approval.requester.id] : [],
    data: {
      request: approval.id,
      decision,
      state: approval.state,
      digest: approval.planDigest,
      members: (approval.votes.at(-1)?.members ?? []).join(' '),
    },
  };
}

async function voidRequest(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  asked: AlertRequest,
  moved: string,
): Promise<never> {
  await changeGroup(ports, actor, seen, 'alert.vote', (group, at) => {
    const pending = group.requests?.find(({ id, state }) => id === asked.id && state === 'pending');
    if (!pending) return null;
    return {
      next: withRequest(group, { ...pending, state: 'void', decidedAt: at }),
      line: `Not approved: ${moved} since it was asked. It must be asked again.`,
      mentions: [asked.requester.id],
      data: { request: asked.id, state: 'void', code: 'ref_changed' },
    };
  });
  throw new DabbawalaError('ref_changed', `Not approved: ${moved} since it was asked.`, {
    hint: 'Ask again, so that the card shows what is true now.',
  });
}
