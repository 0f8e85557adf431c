/** What must hold before a plain Deployment may become blue and green, or go back. Pure; the lists are the order. */
import { judgeQuery } from '../../analysis/promql.ts';
import { colourWorkload } from '../../colour.ts';
import type { AdoptionFacts, AdoptionSettings, PlanSettings } from '../facts.ts';
import type { GateResult } from '../plan.ts';
import { AROUND_HINTS } from './around.ts';
import { passed, refused } from './gate.ts';
import { INCIDENT_HINT, incidentGate } from './incident.ts';
import { podProbes } from './mtls.ts';
import { owner, ownerAdvice } from './owner.ts';
import { alone, antiAffinity, disks, hostPorts } from './pods.ts';
import { quota } from './quota.ts';
import { otherRoutes } from './routes.ts';

export type AdoptionGate = (
  settings: PlanSettings,
  adopting: AdoptionSettings,
  facts: AdoptionFacts,
) => GateResult;

const lock: AdoptionGate = (_, __, { lock: held }) =>
  held
    ? refused('lock', `Locked by ${held.owner.name ?? held.owner.id}: ${held.reason}`)
    : passed('lock', 'not locked');

const claim: AdoptionGate = (_, __, { claimedBy }) =>
  claimedBy === null
    ? passed('claim', 'no other rollout runs')
    : refused('claim', `Rollout ${claimedBy} is running`);

const owned: AdoptionGate = (settings, _, { ground }) => owner(settings.kind, settings.safety, ground.owners);

/** Whatever else stands behind the Service would lose its requests when the route names colours. */
const endpoints: AdoptionGate = (settings, _, { workload }) => {
  const owners = workload.endpointOwners;
  if (owners === null) return refused('endpoints', `There is no Service ${serviceOf(settings)}`);
  if (owners.length === 0)
    return refused('endpoints', `Service ${serviceOf(settings)} has no ready endpoint`);
  const others = owners.filter(({ kind, name }) => kind !== 'Deployment' || name !== settings.template);
  const sets = others.filter(({ kind }) => kind === 'StatefulSet');
  if (sets.length > 0)
    return refused(
      'endpoints',
      `StatefulSet ${sets.map(({ name }) => name).join(', ')} stands behind the Service: its pods have names and disks of their own and cannot be two colours`,
    );
  if (others.length > 0)
    return refused(
      'endpoints',
      `Beside Deployment ${settings.template} the Service reaches ${others.map(({ kind, name, pods }) => `${kind} ${name} (${pods} ready)`).join(', ')}`,
    );
  return passed('endpoints', `every ready endpoint belongs to Deployment ${settings.template}`);
};

const serviceOf = ({ route }: PlanSettings): string => route.host.split('.')[0] ?? route.host;

const plainRoute: AdoptionGate = (settings, _, { route }) =>
  route.shape === 'plain'
    ? passed('route', `one HTTP route with one destination to ${settings.route.host}`)
    : refused(
        'route',
        route.shape === 'split'
          ? `VirtualService ${settings.route.name} splits between blue and green already`
          : `VirtualService ${settings.route.name} ${route.fault}`,
      );

/** Clients in the mesh look at routes of `mesh` alone: past it they would go on to the original. */
const mesh: AdoptionGate = (settings, adopting, { route }) => {
  if (route.coversMesh) return passed('mesh', 'the route holds for clients in the mesh');
  return adopting.meshClients === 'none'
    ? passed('mesh', 'gateways alone; the configuration says that no client is in the mesh')
    : refused(
        'mesh',
        `VirtualService ${settings.route.name} covers gateways alone: clients in the mesh would not see the colours`,
      );
};

const oneRule: AdoptionGate = (settings, _, { route }) =>
  route.rules.length <= 1
    ? passed(
        'subsets',
        route.rules[0] ? `added to DestinationRule ${route.rules[0]}` : 'a DestinationRule is created',
      )
    : refused(
        'subsets',
        `${settings.route.host} has several DestinationRules (${route.rules.join(', ')}): which one holds the subsets cannot be told`,
      );

const freeBlue: AdoptionGate = (settings, _, { colours }) => {
  const foreign = (['blue', 'green'] as const).find((colour) => colours[colour]?.isOurs === false);
  return foreign
    ? refused(
        'free_slot',
        `Deployment ${colourWorkload(settings.target.service, foreign)} is there and is not ours: it is never touched`,
      )
    : passed('free_slot', 'blue and green are free');
};

