/** Somebody gives the candidate traffic again after it was taken away: a way back is no reason for a weight war either. */

import type { Decision, Observed } from '../decision.ts';
import { REASSERT_WINDOW_MS, REASSERTS_AT_MOST, recentReasserts } from '../drift.ts';
import { event, holdFor, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';

/**
 * The route gives the candidate `percent` where it should have none. Until our 0 was there it is simply written; what undoes
 * it is set back at most twice in 2 minutes, then the hold names who it is. It is tried again as that time passes.
 */
export function writeZero(rollout: Rollout, observed: Observed, percent: number): Decision {
  const { now, route, written } = observed;
  const isUndone = rollout.confirmedPercent === 0 || written === 0;
  if (!isUndone) return wait(rollout, [{ kind: 'set-weight', percent: 0 }]);

  const who = (route?.kind === 'seen' ? route.value.lastWriter : null) ?? 'somebody';
  const recent = recentReasserts(rollout.reasserts, now);
  const seen: Rollout = {
    ...rollout,
    confirmedPercent: percent,
    peakPercent: Math.max(rollout.peakPercent, percent),
    reasserts: recent,
  };
  if (recent.length >= REASSERTS_AT_MOST) {
    const text = `Another controller owns this field: ${who} keeps setting ${percent} % where the way back says 0 %`;
    return wait({ ...seen, hold: holdFor(seen, 'way_back_contested', text, now) });
  }
  return wait(
    { ...seen, reasserts: [...recent, now] },
    [{ kind: 'set-weight', percent: 0 }],
    [
      event('foreign_edit', now, `${who} set ${percent} %; set back to 0 %`, {
        data: { manager: who, seen: percent, desired: 0 },
      }),
    ],
  );
}

/**
 * 0 is there, and somebody gave the candidate traffic a short time ago: they may do so again, and a colour without pods would
 * lose those requests. It keeps them until 0 has stayed. null: nobody did.
 */
export function keepPods(rollout: Rollout, now: number): Decision | null {
  if (recentReasserts(rollout.reasserts, now).length === 0) return null;
  const text = `Somebody gave it traffic again; the candidate keeps its pods until 0 % has stayed for ${REASSERT_WINDOW_MS / 60_000} min`;
  return wait({ ...rollout, hold: holdFor(rollout, 'way_back_contested', text, now) });
}
