/** A plan from settings and facts, or the sentence that says why there is none. Pure. */
import { type Colour, otherColour } from '../colour.ts';
import type { PlanOutcome } from './decision.ts';
import type { DeploymentFacts, PlanFacts, PlanSettings } from './facts.ts';
import { AROUND_HINTS, aroundGates } from './gates/around.ts';
import { fixOf, INCIDENT_HINT } from './gates/incident.ts';
import { GATES } from './gates/index.ts';
import { ownerAdvice } from './gates/owner.ts';
import { judgeBudgets, judgeScaling } from './gates/scaling.ts';
import type { Plan, Revision } from './plan.ts';
import { planDigest, sha256OfJson } from './plan-digest.ts';
import { stableTrouble } from './stable-trouble.ts';
import { diffTemplates } from './template-diff.ts';

export function makePlan(settings: PlanSettings, facts: PlanFacts): PlanOutcome {
  const standing = stand(settings, facts);
  if ('refused' in standing) return standing.refused;
  const { stable, live, template } = standing;
  const candidate = otherColour(stable);
  if (!facts.ground) return unseenGround(settings);
  const idle = facts.colours[candidate];
  const scaled = judgeScaling(settings, facts, stable);
  const shielded = judgeBudgets(facts, stable);
  const gates = [
    ...GATES.map((gate) => gate(settings, facts, { stable, candidate })),
    ...aroundGates({
      settings,
      facts,
      ground: facts.ground,
      replicas: live.facts.replicas,
      idlePods: idle?.isOurs ? idle.replicas : 0,
      isSlotEmpty: idle === null,
    }),
    scaled.gate,
    shielded.gate,
  ];
  const max = scaled.autoscaler?.max ?? live.facts.replicas;
  const from: Revision = { digest: live.digest, tag: live.facts.tag, repository: settings.repository };
  const trouble = stableTrouble(settings, facts, stable);
  const to: Revision = {
    digest: facts.resolved.digest,
    tag: facts.resolved.tag,
    repository: settings.repository,
  };
  const draft: Omit<Plan, 'digest'> = {
    schemaVersion: 1,
    kind: settings.kind,
    target: settings.target,
    production: settings.production,
    cluster: settings.cluster,
    namespace: settings.namespace,
    from,
    to,
    stableColour: stable,
    candidateColour: candidate,
    route: settings.route,
    template: settings.template,
    container: settings.container,
    // Somebody may have scaled the live colour past its autoscaler, which takes that back.
    replicas: Math.min(live.facts.replicas, max),
    templateHash: sha256OfJson(template.template),
    templateChanges: [
      { what: 'image', path: settings.container, change: 'changed', from: short(from), to: short(to) },
      ...diffTemplates(live.facts.template, template.template),
    ],
    steps: settings.steps,
    rules: settings.rules,
    probes: settings.probes,
    times: settings.times,
    analysis: settings.analysis,
    ...fixOf(settings, facts.incidents),
    ...(settings.forceForward ? { forceForward: true as const } : {}),
    ...(trouble === null ? {} : { stableTrouble: trouble }),
    gates,
    forecast: settings.steps.map((step) =>
      facts.windowRequests === null ? null : Math.floor((facts.windowRequests * step) / 100),
    ),
    ...(scaled.autoscaler && { autoscaler: scaled.autoscaler }),
    ...(shielded.budget !== null && { budget: shielded.budget }),
  };
  const plan: Plan = { ...draft, digest: planDigest(draft) };
  const stopped = gates.find((gate) => !gate.passed);
  if (stopped)
    return {
      kind: 'refused',
      code: CODES[stopped.gate] ?? 'plan_refused',
      text: stopped.reason,
      ...(stopped.gate === 'owner'
        ? ownerAdvice(settings, facts.ground.owners, facts.scaling.autoscalers)
        : { hint: stopped.gate === 'autoscaler' ? scaled.hint : hintFor(stopped.gate) }),
      plan,
    };
  return { kind: 'planned', plan };
}