const volumes: AdoptionGate = (_, __, { workload }) => disks(workload.exclusiveClaims);
const nodePorts: AdoptionGate = (_, __, { original }) => hostPorts(original?.template);
const apart: AdoptionGate = (_, __, { original }) => antiAffinity(original?.template);
const single: AdoptionGate = ({ safety }) => alone(safety);
const routes: AdoptionGate = ({ route }, _, { ground }) => otherRoutes(route.host, ground.mesh);
const probes: AdoptionGate = (settings, _, { original, ground }) =>
  podProbes(settings.probes, original?.template, ground.mesh);

/** Original and colour run in full beside one another. */
const room: AdoptionGate = ({ kind }, _, { original, colours, live, ground }) => {
  const running = kind === 'adopt' ? original : live && colours[live];
  const idlePods = kind === 'adopt' ? (colours.blue?.replicas ?? 0) : (original?.replicas ?? 0);
  return quota(
    {
      template: original?.template,
      pods: Math.max(0, (running?.replicas ?? 0) - idlePods),
      isNewDeployment: kind === 'adopt' && colours.blue === null,
    },
    ground.room,
  );
};

const autoscaler: AdoptionGate = (_, __, { workload }) => {
  const [first, ...more] = workload.autoscalers;
  if (!first) return passed('autoscaler', 'there is none');
  if (more.length > 0)
    return refused(
      'autoscaler',
      `Several autoscalers look at the service (${workload.autoscalers.map(({ name }) => name).join(', ')}): one is expected`,
    );
  if (first.owner !== null)
    return refused(
      'autoscaler',
      `${first.name} belongs to ${first.owner}, which would write its target back`,
    );
  return first.fault === null
    ? passed('autoscaler', `${first.name} follows the pods`)
    : refused('autoscaler', `${first.name} ${first.fault}`);
};

const candidateOnly: AdoptionGate = (settings) => {
  for (const rule of settings.rules) {
    if (rule.query === null) continue;
    const judged = judgeQuery(rule.query, settings.workloadLabel);
    if (!judged.ok)
      return refused('candidate_only', `Rule ${rule.id} could match both sets of pods: ${judged.reason}`);
  }
  return passed('candidate_only', 'every rule looks at one set of pods alone');
};

const splitRoute: AdoptionGate = (settings, _, { route, live }) => {
  if (route.shape === 'plain')
    return refused('route', `${settings.target.service} is not adopted: its route names no colour`);
  if (route.shape === 'other')
    return refused('route', `VirtualService ${settings.route.name} ${route.fault}`);
  return live === null
    ? refused('route', 'The route splits between the colours though no rollout runs')
    : passed('route', `all weight is on ${live}`);
};

const isTemplate: AdoptionGate = (settings, _, { original }) =>
  original?.replicas === 0
    ? passed('original', `Deployment ${settings.template} waits at 0 replicas`)
    : refused('original', `Deployment ${settings.template} does not wait at 0 replicas`);

const incident: AdoptionGate = (settings, _, { incidents }) => incidentGate(settings, incidents);

export const ADOPT_GATES: readonly AdoptionGate[] = [
  lock,
  incident,
  claim,
  owned,
  endpoints,
  plainRoute,
  mesh,
  oneRule,
  routes,
  freeBlue,
  volumes,
  nodePorts,
  apart,
  single,
  room,
  probes,
  autoscaler,
  candidateOnly,
];

export const UNDO_GATES: readonly AdoptionGate[] = [
  lock,
  incident,
  claim,
  owned,
  splitRoute,
  isTemplate,
  autoscaler,
  single,
  room,
  probes,
  candidateOnly,
];

const HINTS: Readonly<Record<string, string>> = {
  ...AROUND_HINTS,
  lock: 'Ask the owner to unlock it.',
  incident: INCIDENT_HINT,
  claim: 'Wait for its end, or roll it back first.',
  endpoints: 'Let the selector of the Service match the pods of that one Deployment.',
  route:
    'Give the VirtualService one HTTP route with one destination to the host, or name the right one in the configuration.',
  mesh: 'Add `mesh` to the gateways of the VirtualService, or set `meshClients: none` for the service.',
  subsets: 'Merge them into one.',
  free_slot: 'Rename or remove that Deployment.',
  autoscaler: 'Leave one autoscaler that works and belongs to nobody else.',
  candidate_only: 'Give every selector of the rule <label>="$workload".',
  original: 'Scale it to 0; the colours have the traffic.',
};

export const adoptionAdvice = (
  gate: string,
  settings: PlanSettings,
  { ground, workload }: AdoptionFacts,
): { readonly hint: string; readonly snippet?: string } =>
  gate === 'owner'
    ? ownerAdvice(settings, ground.owners, workload.autoscalers)
    : { hint: HINTS[gate] ?? 'Do what the gate says and ask again.' };
