/** What scales the live colour, and what protects its pods: whether a candidate can have the same beside it. Pure. */
import { type Colour, colourWorkload, otherColour } from '../../colour.ts';
import { type AutoscalerState, autoscalerWords, floorFor, ownMin } from '../autoscaler.ts';
import type { PlanFacts, PlanSettings } from '../facts.ts';
import type { AutoscalerPlan, GateResult } from '../plan.ts';

export interface Scaled {
  readonly gate: GateResult;
  /** What the plan does with it; null: nothing. */
  readonly autoscaler: AutoscalerPlan | null;
  readonly hint: string;
}

const passed = (reason: string, autoscaler: AutoscalerPlan | null = null): Scaled => ({
  gate: { gate: 'autoscaler', passed: true, reason },
  autoscaler,
  hint: '',
});
const refused = (
  reason: string,
  hint = 'Leave one autoscaler, that nobody else writes, on the live colour, then ask again.',
): Scaled => ({ gate: { gate: 'autoscaler', passed: false, reason }, autoscaler: null, hint });

/** The one autoscaler of the service, and whether it can have a twin on the candidate. Nothing here stops a way back. */
export function judgeScaling(settings: PlanSettings, facts: PlanFacts, stable: Colour): Scaled {
  const scaled = judge(settings, facts, stable);
  if (scaled.gate.passed || settings.kind !== 'rollback') return scaled;
  return passed(`⚠️ ${scaled.gate.reason}. The rollback leaves it as it is`);
}

function judge(settings: PlanSettings, facts: PlanFacts, stable: Colour): Scaled {
  const { service } = settings.target;
  const live = colourWorkload(service, stable);
  const candidate = colourWorkload(service, otherColour(stable));
  // A candidate's twin whose rollout was lost with its record: the next candidate gets a new one.
  const left = facts.scaling.autoscalers.filter(({ madeBy, target }) => madeBy === null || target === live);
  const [own, ...more] = left;
  if (!own) return passed('there is none');
  if (more.length > 0)
    return refused(
      `Several autoscalers look at the service (${left.map(sentence).join(', ')}): Kubernetes would stop them all`,
    );
  if (own.madeBy !== null)
    return refused(
      `${autoscalerWords(own)} on ${live} is what rollout ${own.madeBy} left: it is no autoscaler of the service's own`,
    );
  if (own.target === settings.template)
    return passed(
      `⚠️ ${sentence(own)}, which waits at 0 replicas: nothing scales the live colour. Point it at ${live}`,
    );
  if (own.target !== live)
    return refused(
      `${sentence(own)}, the idle colour: nothing scales the live one`,
      pointAt(settings, own, live),
    );
  return judgeOwn(own, facts, { stable, live, candidate });
}

const pointAt = ({ namespace }: PlanSettings, { kind, name }: AutoscalerState, to: string): string =>
  `Point it at the live colour: \`kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type=json -p '[{"op":"replace","path":"/spec/scaleTargetRef/name","value":"${to}"}]'\`, then ask again.`;

const sentence = (scaler: AutoscalerState): string => `${autoscalerWords(scaler)} scales ${scaler.target}`;

function judgeOwn(
  own: AutoscalerState,
  facts: PlanFacts,
  { stable, live, candidate }: { readonly stable: Colour; readonly live: string; readonly candidate: string },
): Scaled {
  const words = autoscalerWords(own);
  if (own.owner !== null)
    return refused(`${words} belongs to ${own.owner}, which would write its target back`);
  if (own.fault !== null) return refused(`${words} ${own.fault}`);
  if (facts.colours[stable]?.selects !== stable)
    return refused(
      `The selector of ${live} does not hold the colour label, so it matches the pods of both colours: with an autoscaler on each Kubernetes would stop both (AmbiguousSelector)`,
    );
  const isFree = (name: string): boolean =>
    !facts.scaling.taken.includes(name) ||
    facts.scaling.autoscalers.some((entry) => entry.name === name && entry.madeBy !== null);
  const twin = [candidate, `${candidate}-twin`].find(isFree);
  if (twin === undefined)
    return refused(
      `${candidate} and ${candidate}-twin are names of other autoscalers: the candidate's needs one`,
    );
  return passed(`${words} follows the winner`, {
    kind: own.kind,
    name: own.name,
    min: ownMin(own),
    max: own.max,
    floor: floorFor({ min: ownMin(own), max: own.max }, facts.colours[stable]?.replicas ?? 0),
    twin,
    manager: own.manager,
  });
}

export interface Protected {
  readonly gate: GateResult;
  /** Budget that follows the winner; null: none has to. */
  readonly budget: string | null;
}

const disruption = (reason: string, budget: string | null = null): Protected => ({
  gate: { gate: 'disruption', passed: true, reason },
  budget,
});

/** Who protects whose pods from eviction. Nothing here stops a plan: a budget is never made beside another. */
export function judgeBudgets({ scaling: { budgets } }: PlanFacts, stable: Colour): Protected {
  const candidate = otherColour(stable);
  if (budgets === null)
    return disruption('PodDisruptionBudgets may not be read: who protects whom is not known');
  if (budgets.length === 0) return disruption('there is none');
  const ofStable = budgets.filter(({ selectsStable }) => selectsStable);
  const ofCandidate = budgets.filter(({ selectsCandidate }) => selectsCandidate);
  const crowded = [ofStable, ofCandidate].find((entries) => entries.length > 1);
  if (crowded)
    return disruption(
      `⚠️ PDBs ${crowded.map(({ name }) => name).join(' and ')} select the same pods: Kubernetes refuses every eviction of them`,
    );
  const [live] = ofStable;
  const [next] = ofCandidate;
  if (!live) return disruption(`PDB ${next?.name} protects ${candidate}; ${stable} has none`);
  if (live === next) return disruption(`PDB ${live.name} protects both colours together`);
  if (next) return disruption(`PDB ${live.name} protects ${stable}, PDB ${next.name} ${candidate}`);
  return live.colour === stable
    ? disruption(
        `PDB ${live.name} protects ${stable} alone: ${candidate} has none until it is the winner, then it follows`,
        live.name,
      )
    : disruption(
        `⚠️ PDB ${live.name} protects ${stable} alone and cannot follow: after this rollout nothing protects ${candidate}`,
      );
}
