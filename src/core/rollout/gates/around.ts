/** Gates of a deploy that look at what stands around its pods. An adoption has its own list of the same. */
import type { PlanFacts, PlanSettings } from '../facts.ts';
import type { Ground } from '../ground.ts';
import type { GateResult } from '../plan.ts';
import { passed, refused } from './gate.ts';
import { MTLS_HINT, podProbes } from './mtls.ts';
import { owner } from './owner.ts';
import { alone, antiAffinity, disks, hostPorts, POD_HINTS } from './pods.ts';
import { QUOTA_HINT, quota } from './quota.ts';
import { otherRoutes, picked, ROUTES_HINT, SERVICE_HINT } from './routes.ts';

interface Stand {
  readonly settings: PlanSettings;
  readonly facts: PlanFacts;
  readonly ground: Ground;
  /** The idle colour's pods, which make room before the new ones come. */
  readonly idlePods: number;
  readonly isSlotEmpty: boolean;
  readonly replicas: number;
}

/** Its pods have names and disks of their own: what stands behind the Service cannot be two colours. */
export function sets(service: string, { endpointOwners }: Pick<Ground, 'endpointOwners'>): GateResult {
  const found = (endpointOwners ?? []).filter(({ kind }) => kind === 'StatefulSet');
  return found.length === 0
    ? passed('stateful_set', 'no StatefulSet behind the Service')
    : refused(
        'stateful_set',
        `StatefulSet ${found.map(({ name }) => name).join(', ')} stands behind Service ${service}: its pods have names and disks of their own and cannot be two colours`,
      );
}

const LIST: readonly ((stand: Stand) => GateResult)[] = [
  ({ settings, ground }) => owner(settings.kind, settings.safety, ground.owners),
  ({ settings, ground }) => otherRoutes(settings.route.host, ground.mesh),
  ({ facts, ground }) => picked(facts.template?.template, ground.room),
  ({ settings, ground }) => sets(settings.route.host.split('.')[0] ?? settings.route.host, ground),
  ({ ground }) => disks(ground.exclusiveClaims),
  ({ facts }) => hostPorts(facts.template?.template),
  ({ facts }) => antiAffinity(facts.template?.template),
  ({ settings }) => alone(settings.safety),
  ({ facts, ground, replicas, idlePods, isSlotEmpty }) =>
    quota(
      {
        template: facts.template?.template,
        pods: Math.max(0, replicas - idlePods),
        isNewDeployment: isSlotEmpty,
      },
      ground.room,
    ),
  ({ settings, facts, ground }) => podProbes(settings.probes, facts.template?.template, ground.mesh),
];

export const aroundGates = (stand: Stand): readonly GateResult[] => LIST.map((gate) => gate(stand));

export const AROUND_HINTS: Readonly<Record<string, string>> = {
  ...POD_HINTS,
  quota: QUOTA_HINT,
  other_routes: ROUTES_HINT,
  service: SERVICE_HINT,
  pod_probes: MTLS_HINT,
  stateful_set: 'Let the Service pick the pods of the Deployment alone.',
};
