/** Gathers what the plan of an adoption or its undo stands on, without touching anything. */
import { type Colour, colourWorkload } from '../core/colour.ts';
import type { AdoptionFacts, PlanSettings, RouteSurvey } from '../core/rollout/facts.ts';
import { gatherGround, serviceOfHost } from './gather-ground.ts';
import { openIncidents } from './incidents/open-incidents.ts';
import { factsOf, liveRequests, otherClaim, type PlannerPorts, type PlanQuestion } from './planner.ts';

export async function gatherAdoption(
  ports: PlannerPorts,
  settings: PlanSettings,
  question: PlanQuestion,
  signal?: AbortSignal,
): Promise<AdoptionFacts> {
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const { service } = question.target;
  const deployment = (name: string) =>
    ports.workloads.readDeployment(place, name, settings.container, signal);
  const names = [settings.template, colourWorkload(service, 'blue'), colourWorkload(service, 'green')];
  const states = names.map(deployment);
  const [[original = null, blue = null, green = null], ground, route, workload, lock, claim, incidents] =
    await Promise.all([
      Promise.all(states),
      gatherGround(ports, settings, states, signal),
      ports.router.survey(settings.route, signal),
      ports.workloads.survey(
        place,
        {
          service: serviceOfHost(settings),
          deployment: settings.template,
          container: settings.container,
          scaled: names,
        },
        signal,
      ),
      ports.targets.readLock(question.target),
      ports.targets.readClaim(question.target),
      openIncidents(ports.incidents, question.target),
    ]);
  const claimedBy = otherClaim(question, claim);
  const live = await liveColour(ports, settings, route, signal);
  const serving = live === null ? settings.template : colourWorkload(service, live);
  return {
    original: factsOf(original),
    colours: { blue: factsOf(blue), green: factsOf(green) },
    live,
    route,
    workload,
    ground,
    lock,
    incidents,
    claimedBy,
    windowRequests: await liveRequests(ports.metrics, settings, serving, signal),
  };
}

/** The colour that has all the weight; null where the route names none or splits. */
async function liveColour(
  { router }: PlannerPorts,
  { route }: PlanSettings,
  { shape }: RouteSurvey,
  signal?: AbortSignal,
): Promise<Colour | null> {
  if (shape !== 'split') return null;
  const { percent } = await router.read(route, signal);
  return percent.blue === 100 ? 'blue' : percent.green === 100 ? 'green' : null;
}
