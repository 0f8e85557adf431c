/** Whether stable is broken itself: then a way back leads nowhere good, and a mend may be forced forward. */
import type { WorkloadSample } from '../analysis/reading.ts';
import type { Verdict } from '../analysis/rule.ts';
import { judge, tickVerdict } from '../analysis/verdict.ts';
import type { Colour } from '../colour.ts';
import type { PlanFacts, PlanSettings } from './facts.ts';
import type { Plan, StableTrouble } from './plan.ts';

/** Stable by the rules that are meant for the candidate; `broken` is the first rule that it breaks, in words. */
export function judgeStable(
  { rules, analysis, times }: Pick<Plan, 'rules' | 'analysis' | 'times'>,
  stable: WorkloadSample,
): { readonly verdict: Verdict; readonly broken: string } {
  const verdicts = judge(rules, { stable, candidate: stable }, { policy: analysis, times });
  const first = verdicts.find(({ verdict }) => verdict === 'breach');
  const title = rules.find(({ id }) => id === first?.ruleId)?.title;
  return { verdict: tickVerdict(verdicts), broken: first ? `${title ?? first.ruleId} ${first.detail}` : '' };
}

/** Of the live colour when a plan is made; null: nothing is seen to be wrong. */
export function stableTrouble(
  settings: PlanSettings,
  facts: PlanFacts,
  stable: Colour,
): StableTrouble | null {
  const name = `${settings.target.service}-${stable}`;
  if (facts.colours[stable]?.ready === 0) return { kind: 'unready', text: `${name} has no ready pod` };
  if (!facts.liveSample) return null;
  const { verdict, broken } = judgeStable(settings, facts.liveSample);
  return verdict === 'breach' ? { kind: 'rule', text: `${name} breaks its own rule: ${broken}` } : null;
}
