/** Somebody else's tool would take back what a rollout writes. Pure. */

import type { AutoscalerState } from '../autoscaler.ts';
import type { PlanSettings } from '../facts.ts';
import type { Owned, SafetySettings } from '../ground.ts';
import { ignoreSnippet, toolOf } from '../ignore-snippet.ts';
import type { GateResult, RolloutKind } from '../plan.ts';
import { passed, refused } from './gate.ts';

const words = (owned: readonly Owned[]): string =>
  [...new Set(owned.map(({ owner }) => owner))]
    .map((owner) => {
      const objects = owned.filter((each) => each.owner === owner);
      return `${owner} manages ${objects.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
    })
    .join('; ');

/** A rollback is not stopped: whoever owns the route, the way back is tried. */
export function owner(
  kind: RolloutKind,
  safety: Pick<SafetySettings, 'isOwnerAcknowledged'>,
  owned: readonly Owned[],
): GateResult {
  if (owned.length === 0) return passed('owner', 'nobody else manages Deployment or route');
  if (safety.isOwnerAcknowledged) return passed('owner', `${words(owned)}: acknowledged`);
  if (kind === 'rollback') return passed('owner', `${words(owned)}, which never stops a rollback`);
  return refused('owner', `${words(owned)} and would take the change back`);
}

const ownedScalers = (scalers: readonly AutoscalerState[]): readonly Owned[] =>
  scalers.flatMap(({ kind, name, manager }) => (manager === null ? [] : [{ kind, name, owner: manager }]));

/** What to do, and what to copy. An autoscaler of theirs alone stops nothing (the plan says it), but the rules are whole. */
export function ownerAdvice(
  settings: PlanSettings,
  owners: readonly Owned[],
  scalers: readonly AutoscalerState[],
): { readonly hint: string; readonly snippet: string } {
  const owned = [...owners, ...ownedScalers(scalers)];
  const isHelm = owned.some((each) => toolOf(each.owner) === 'helm');
  const does = isHelm
    ? 'Do below what applies to each tool (Helm itself knows no ignore)'
    : 'Give it the rules below';
  return {
    hint: `${does}, then set \`owner: acknowledged\` for ${settings.target.service} in the configuration. ⚠️ A rule that ignores fields inside a list can hide later edits of that list in Git: after a change there, compare it with the cluster.`,
    snippet: ignoreSnippet(settings, owned),
  };
}
