import type { PlanFacts, PlanSettings } from '../facts.ts';
import type { GateResult } from '../plan.ts';
import { stableTrouble } from '../stable-trouble.ts';
import { passed, refused } from './gate.ts';
import type { Standing } from './index.ts';

/** `force-forward` is for a stable that is seen to be broken, and for nothing else. */
export function forceForward(settings: PlanSettings, facts: PlanFacts, { stable }: Standing): GateResult {
  const gate = 'force_forward';
  if (!settings.forceForward) return passed(gate, 'not asked for');
  const trouble = stableTrouble(settings, facts, stable);
  if (trouble !== null) return passed(gate, trouble.text);
  const ready = facts.colours[stable]?.ready ?? 0;
  return refused(
    gate,
    `${settings.target.service}-${stable} has ${ready} ready pods and is not seen to break a rule, so there is nothing to force`,
  );
}
