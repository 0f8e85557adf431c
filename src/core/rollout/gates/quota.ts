/** Whether the quotas of the namespace leave room for a whole second set of pods. Pure. */
import { parseQuantity, quantityText } from '../../quantity.ts';
import type { ContainerRoom, QuotaSeen, RoomSurvey } from '../ground.ts';
import type { GateResult } from '../plan.ts';
import { type Json, list, passed, podSpec, record, refused, texts, unseen } from './gate.ts';

interface Need {
  readonly template: unknown;
  /** Pods beside those that run now. */
  readonly pods: number;
  /** Whether a Deployment is made beside those that are there. */
  readonly isNewDeployment: boolean;
}

type Amounts = ReadonlyMap<string, number>;

const roomOf = (container: Json): ContainerRoom => {
  const resources = record(container['resources']);
  const limits = texts(resources['limits']);
  // The server takes the limit for a request that is left out.
  return {
    name: String(container['name'] ?? ''),
    requests: { ...limits, ...texts(resources['requests']) },
    limits,
  };
};

/** What the template leaves open a running pod shows: the namespace's defaults. */
const withDefaults = (container: ContainerRoom, running: readonly ContainerRoom[]): ContainerRoom => {
  const seen = running.find(({ name }) => name === container.name);
  return {
    ...container,
    requests: { ...seen?.requests, ...container.requests },
    limits: { ...seen?.limits, ...container.limits },
  };
};

const isSidecar = (container: Json): boolean => container['restartPolicy'] === 'Always';

/** Of one pod: the sum of its containers, or the largest of what runs before them. */
function ofPod(template: unknown, running: readonly ContainerRoom[]): Amounts {
  const spec = podSpec(template);
  const before = list(spec['initContainers']);
  const own = [...list(spec['containers']), ...before.filter(isSidecar)].map(roomOf);
  const together = [
    ...own.map((container) => withDefaults(container, running)),
    // The mesh's sidecar, and whatever else admission adds.
    ...running.filter(({ name }) => !own.some((each) => each.name === name)),
  ];
  const amounts = new Map<string, number>();
  for (const part of ['requests', 'limits'] as const) {
    for (const container of together)
      for (const [name, text] of Object.entries(container[part]))
        amounts.set(
          `${part}.${name}`,
          (amounts.get(`${part}.${name}`) ?? 0) + (parseQuantity(text) ?? Number.NaN),
        );
    for (const container of before.filter((each) => !isSidecar(each)).map(roomOf))
      for (const [name, text] of Object.entries(container[part]))
        amounts.set(
          `${part}.${name}`,
          Math.max(amounts.get(`${part}.${name}`) ?? 0, parseQuantity(text) ?? Number.NaN),
        );
  }
  for (const [name, text] of Object.entries(texts(spec['overhead'])))
    for (const part of ['requests', 'limits'])
      if (amounts.has(`${part}.${name}`))
        amounts.set(
          `${part}.${name}`,
          (amounts.get(`${part}.${name}`) ?? 0) + (parseQuantity(text) ?? Number.NaN),
        );
  return amounts;
}

const COUNTED_PODS = ['pods', 'count/pods'];
const COUNTED_DEPLOYMENTS = ['count/deployments.apps', 'count/replicasets.apps'];
const SHORT = ['cpu', 'memory', 'ephemeral-storage'];
const isCompute = (resource: string): boolean =>
  /^(requests|limits)\./.test(resource) || SHORT.includes(resource);

/** What a quota's line needs; null: the line is not about pods, or about what pods do not name. */
function neededFor(resource: string, pod: Amounts, need: Need): number | null {
  if (COUNTED_PODS.includes(resource)) return need.pods;
  if (COUNTED_DEPLOYMENTS.includes(resource)) return need.isNewDeployment ? 1 : 0;
  const one = pod.get(SHORT.includes(resource) ? `requests.${resource}` : resource);
  return one === undefined ? null : one * need.pods;
}

/** Whether the quota counts these pods; null: not known. */
function isFor(quota: QuotaSeen, template: unknown, pod: Amounts): boolean | null {
  const priority = String(podSpec(template)['priorityClassName'] ?? '');
  const hasAny = pod.size > 0;
  let isSure = true;
  for (const scope of quota.scopes) {
    const [name = '', operator = 'Exists', values = ''] = scope.split(' ');
    if (name === 'Terminating' || (name === 'BestEffort' && hasAny) || (name === 'NotBestEffort' && !hasAny))
      return false;
    if (name === 'PriorityClass') {
      const isListed = values.split(',').includes(priority);
      if (operator === 'In' && !isListed) return false;
      if (operator === 'NotIn' && isListed) return false;
      if (operator === 'Exists' && priority === '') return false;
      if (operator === 'DoesNotExist' && priority !== '') return false;
    } else if (!['NotTerminating', 'BestEffort', 'NotBestEffort'].includes(name)) isSure = false;
  }
  return isSure ? true : null;
}

interface Line {
  readonly quota: string;
  readonly resource: string;
  readonly need: number;
  readonly hard: number;
  readonly free: number;
}

const lineText = ({ quota, resource, need, hard, free }: Line): string =>
  `ResourceQuota ${quota}: ${resource} ${quantityText(resource, need)} needed, ${quantityText(resource, Math.max(0, free))} free of ${quantityText(resource, hard)}`;

/** Rounding of fractions must not refuse what fits to the last byte. */
const isMore = (need: number, free: number): boolean => need - free > 1e-6 * Math.max(1, Math.abs(need));

export function quota(need: Need, room: RoomSurvey): GateResult {
  if (room.quotas.kind === 'unknown')
    return unseen('quota', `Whether quotas allow ${need.pods} more pods is not known: ${room.quotas.detail}`);
  if (room.quotas.value.length === 0) return passed('quota', 'no quota in the namespace');
  const pod = ofPod(need.template, room.running ?? []);
  const short: Line[] = [];
  const open: string[] = [];
  for (const each of room.quotas.value) {
    const applies = isFor(each, need.template, pod);
    if (applies === false) continue;
    for (const [resource, text] of Object.entries(each.hard)) {
      const needed = neededFor(resource, pod, need);
      const hard = parseQuantity(text);
      const used = parseQuantity(each.used[resource] ?? '');
      if (needed === null && !isCompute(resource)) continue;
      if (needed === null || Number.isNaN(needed) || hard === null || used === null || applies === null)
        open.push(`${resource} of ${each.name}`);
      else if (isMore(needed, hard - used))
        short.push({ quota: each.name, resource, need: needed, hard, free: hard - used });
    }
  }
  if (short.length > 0)
    return refused(
      'quota',
      `The namespace has no room for ${need.pods} more pods. ${short.map(lineText).join('; ')}`,
    );
  if (open.length > 0)
    return unseen(
      'quota',
      `Whether ${need.pods} more pods fit is not known for ${open.slice(0, 5).join(', ')}: the pods name no such amount, or the quota's scope is unknown`,
    );
  return passed('quota', `room for ${need.pods} more pods`);
}

export const QUOTA_HINT =
  'Raise the quota, free the room, or run fewer pods: while a rollout lives both versions run in full.';
