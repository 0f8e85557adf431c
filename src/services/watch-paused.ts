/**
 * A rollout that is paused at weight 0 has no loop that looks at its route, and its claim keeps the look at rest away. So
 * that look sees whether somebody gave the candidate traffic: then it is the rollout's again, watched and judged.
 */

import { event } from '../core/rollout/moves.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { percentOfUnits } from '../lib/whole-units.ts';
import type { Clock } from '../ports/clock.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { auditOf, type MentionList, withLines } from './record.ts';

export interface PausedPorts {
  readonly store: RolloutStore;
  readonly router: TrafficRouter;
  readonly clock: Clock;
  readonly config: { readonly slack: { readonly onCall: MentionList } };
}

/** Throws `store_unavailable`. A route that cannot be read is no news; the sweep starts the loop within seconds. */
export async function watchPaused(ports: PausedPorts, rolloutId: string): Promise<void> {
  const stored = await ports.store.load(rolloutId);
  if (!stored || !isAtZero(stored.rollout) || !stored.rollout.plan) return;
  const { rollout, rev } = stored;
  const { route, candidateColour } = stored.rollout.plan;
  const state = await ports.router.read(route).catch(() => null);
  const percent = state
    ? percentOfUnits(state.weight[candidateColour], state.weight.blue + state.weight.green, [0])
    : 0;
  if (!state || percent === 0) return;
  const who = state.lastWriter ?? 'somebody';
  const text = `${who} gave the candidate ${percent} % while the rollout is paused; it stays paused, and the rules are judged`;
  const data = { manager: who, seen: percent, desired: 0 };
  const seen = event('foreign_edit', await ports.clock.now(), text, { mention: 'page', data });
  const taken: Rollout = {
    ...rollout,
    confirmedPercent: percent,
    desiredPercent: percent,
    peakPercent: Math.max(rollout.peakPercent, percent),
  };
  // Whoever was faster has looked as well, or the next look does.
  await ports.store.save(rolloutId, {
    ...withLines(taken, [seen], ports.config.slack.onCall),
    expectedRev: rev,
    token: null,
    audit: [auditOf(taken, seen)],
    isDirty: true,
  });
}

const isAtZero = ({ phase, confirmedPercent, desiredPercent }: Rollout): boolean =>
  phase === 'paused' && confirmedPercent === 0 && desiredPercent === 0;
