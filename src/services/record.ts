/** What a change leaves behind besides the state: audit records and thread lines, written by the same script. */
import type { AuditDraft } from '../core/audit.ts';
import { countPushes } from '../core/rollout/pushes.ts';
import type { Rollout, RolloutEvent } from '../core/rollout/rollout.ts';
import { type Origin, type Person, targetKey } from '../core/target.ts';
import type { RolloutChange } from '../ports/rollout-store.ts';

export interface MentionList {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const ENGINE: Origin = { via: 'engine', team: null, channel: null };

export const auditOf = (rollout: Rollout, event: RolloutEvent, origin: Origin = ENGINE): AuditDraft => ({
  at: event.at,
  actor: event.by,
  origin,
  action: `rollout.${event.code}`,
  object: `${targetKey(rollout.target)}#${rollout.id}`,
  outcome: event.code === 'refused' ? 'refused' : 'done',
  planDigest: rollout.plan?.digest ?? null,
  data: { ...event.data, text: event.text, phase: rollout.phase },
});

/** Slack ids of people and groups; only ids from configuration and state ever become a mention. */
export function mentionsOf(event: RolloutEvent, rollout: Rollout, onCall: MentionList): readonly string[] {
  if (event.mention === 'none') return [];
  if (event.mention === 'requester') return [askerOf(event, rollout).id];
  // A question goes to those who decide; that it is about to expire, to all who wait for the answer.
  const waiting =
    event.mention === 'approvers' && event.code !== 'reminder'
      ? []
      : [rollout.requester.id, ...idsOf(onCall)];
  const approval = event.mention === 'approvers' ? rollout.plan?.approval : undefined;
  const leader = approval?.required ? [approval.required.id] : [];
  return [...new Set([...(approval ? idsOf(approval) : []), ...leader, ...waiting])];
}

/** Whoever asked for the approval that the event is about; else for the rollout. */
const askerOf = (event: RolloutEvent, rollout: Rollout): Person =>
  rollout.approvals.find(({ id }) => id === event.data['approval'])?.requester ?? rollout.requester;

const idsOf = ({ users, groups }: MentionList): readonly string[] => [...users, ...groups];

/** The state to save and its thread lines: an event becomes a line here, and its push is counted here. */
export function withLines(
  rollout: Rollout,
  events: readonly RolloutEvent[],
  onCall: MentionList,
): { readonly next: Rollout; readonly lines: RolloutChange['lines'] } {
  const counted = countPushes(rollout, events);
  const lines = counted.events
    .filter((event) => event.inThread)
    .map((event) => ({ text: event.text, at: event.at, mentions: mentionsOf(event, rollout, onCall) }));
  return { next: counted.next, lines };
}
