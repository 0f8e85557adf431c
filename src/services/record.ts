/** What a change leaves behind besides the state: audit records and thread lines, written by the same script. */
import type { AuditDraft } from '../core/audit.ts';
import type { Rollout, RolloutEvent } from '../core/rollout/rollout.ts';
import { type Origin, targetKey } from '../core/target.ts';
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

/** Slack mention tokens; only ids from configuration and state ever become one. */
export function mentionsOf(event: RolloutEvent, rollout: Rollout, onCall: MentionList): readonly string[] {
  const requester = [`<@${rollout.requester.id}>`];
  if (event.mention === 'requester') return requester;
  if (event.mention === 'page') return [...new Set([...requester, ...tokens(onCall)])];
  const approval = event.mention === 'approvers' ? rollout.plan?.approval : undefined;
  return approval ? tokens(approval) : [];
}

const tokens = (people: MentionList): readonly string[] => [
  ...people.users.map((user) => `<@${user}>`),
  ...people.groups.map((group) => `<!subteam^${group}>`),
];

export const linesOf = (
  rollout: Rollout,
  events: readonly RolloutEvent[],
  onCall: MentionList,
): RolloutChange['lines'] =>
  events
    .filter((event) => event.inThread)
    .map((event) => ({ text: event.text, at: event.at, mentions: mentionsOf(event, rollout, onCall) }));
