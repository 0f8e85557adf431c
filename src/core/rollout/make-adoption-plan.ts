/** The plan of an adoption or its undo, or the sentence that says why there is none. Pure. */
import { type Colour, colourWorkload, otherColour } from '../colour.ts';
import { type AutoscalerState, floorFor, ownMin } from './autoscaler.ts';
import type { PlanOutcome } from './decision.ts';
import type { AdoptionFacts, AdoptionSettings, DeploymentFacts, PlanSettings } from './facts.ts';
import { ADOPT_GATES, adoptionAdvice, UNDO_GATES } from './gates/adoption.ts';
import { CODES } from './make-plan.ts';
import type { AutoscalerPlan, Plan, Revision } from './plan.ts';
import { planDigest, sha256OfJson } from './plan-digest.ts';
import { diffTemplates } from './template-diff.ts';

/** The first colour of every service. */
const FIRST: Colour = 'blue';

type Refused = Extract<PlanOutcome, { kind: 'refused' }>;

const refuse = (text: string, hint: string): Refused => ({
  kind: 'refused',
  code: 'plan_refused',
  text,
  hint,
  plan: null,
});

interface Move {
  readonly stable: Colour;
  readonly candidate: Colour;
  /** What runs now: replicas and image are taken over as they are. */
  readonly live: DeploymentFacts;
  readonly digest: string;
}

export function makeAdoptionPlan(
  settings: PlanSettings,
  adopting: AdoptionSettings,
  facts: AdoptionFacts,
): PlanOutcome {
  const { original } = facts;
  if (!original)
    return refuse(
      `There is no Deployment ${settings.template}`,
      'Name the plain Deployment as `template` in the configuration of the service.',
    );
  const isUndo = settings.kind === 'adopt-undo';
  const gates = (isUndo ? UNDO_GATES : ADOPT_GATES).map((gate) => gate(settings, adopting, facts));
  const stopped = gates.find((gate) => !gate.passed);
  const move = isUndo ? undoMove(settings, facts) : adoptMove(settings, facts, original);
  if (!('live' in move)) {
    // What a gate says is nearer to the cause than what is missing because of it.
    if (stopped)
      return { ...refuse(stopped.reason, ''), ...adoptionAdvice(stopped.gate, settings, facts), plan: null };
    return move;
  }
  const plan = planOf(settings, adopting, facts, original, move, gates);
  if (!stopped) return { kind: 'planned', plan };
  return {
    kind: 'refused',
    code: CODES[stopped.gate] ?? 'plan_refused',
    text: stopped.reason,
    ...adoptionAdvice(stopped.gate, settings, facts),
    plan,
  };
}

function adoptMove(settings: PlanSettings, facts: AdoptionFacts, original: DeploymentFacts): Move | Refused {
  const [first, ...more] = new Set(facts.workload.digests);
  const digest = original.digest ?? (more.length === 0 ? (first ?? null) : null);
  if (original.ready === 0)
    return refuse(`Deployment ${settings.template} has no ready pod`, 'Mend it first.');
  if (digest === null)
    return refuse(
      more.length > 0
        ? `The pods of ${settings.template} run different images`
        : `It cannot be told which image digest ${settings.template} runs`,
      'Wait for its own roll-out to end, or pin its image by digest.',
    );
  return { stable: otherColour(FIRST), candidate: FIRST, live: original, digest };
}

function undoMove({ target }: PlanSettings, { live, colours }: AdoptionFacts): Move | Refused {
  const running = live && colours[live];
  if (!live || !running || running.ready === 0)
    return refuse(`No live colour of ${target.service} has a ready pod`, 'Mend the live colour first.');
  if (!running.digest)
    return refuse(
      `${colourWorkload(target.service, live)} runs an image without a digest`,
      'Pin the live image by digest.',
    );
  return { stable: live, candidate: otherColour(live), live: running, digest: running.digest };
}

function planOf(
  settings: PlanSettings,
  adopting: AdoptionSettings,
  facts: AdoptionFacts,
  original: DeploymentFacts,
  { stable, candidate, live, digest }: Move,
  gates: Plan['gates'],
): Plan {
  const isUndo = settings.kind === 'adopt-undo';
  const revision: Revision = { digest, tag: live.tag, repository: settings.repository };
  const [scaler] = facts.workload.autoscalers;
  const colour = colourWorkload(settings.target.service, isUndo ? stable : candidate);
  const to = isUndo ? settings.template : colour;
  const draft: Omit<Plan, 'digest'> = {
    schemaVersion: 1,
    kind: settings.kind,
    target: settings.target,
    production: settings.production,
    cluster: settings.cluster,
    namespace: settings.namespace,
    from: revision,
    to: revision,
    stableColour: stable,
    candidateColour: candidate,
    // The plain destination stands for the role that the plain Deployment has.
    route: { ...settings.route, plainAs: isUndo ? candidate : stable },
    template: settings.template,
    container: settings.container,
    replicas: live.replicas,
    templateHash: templateHash(settings.kind, settings.container, original.template),
    templateChanges: isUndo ? diffTemplates(live.template, original.template) : [],
    steps: settings.steps,
    rules: settings.rules,
    probes: settings.probes,
    times: settings.times,
    analysis: settings.analysis,
    approval: settings.approval,
    gates,
    forecast: settings.steps.map(() =>
      facts.windowRequests === null ? null : Math.floor(facts.windowRequests),
    ),
    adoption: {
      original: settings.template,
      colour,
      autoscaler: scaler ? movedScaler(scaler, to) : null,
      propagationMs: adopting.propagationMs,
    },
    ...(scaler && { autoscaler: keptScaler(scaler, live.replicas) }),
  };
  return { ...draft, digest: planDigest(draft) };
}

const movedScaler = ({ kind, name, target }: AutoscalerState, to: string) => ({
  ...(kind === 'ScaledObject' && { kind }),
  name,
  from: target,
  to,
});

/** It moves from the one set of pods to the other; until the end its minimum keeps the pods of either. */
const keptScaler = (scaler: AutoscalerState, replicas: number): AutoscalerPlan => ({
  kind: scaler.kind,
  name: scaler.name,
  min: ownMin(scaler),
  max: scaler.max,
  floor: floorFor({ min: ownMin(scaler), max: scaler.max }, replicas),
  twin: null,
  manager: scaler.manager,
});

/** An undo sets the image of the template itself: its hash is that of everything else. */
export function templateHash(kind: Plan['kind'], container: string, template: unknown): string {
  if (kind !== 'adopt-undo') return sha256OfJson(template);
  const copy = structuredClone(template) as {
    spec?: { containers?: { name?: string; image?: string }[] };
  };
  for (const entry of copy.spec?.containers ?? []) if (entry.name === container) delete entry.image;
  return sha256OfJson(copy);
}
