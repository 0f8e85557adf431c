/** Who is called about alerts, from the configuration. */
import type { Config } from '../../config/schema.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { EscalationPolicy, Watched } from '../../core/alert/escalation.ts';
import type { BySeverity, Level } from '../../core/alert/on-call.ts';
import { quietOf } from '../../core/alert/quiet.ts';

const NEVER: BySeverity = { critical: null, error: null, warning: null, info: null };
const TIME_ZONE = 'Asia/Kolkata';

/** Without levels of its own: `slack.onCall`, who are reminded. */
export function escalationPolicy({ slack, alerts }: Pick<Config, 'slack' | 'alerts'>): EscalationPolicy {
  const { users, groups } = slack.onCall;
  const everybody: Level = {
    onCall: [{ users, groups, days: [], from: null, until: null }],
    after: NEVER,
  };
  const levels = alerts?.escalation.levels ?? [];
  return {
    timeZone: alerts?.escalation.timeZone ?? TIME_ZONE,
    levels: levels.length === 0 ? [everybody] : levels,
    fallback: [...groups, ...users],
    callFrom: alerts?.mentionFrom ?? null,
    remind: alerts?.escalation.remind ?? NEVER,
    unresolved: alerts?.escalation.unresolved ?? NEVER,
    mutes: alerts?.mutes ?? [],
  };
}

export const watchedOf = (group: AlertGroup): Watched => {
  const { state, severity, labels, acknowledged, escalation, muted } = group;
  return {
    isOver: state === 'resolved',
    ...{ severity, labels, acknowledged, escalation, muted, quiet: quietOf(group) },
  };
};