/** Its objects went away while the plan was made. */
const unseenGround = ({ target }: PlanSettings): PlanOutcome => ({
  kind: 'refused',
  code: 'plan_refused',
  text: `The objects of ${target.service} changed while the plan was made`,
  hint: 'Ask again.',
  plan: null,
});

const short = (revision: Revision): string => revision.tag ?? revision.digest.slice(7, 19);

type Stand =
  | { readonly refused: Extract<PlanOutcome, { kind: 'refused' }> }
  | {
      readonly stable: Colour;
      readonly live: { readonly facts: DeploymentFacts; readonly digest: string };
      readonly template: DeploymentFacts;
    };

/** Whether the service stands as blue and green at rest: what adoption leaves behind. */
function stand(settings: PlanSettings, facts: PlanFacts): Stand {
  const { service } = settings.target;
  const refuse = (code: string, text: string, hint: string): Stand => ({
    refused: { kind: 'refused', code, text, hint, plan: null },
  });
  const notAdopted = `Adopt it first: press Adopt on its card, or give the command \`adopt ${service}\`.`;
  if ('fault' in facts.route)
    return refuse(
      'not_adopted',
      `${service} does not stand as blue and green: ${facts.route.fault}`,
      notAdopted,
    );
  if (!facts.template)
    return refuse('not_adopted', `${service} has no template Deployment ${settings.template}`, notAdopted);
  if (!facts.colours.blue && !facts.colours.green)
    return refuse('not_adopted', `${service} has neither ${service}-blue nor ${service}-green`, notAdopted);
  if (facts.template.replicas > 0)
    return refuse(
      'not_adopted',
      `The template Deployment ${settings.template} still runs ${facts.template.replicas} pods`,
      notAdopted,
    );
  const { percent } = facts.route;
  const stable: Colour | null = percent.blue === 100 ? 'blue' : percent.green === 100 ? 'green' : null;
  if (!stable)
    return refuse(
      'plan_refused',
      `The route splits ${percent.blue} % to blue and ${percent.green} % to green though no rollout runs`,
      `Put all weight on one colour, then ask again.`,
    );
  const live = facts.colours[stable];
  if (!live || (live.ready === 0 && live.replicas === 0))
    return refuse(
      'plan_refused',
      `The live colour ${service}-${stable} ${live ? 'is scaled to 0, so nobody knows how many pods its successor needs' : 'is not there'}`,
      'Mend the live colour first.',
    );
  // A way back to what is broken is no way back: whoever goes on without one says so. The fast lane goes away from it.
  if (live.ready === 0 && !settings.forceForward && settings.kind !== 'rollback')
    return refuse(
      'stable_unready',
      `The live colour ${service}-${stable} has no ready pod, so there would be no way back`,
      'Mend the live colour, or go forward without a way back: press Force forward on this card, or add `force-forward` to the deploy. It asks for approval as ever.',
    );
  if (!live.isOurs)
    return refuse(
      'not_adopted',
      `${service}-${stable} is not ours: it could not be scaled down once its successor is live`,
      notAdopted,
    );
  if (!live.digest)
    return refuse(
      'plan_refused',
      `${service}-${stable} runs an image without a digest, so there would be no way back`,
      'Pin the live image by digest.',
    );
  return { stable, live: { facts: live, digest: live.digest }, template: facts.template };
}

/** What a refusal is called, where its gate has a word of its own. */
export const CODES: Readonly<Record<string, string>> = { lock: 'locked', incident: 'incident_open' };

const HINTS: Readonly<Record<string, string>> = {
  lock: 'Ask the owner to unlock it.',
  incident: INCIDENT_HINT,
  claim: 'Wait for its end, or roll it back first.',
  new_digest: 'Pick another version.',
  free_slot: 'Rename or remove that Deployment.',
  candidate_only: 'Give every selector of the rule <label>="$workload".',
  force_forward: 'Deploy without `force-forward`: it goes in steps and keeps its way back.',
  weights: 'Let the two weights sum to 100.',
  ...AROUND_HINTS,
};
const hintFor = (gate: string): string => HINTS[gate] ?? 'Do what the gate says and ask again.';
