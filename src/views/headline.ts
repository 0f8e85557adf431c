/** Lines 1 to 3 of the card: what a phone shows before anything is opened. */
import type { ClosedOutcome, Phase, Rollout } from '../core/rollout/rollout.ts';
import { amount, candidateName, kindWord, percent, person, stableName, targetName } from './format.ts';
import { escapeEntities, escapeText, when } from './text.ts';

export interface Headline {
  /** Plain text, for a header. */
  readonly line1: string;
  /** mrkdwn. */
  readonly line2: string;
  /** mrkdwn. */
  readonly line3: string;
}

export interface StateWords {
  readonly sign: string;
  readonly words: string;
}

const PHASES: Readonly<Record<Exclude<Phase, 'draining' | 'closed'>, StateWords>> = {
  planning: { sign: '⏳', words: 'PLANNING' },
  'awaiting-approval': { sign: '🟡', words: 'WAITING FOR APPROVAL' },
  preparing: { sign: '🔵', words: 'PREPARING' },
  probing: { sign: '🔵', words: 'PROBING' },
  shifting: { sign: '🔵', words: 'SHIFTING' },
  analysing: { sign: '🔵', words: 'ANALYSING' },
  paused: { sign: '🟠', words: 'PAUSED' },
  baking: { sign: '🔵', words: 'BAKING' },
  promoted: { sign: '🟢', words: 'PROMOTED' },
  'rolled-back': { sign: '🔴', words: 'ROLLED BACK' },
  failed: { sign: '🚨', words: 'FAILED, NEEDS YOU' },
};

const OUTCOMES: Readonly<Record<ClosedOutcome, StateWords>> = {
  refused: { sign: '⛔', words: 'REFUSED' },
  rejected: { sign: '⛔', words: 'REJECTED' },
  expired: { sign: '⌛', words: 'EXPIRED' },
  void: { sign: '🚫', words: 'VOID' },
  withdrawn: { sign: '↩️', words: 'WITHDRAWN' },
};

/** Sign and words of a rollout's state, the same in card, status and history. */
export function stateWords(rollout: Rollout): StateWords {
  if (rollout.phase === 'closed') return OUTCOMES[rollout.outcome ?? 'withdrawn'];
  if (rollout.phase === 'draining') {
    return isGoingBack(rollout) ? { sign: '🔴', words: 'ROLLING BACK' } : { sign: '🔵', words: 'DRAINING' };
  }
  const words = PHASES[rollout.phase];
  return isHeld(rollout) ? { sign: '🟠', words: `${words.words}, HELD` } : words;
}

export const isGoingBack = (rollout: Rollout): boolean =>
  rollout.phase === 'draining' && rollout.drainTowards !== 'candidate';

/** A hold is worth the first lines while the rollout would otherwise go on by itself. */
export const isHeld = (rollout: Rollout): boolean =>
  rollout.hold !== null &&
  ['preparing', 'probing', 'shifting', 'analysing', 'baking', 'draining'].includes(rollout.phase);

export function headline(rollout: Rollout): Headline {
  const { sign, words } = stateWords(rollout);
  return {
    line1: `${sign} ${targetName(rollout.target)} · ${words}`,
    line2: versionsLine(rollout),
    line3: causeLine(rollout),
  };
}

/** The message's `text`: the same three lines, so that a notification and a screen reader start alike. */
export const fallbackText = ({ line1, line2, line3 }: Headline): string =>
  `${escapeEntities(line1)}\n${line2}\n${line3}`;

function versionsLine(rollout: Rollout): string {
  const candidate = escapeEntities(candidateName(rollout));
  const pair = rollout.plan === null ? candidate : `${escapeEntities(stableName(rollout))} → ${candidate}`;
  const kind = kindWord(rollout);
  const parts = [kind === '' ? pair : `${kind}: ${pair}`];
  if (rollout.phase !== 'planning' && rollout.phase !== 'closed') parts.push(...weights(rollout));
  return parts.join(' · ');
}

/** Never a weight that the route was not seen to have. */
function weights(rollout: Rollout): string[] {
  const { confirmedPercent, desiredPercent, observedShare, observedRps } = rollout;
  if (isGoingBack(rollout) && confirmedPercent === 0) {
    if (rollout.peakPercent === 0) return ['weight 0'];
    return [
      'weight 0',
      observedRps === null ? 'requests still seen: unknown' : `${amount(observedRps)} rps still seen`,
    ];
  }
  const isEnded = rollout.endedAt !== null;
  const asked = !isEnded && desiredPercent !== confirmedPercent ? ` (${percent(desiredPercent)} asked)` : '';
  const weight = `${percent(confirmedPercent)}${asked}`;
  if (rollout.phase === 'rolled-back' && rollout.peakPercent > 0)
    return [`${weight}, was ${percent(rollout.peakPercent)}`];
  if (isEnded || confirmedPercent === 0) return [weight];
  return [weight, observedShare === null ? 'share unknown' : `seen ${amount(observedShare, '%')}`];
}

/** 280 characters: four lines of a phone. The whole text stands in the thread and in the audit. */
const CAUSE_MAX = 280;

function causeLine(rollout: Rollout): string {
  const { hold, cause } = rollout;
  if (hold !== null && isHeld(rollout))
    return `Held since ${when(hold.since)}: ${escapeText(hold.text, CAUSE_MAX)}`;
  const breach = breachLine(rollout);
  if (breach !== null) return breach;
  const text = escapeText(cause.text, CAUSE_MAX) || escapeText(cause.code.replace(/_/g, ' '));
  const name = cause.by === null ? null : person(cause.by);
  const by = name === null || text.includes(name) ? '' : ` · ${name}`;
  return `${text}${by} · ${when(cause.at)}`;
}

/** A breach that is not yet due is the first thing to know, before why the step began. */
function breachLine(rollout: Rollout): string | null {
  if (!['shifting', 'analysing', 'baking'].includes(rollout.phase) || rollout.plan === null) return null;
  for (const { ruleId, verdict, candidate } of rollout.verdicts) {
    const rule = rollout.plan.rules.find((each) => each.id === ruleId);
    if (verdict !== 'breach' || rule === undefined) continue;
    const streak = `breach ${rollout.breaches[ruleId] ?? 1} of ${rollout.plan.analysis.breachesToRollback}`;
    const at = rollout.clock.lastTickAt === null ? '' : ` · ${when(rollout.clock.lastTickAt)}`;
    return `${escapeText(rule.title, 60)} ${amount(candidate, rule.unit)}, limit ${amount(rule.limit, rule.unit)}: ${streak}${at}`;
  }
  return null;
}
