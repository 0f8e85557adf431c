/** The rules as a table: limit, both colours, verdict. Before traffic the promises alone. */
import type { Rule, RuleVerdict, Verdict } from '../core/analysis/rule.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { context, NOTHING, type Part, table } from './blocks.ts';
import { amount, limitText } from './format.ts';
import { clipPlain, escapeText } from './text.ts';

export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = { pass: '✅', breach: '🔴', unknown: '❓' };

/** Breaches first, then what is unknown: on a phone the first rows are the ones that are read. */
const ORDER: readonly Verdict[] = ['breach', 'unknown', 'pass'];
const MAX_RULES = 20;
const MAX_REASONS = 3;

export function rulesTable(rollout: Rollout): Part {
  const { plan, verdicts } = rollout;
  if (plan === null || plan.rules.length === 0 || verdicts.length === 0) return NOTHING;
  if (['planning', 'awaiting-approval', 'closed', 'preparing', 'probing'].includes(rollout.phase))
    return NOTHING;
  const rows = plan.rules
    .map((rule) => ({ rule, judged: verdicts.find((each) => each.ruleId === rule.id) ?? null }))
    .sort((a, b) => rank(a.judged) - rank(b.judged));
  const kept = rows.slice(0, MAX_RULES);
  const more = rows.length > MAX_RULES ? [[`and ${rows.length - MAX_RULES} more`, '—', '—', '—']] : [];
  const drawn = table(
    [HEAD, ...kept.map((row) => [verdictCell(rollout, plan, row), ...numbers(row)]), ...more],
    ['left', 'right', 'right', 'right'],
    [COMPACT_HEAD, ...kept.map(compactRow), ...more],
  );
  const why = reasons(rows);
  return why === null
    ? drawn
    : { native: [...drawn.native, context(why)], classic: [...drawn.classic, context(why)] };
}

/** Four columns are what a phone shows: the verdict stands with the rule, as a sign, and in words where it is a breach. */
const HEAD = ['Rule', 'Candidate', 'Limit', 'Stable'];
const COMPACT_HEAD = ['Rule', 'Cand.', 'Limit', 'Stable'];

/** Without words, which the sign says, and without the space before a unit; 36 characters a line. */
const compactRow = (row: Row): string[] => [
  clipPlain(`${signOf(row)} ${row.rule.title}`, 15),
  ...numbers(row).map((number) => number.replace(/[ ,]/g, '')),
];

const rank = (judged: RuleVerdict | null): number => ORDER.indexOf(judged?.verdict ?? 'unknown');

const signOf = ({ judged }: Row): string => VERDICT_SIGNS[judged?.verdict ?? 'unknown'];

const numbers = ({ rule, judged }: Row): string[] => [
  amount(judged?.candidate ?? null, rule.unit),
  limitText(rule),
  amount(judged?.stable ?? null, rule.unit),
];

function verdictCell(rollout: Rollout, plan: Plan, row: Row): string {
  const { rule, judged } = row;
  const title = `${signOf(row)} ${rule.title}`;
  if (judged?.verdict !== 'breach') return title;
  if (judged.isCritical) return `${title}: critical`;
  const streak = rollout.breaches[rule.id] ?? 0;
  return streak > 0
    ? `${title}: breach ${streak} of ${plan.analysis.breachesToRollback}`
    : `${title}: breach`;
}

interface Row {
  readonly rule: Rule;
  readonly judged: RuleVerdict | null;
}

/** What the table's numbers do not say: why there is none, with the query, or what else was a breach. */
function reasons(rows: readonly Row[]): string | null {
  const odd = rows.filter(({ judged }) => judged !== null && judged.detail !== '' && needsWords(judged));
  if (odd.length === 0) return null;
  const lines = odd
    .slice(0, MAX_REASONS)
    .map(
      ({ rule, judged }) =>
        `${VERDICT_SIGNS[judged?.verdict ?? 'unknown']} ${escapeText(rule.title, 40)}: ${escapeText(judged?.detail ?? '', 240)}`,
    );
  return [...lines, ...(odd.length > MAX_REASONS ? [`and ${odd.length - MAX_REASONS} more`] : [])].join('\n');
}

const needsWords = (judged: RuleVerdict): boolean =>
  judged.verdict === 'unknown' ||
  (judged.verdict === 'breach' && (judged.isCritical || judged.candidate === null));

/** One line for status: `✅ Error rate 0.02 % (≤ 0.5 %) · …`. mrkdwn. */
export function verdictsLine(rollout: Rollout): string | null {
  const { plan, verdicts } = rollout;
  if (plan === null || verdicts.length === 0) return null;
  const parts = plan.rules.slice(0, 6).map((rule) => {
    const judged = verdicts.find((each) => each.ruleId === rule.id) ?? null;
    const sign = VERDICT_SIGNS[judged?.verdict ?? 'unknown'];
    return `${sign} ${escapeText(rule.title, 40)} ${amount(judged?.candidate ?? null, rule.unit)} (${limitText(rule)})`;
  });
  return plan.rules.length > 6
    ? [...parts, `and ${plan.rules.length - 6} more`].join(' · ')
    : parts.join(' · ');
}
