/** The weight on the object is not ours: what that means in a phase that owns it. */

import type { Decision, Observed } from '../decision.ts';
import { classifyWeight, loweredWords, REASSERTS_AT_MOST, recentReasserts } from '../drift.ts';
import { cause, event, holdFor, pause, planOf, rollBack, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';

export type WeightCheck =
  /** The object has what we want; the rollout records that. */
  | { readonly kind: 'ours'; readonly rollout: Rollout }
  | { readonly kind: 'decided'; readonly decision: Decision };

/**
 * An unknown weight never advances anything: it holds. A foreign edit that lowers the candidate is a rollback order; any
 * other is re-asserted at most twice in 2 minutes, then the rollout pauses and asks. Step and clock stay.
 */
export function checkWeight(rollout: Rollout, observed: Observed): WeightCheck {
  const { now, route } = observed;
  if (route?.kind !== 'seen') {
    const detail = route?.kind === 'unknown' ? route.detail : routeGone(rollout);
    const held = {
      ...rollout,
      hold: holdFor(rollout, 'cluster_unavailable', `The route cannot be read: ${detail}`, now),
    };
    return { kind: 'decided', decision: wait(held) };
  }
  const { percent, lastWriter } = route.value;
  switch (classifyWeight(percent, rollout.confirmedPercent, rollout.desiredPercent)) {
    case 'as-desired':
      return { kind: 'ours', rollout: confirm(rollout, percent) };
    case 'as-before':
      return { kind: 'decided', decision: answerOldWeight(rollout, observed, percent, lastWriter) };
    case 'lowered':
      return { kind: 'decided', decision: takeAsRollback(rollout, observed, percent, lastWriter) };
    case 'foreign':
      return { kind: 'decided', decision: answerForeignEdit(rollout, now, percent, lastWriter) };
  }
}

/** Our write has not happened yet, or somebody undid it before we read it back: the API server told us which. */
function answerOldWeight(
  rollout: Rollout,
  observed: Observed,
  percent: number,
  lastWriter: string | null,
): Decision {
  const { desiredPercent } = rollout;
  if (observed.written !== desiredPercent)
    return wait(rollout, [{ kind: 'set-weight', percent: desiredPercent }]);
  return percent < desiredPercent
    ? takeAsRollback({ ...rollout, confirmedPercent: desiredPercent }, observed, percent, lastWriter)
    : answerForeignEdit(rollout, observed.now, percent, lastWriter);
}

/** Whoever restores it need not know what it was: stable with everything is right in every case. */
export const routeGone = (rollout: Rollout): string => {
  const { adoption, route, from, stableColour } = planOf(rollout);
  const stable = from.tag === null ? stableColour : `${from.tag} (${stableColour})`;
  const how = adoption ? 'as it was' : `with all weight on ${stable}`;
  return `the route object ${route.namespace}/${route.name} is gone. Restore it ${how}`;
};

function takeAsRollback(
  rollout: Rollout,
  observed: Observed,
  percent: number,
  lastWriter: string | null,
): Decision {
  const text = loweredWords(lastWriter, rollout.confirmedPercent, percent);
  return rollBack(
    { ...rollout, confirmedPercent: percent },
    observed,
    cause('foreign_edit_lowered', text, observed.now),
  );
}

const confirm = (rollout: Rollout, percent: number): Rollout => ({
  ...rollout,
  confirmedPercent: percent,
  peakPercent: Math.max(rollout.peakPercent, percent),
  hold: rollout.hold?.code === 'cluster_unavailable' ? null : rollout.hold,
});

function answerForeignEdit(
  rollout: Rollout,
  now: number,
  percent: number,
  lastWriter: string | null,
): Decision {
  const who = lastWriter ?? 'somebody';
  const recent = recentReasserts(rollout.reasserts, now);
  if (recent.length >= REASSERTS_AT_MOST) {
    const text = `Another controller owns this field: ${who} keeps setting ${percent} % where the plan says ${rollout.desiredPercent} %`;
    // What the object has now is what the candidate serves: rules are judged for it while people agree.
    return pause(
      { ...rollout, reasserts: recent, peakPercent: Math.max(rollout.peakPercent, percent) },
      now,
      cause('foreign_edit', text, now),
      { confirmedPercent: percent, desiredPercent: percent },
    );
  }
  return {
    next: { ...rollout, reasserts: [...recent, now], peakPercent: Math.max(rollout.peakPercent, percent) },
    effects: [{ kind: 'set-weight', percent: rollout.desiredPercent }],
    reason: 'foreign_edit',
    events: [
      event('foreign_edit', now, `${who} set ${percent} %; set back to ${rollout.desiredPercent} %`, {
        data: { manager: who, seen: percent, desired: rollout.desiredPercent },
      }),
    ],
  };
}
