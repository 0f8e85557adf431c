/** What must hold before a plain Deployment may become blue and green, or go back. Pure; the lists are the order. */
import { judgeQuery } from '../../analysis/promql.ts';
import { colourWorkload } from '../../colour.ts';
import type { AdoptionFacts, AdoptionSettings, PlanSettings } from '../facts.ts';
import type { GateResult } from '../plan.ts';

export type AdoptionGate = (
  settings: PlanSettings,
  adopting: AdoptionSettings,
  facts: AdoptionFacts,
) => GateResult;

const passed = (gate: string, reason: string): GateResult => ({ gate, passed: true, reason });
const refused = (gate: string, reason: string): GateResult => ({ gate, passed: false, reason });

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
const podSpec = (facts: AdoptionFacts): Json => record(record(facts.original?.template)['spec']);

const lock: AdoptionGate = (_, __, { lock: held }) =>
  held
    ? refused('lock', `Locked by ${held.owner.name ?? held.owner.id}: ${held.reason}`)
    : passed('lock', 'not locked');

const claim: AdoptionGate = (_, __, { claimedBy }) =>
  claimedBy === null
    ? passed('claim', 'no other rollout runs')
    : refused('claim', `Rollout ${claimedBy} is running`);

/** Somebody else's tool would take back what adoption writes. */
const owner: AdoptionGate = (_, adopting, { original, route }) => {
  const who = [...new Set([original?.owner, route.owner].filter((name) => typeof name === 'string'))];
  if (who.length === 0) return passed('owner', 'nobody else manages Deployment or route');
  return adopting.isOwnerAcknowledged
    ? passed('owner', `${who.join(' and ')}: acknowledged`)
    : refused('owner', `${who.join(' and ')} manages Deployment or route and would take the change back`);
};

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

const disks: AdoptionGate = (_, __, { workload }) =>
  workload.exclusiveClaims.length === 0
    ? passed('volumes', 'no volume that one node alone may mount')
    : refused(
        'volumes',
        `Volume claim ${workload.exclusiveClaims.join(', ')} can be mounted on one node alone (ReadWriteOnce): a second set of pods would wait for ever`,
      );

const hostPorts: AdoptionGate = (_, __, facts) => {
  const spec = podSpec(facts);
  const ports = list(spec['containers'])
    .flatMap((container) => list(container['ports']))
    .flatMap((port) => (typeof port['hostPort'] === 'number' ? [port['hostPort']] : []));
  if (ports.length === 0 && spec['hostNetwork'] !== true) return passed('host_ports', 'no port of a node');
  return refused(
    'host_ports',
    `The pods take ${ports.length > 0 ? `hostPort ${ports.join(', ')}` : 'the network of the node'}: a second set of pods would not fit beside them`,
  );
};

const antiAffinity: AdoptionGate = (_, __, facts) => {
  const rules = record(record(podSpec(facts)['affinity'])['podAntiAffinity']);
  return list(rules['requiredDuringSchedulingIgnoredDuringExecution']).length === 0
    ? passed('anti_affinity', 'no required anti-affinity')
    : refused(
        'anti_affinity',
        'A required pod anti-affinity keeps pods of this service apart: twice the pods may find no node',
      );
};

const alone: AdoptionGate = (_, adopting) =>
  adopting.singleton && !adopting.twoVersionsSafe
    ? refused(
        'singleton',
        'The configuration says `singleton`: two sets of pods at once are not safe unless it says `twoVersionsSafe` too',
      )
    : passed('singleton', adopting.singleton ? 'a singleton that is safe in two versions' : 'no singleton');

const autoscaler: AdoptionGate = (_, __, { workload }) => {
  const [first, ...more] = workload.autoscalers;
  if (!first) return passed('autoscaler', 'there is none');
  if (more.length > 0)
    return refused(
      'autoscaler',
      `Several autoscalers look at the service (${workload.autoscalers.map(({ name }) => name).join(', ')}): one is expected`,
    );
  return first.owner === null
    ? passed('autoscaler', `${first.name} follows the pods`)
    : refused('autoscaler', `${first.name} belongs to ${first.owner}, which would write its target back`);
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

export const ADOPT_GATES: readonly AdoptionGate[] = [
  lock,
  claim,
  owner,
  endpoints,
  plainRoute,
  mesh,
  oneRule,
  freeBlue,
  disks,
  hostPorts,
  antiAffinity,
  alone,
  autoscaler,
  candidateOnly,
];

export const UNDO_GATES: readonly AdoptionGate[] = [
  lock,
  claim,
  owner,
  splitRoute,
  isTemplate,
  autoscaler,
  alone,
  candidateOnly,
];

const HINTS: Readonly<Record<string, string>> = {
  lock: 'Ask the owner to unlock it.',
  claim: 'Wait for its end, or roll it back first.',
  endpoints: 'Let the selector of the Service match the pods of that one Deployment.',
  route:
    'Give the VirtualService one HTTP route with one destination to the host, or name the right one in the configuration.',
  mesh: 'Add `mesh` to the gateways of the VirtualService, or set `meshClients: none` for the service.',
  subsets: 'Merge them into one.',
  free_slot: 'Rename or remove that Deployment.',
  volumes: 'Use a volume that many nodes may mount, or none.',
  host_ports: 'Take the host port away, or deploy the service another way.',
  anti_affinity: 'Make it a preferred one, or give it topology spread constraints.',
  singleton: 'Set `twoVersionsSafe: true` if two of them at once do no harm.',
  autoscaler: 'Leave one HorizontalPodAutoscaler that belongs to nobody else.',
  candidate_only: 'Give every selector of the rule <label>="$workload".',
  original: 'Scale it to 0; the colours have the traffic.',
};

/** What Argo CD, Flux or Helm must be told, to be copied. */
const ownerHint = (settings: PlanSettings): string =>
  `Tell it to leave these alone, then set \`owner: acknowledged\` for the service. Argo CD: \`syncOptions: [RespectIgnoreDifferences=true]\` and \`ignoreDifferences: [{group: apps, kind: Deployment, name: ${settings.template}, jsonPointers: [/spec/replicas]}, {group: networking.istio.io, kind: VirtualService, name: ${settings.route.name}, jsonPointers: [/spec/http]}, {group: networking.istio.io, kind: DestinationRule, jsonPointers: [/spec/subsets]}]\`. It hides later edits of these fields in Git too.`;

export const adoptionHint = (gate: string, settings: PlanSettings): string =>
  gate === 'owner' ? ownerHint(settings) : (HINTS[gate] ?? 'Do what the gate says and ask again.');
