/** What the thread and the audit trail say of an escalation. Plain text. */
import type { EscalationAct } from './escalation.ts';
import type { Muted } from './mute.ts';
import { clockTime } from './time-table.ts';

const lasting = (ms: number): string => {
  if (ms < 100_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export interface WordsOf {
  readonly now: number;
  readonly timeZone: string;
}

export function escalationWords(act: EscalationAct, { now, timeZone }: WordsOf): string {
  const until = ({ until: end }: Muted): string =>
    end === null ? '' : ` until ${clockTime(end, now, timeZone)} (${timeZone})`;
  switch (act.code) {
    case 'remind':
      return `Nobody looks at it: level ${act.level} was called ${lasting(act.waitedMs)} ago.`;
    case 'escalate':
      return `Level ${act.level} is called: nobody has looked at it for ${lasting(act.waitedMs)}.`;
    case 'worse':
      return `Level ${act.level} is called: it got worse.`;
    case 'unresolved':
      return `Still not over, ${lasting(act.waitedMs)} after it was acknowledged.`;
    case 'mute':
      return `Muted by "${act.mute.name}"${until(act.mute)}: nobody is called meanwhile.`;
    case 'unmute':
      return act.level === 0
        ? `"${act.name}" is over, and it still fires.`
        : `"${act.name}" is over, and it still fires: level ${act.level} is called.`;
  }
}

/** The same of an incident, which people lead. */
export function incidentWords(act: EscalationAct, of: WordsOf): string {
  if (act.code === 'remind')
    return `Nobody leads it: level ${act.level} was called ${lasting(act.waitedMs)} ago.`;
  if (act.code === 'escalate')
    return `Level ${act.level} is called: nobody has led it for ${lasting(act.waitedMs)}.`;
  if (act.code === 'unresolved') return `No word for ${lasting(act.waitedMs)}: say how it stands.`;
  return escalationWords(act, of);
}
