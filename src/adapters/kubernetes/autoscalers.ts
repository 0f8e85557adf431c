/** Reads and guarded writes of autoscalers: floors, the candidate's twin, and whom the service's own one scales. */
import type { AutoscalerKind, AutoscalerRef, AutoscalerState } from '../../core/rollout/autoscaler.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { TwinSpec } from '../../ports/autoscalers.ts';
import type { Place } from '../../ports/workloads.ts';
import {
  FLAVOURS,
  type KnownAutoscaler,
  minimumOf,
  NO_MINIMUM,
  parseAutoscaler,
  scaledObjectOf,
  toAutoscalerState,
} from './autoscaler-state.ts';
import { type KubeClient, type KubeObject, type PatchOperation, pointer } from './client.ts';
import {
  COLOUR_LABEL,
  FLOOR_MARK,
  FLOOR_OF_MARK,
  MANAGED_BY,
  OWN_MINIMUM_MARK,
  ROLLOUT_MARK,
  SERVICE_LABEL,
} from './marks.ts';
import { AUTOSCALER, SCALED_OBJECT } from './resources.ts';

export async function autoscalers(
  client: KubeClient,
  { namespace }: Place,
  deployments: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly found: readonly AutoscalerState[]; readonly taken: readonly string[] }> {
  const [plain, scaled] = await Promise.all([
    client.list(AUTOSCALER, namespace, '', signal),
    listScaledObjects(client, namespace, signal),
  ]);
  const isReadable = scaled !== null;
  const known = (objects: readonly KubeObject[]) =>
    objects.flatMap((object) => parseAutoscaler(object) ?? []);
  const states = [
    ...known(plain)
      .filter((entry) => !isReadable || scaledObjectOf(entry) === null)
      .map((entry) => toAutoscalerState('HorizontalPodAutoscaler', entry)),
    ...known(scaled ?? []).map((entry) => toAutoscalerState('ScaledObject', entry)),
  ];
  return {
    found: states.filter(({ target }) => deployments.includes(target)),
    taken: [...new Set([...plain, ...(scaled ?? [])].flatMap(nameOf))],
  };
}

const nameOf = (object: KubeObject): readonly string[] => {
  const known = parseAutoscaler(object);
  return known ? [known.metadata.name] : [];
};

/** null: the right to read them is missing, which only matters where there are some. */
async function listScaledObjects(
  client: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<readonly KubeObject[] | null> {
  try {
    return await client.list(SCALED_OBJECT, namespace, '', signal);
  } catch (error) {
    if (isDabbawalaError(error, 'crd_missing')) return [];
    if (isDabbawalaError(error, 'forbidden')) return null;
    throw error;
  }
}

/** A controller writes an autoscaler's status all the time, which moves resourceVersion: read again, decide again. */
const TRIES = 4;
async function afresh(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await work();
    } catch (error) {
      if (!isDabbawalaError(error, 'state_conflict') || attempt >= TRIES) throw error;
    }
}

async function find(
  client: KubeClient,
  { namespace }: Place,
  { kind, name }: AutoscalerRef,
  signal?: AbortSignal,
): Promise<{ readonly object: KubeObject; readonly known: KnownAutoscaler } | null> {
  try {
    const object = await client.find(FLAVOURS[kind].resource, namespace, name, signal);
    const known = object && parseAutoscaler(object);
    return object && known ? { object, known } : null;
  } catch (error) {
    if (isDabbawalaError(error, 'crd_missing')) return null;
    throw error;
  }
}

export async function readAutoscaler(
  client: KubeClient,
  place: Place,
  ref: AutoscalerRef,
  signal?: AbortSignal,
): Promise<AutoscalerState | null> {
  const found = await find(client, place, ref, signal);
  return found && toAutoscalerState(ref.kind, found.known);
}

async function raiseFloorOnce(
  client: KubeClient,
  place: Place,
  ref: AutoscalerRef,
  { rolloutId, replicas }: { readonly rolloutId: string; readonly replicas: number },
  signal?: AbortSignal,
): Promise<void> {
  const found = await find(client, place, ref, signal);
  if (!found) throw missing(place, ref);
  const { known } = found;
  const state = toAutoscalerState(ref.kind, known);
  const isDone = state.madeBy === rolloutId ? state.min >= replicas : state.floor?.rolloutId === rolloutId;
  if (isDone) return;
  const floor = Math.max(state.floor?.ownMin ?? state.min, replicas);
  const own = known.metadata.annotations?.[OWN_MINIMUM_MARK];
  const marks = {
    [FLOOR_OF_MARK]: rolloutId,
    [FLOOR_MARK]: String(floor),
    [OWN_MINIMUM_MARK]:
      state.floor !== null && own !== undefined
        ? own
        : String(minimumOf(known, FLAVOURS[ref.kind]) ?? NO_MINIMUM),
  };
  await patch(client, place, ref, known, signal, [
    ...(state.madeBy === null ? setMarks(known, marks) : []),
    { op: 'add', path: pointer('spec', FLAVOURS[ref.kind].minField), value: floor },
  ]);
}

function setMarks(
  { metadata }: KnownAutoscaler,
  marks: Readonly<Record<string, string>>,
): readonly PatchOperation[] {
  return [
    ...(metadata.annotations == null
      ? [{ op: 'add' as const, path: '/metadata/annotations', value: {} }]
      : []),
    ...Object.entries(marks).map(
      ([name, value]): PatchOperation => ({
        op: 'add',
        path: pointer('metadata', 'annotations', name),
        value,
      }),
    ),
  ];
}

/** Metadata starts empty, as a candidate's does; KEDA's own switches (`autoscaling.keda.sh/paused`) hold for both. */
export async function createTwin(
  client: KubeClient,
  place: Place,
  spec: TwinSpec,
  signal?: AbortSignal,
): Promise<void> {
  const found = await find(client, place, spec.like, signal);
  if (!found) throw missing(place, spec.like);
  const { kind } = spec.like;
  const { resource, minField } = FLAVOURS[kind];
  const own = found.object['spec'] as KubeObject;
  const switches = Object.entries(found.known.metadata.annotations ?? {}).filter(([name]) =>
    name.startsWith('autoscaling.keda.sh/'),
  );
  const body: KubeObject = {
    metadata: {
      name: spec.name,
      labels: { ...MANAGED_BY, [SERVICE_LABEL]: spec.service, [COLOUR_LABEL]: spec.colour },
      annotations: { ...Object.fromEntries(switches), [ROLLOUT_MARK]: spec.rolloutId },
    },
    spec: {
      ...own,
      ...(kind === 'ScaledObject' && { advanced: advancedOf(own) }),
      scaleTargetRef: { ...(own['scaleTargetRef'] as KubeObject), name: spec.target },
      [minField]: spec.floor,
    },
  };
  try {
    await client.create(resource, place.namespace, body, {}, signal);
  } catch (error) {
    if (!isDabbawalaError(error, 'state_conflict')) throw error;
    const existing = await readAutoscaler(client, place, { kind, name: spec.name }, signal);
    if (existing?.madeBy !== spec.rolloutId || existing.isBeingDeleted) throw error;
  }
}

/** The name of its autoscaler cannot be had twice, and its end must not scale the winner back to a count of the past. */
function advancedOf(spec: KubeObject): KubeObject {
  const advanced = (spec['advanced'] ?? {}) as KubeObject;
  const { name: _name, ...config } = (advanced['horizontalPodAutoscalerConfig'] ?? {}) as KubeObject;
  return { ...advanced, restoreToOriginalReplicaCount: false, horizontalPodAutoscalerConfig: config };
}

export async function deleteTwin(
  client: KubeClient,
  place: Place,
  ref: AutoscalerRef,
  uid: string,
  signal?: AbortSignal,
): Promise<void> {
  const state = await readAutoscaler(client, place, ref, signal);
  if (state === null || state.isBeingDeleted) return;
  if (state.madeBy === null)
    throw new DabbawalaError(
      'plan_refused',
      `${ref.kind} ${ref.name} does not carry the annotation ${ROLLOUT_MARK}: it is not ours and was not deleted.`,
      { hint: 'Find out who made it, and rename it if the candidate is to have this name.' },
    );
  try {
    await client.remove(FLAVOURS[ref.kind].resource, place.namespace, ref.name, uid, signal);
  } catch (error) {
    if (!isDabbawalaError(error, 'object_missing')) throw error;
  }
}

async function settleAutoscalerOnce(
  client: KubeClient,
  place: Place,
  ref: AutoscalerRef,
  to: string | null,
  signal?: AbortSignal,
): Promise<void> {
  const found = await find(client, place, ref, signal);
  if (!found) return;
  const { known } = found;
  const operations = [
    ...retarget(known, to),
    ...minimumBack(ref.kind, known),
    ...[FLOOR_OF_MARK, FLOOR_MARK, OWN_MINIMUM_MARK]
      .filter((name) => known.metadata.annotations?.[name] !== undefined)
      .map((name): PatchOperation => ({ op: 'remove', path: pointer('metadata', 'annotations', name) })),
  ];
  if (operations.length > 0) await patch(client, place, ref, known, signal, operations);
}

export const raiseFloor = (...args: Parameters<typeof raiseFloorOnce>): Promise<void> =>
  afresh(() => raiseFloorOnce(...args));
export const settleAutoscaler = (...args: Parameters<typeof settleAutoscalerOnce>): Promise<void> =>
  afresh(() => settleAutoscalerOnce(...args));
export const moveAutoscaler = (...args: Parameters<typeof moveAutoscalerOnce>): Promise<void> =>
  afresh(() => moveAutoscalerOnce(...args));

/** A minimum that is no longer ours was set by somebody on purpose. */
function minimumBack(kind: AutoscalerKind, known: KnownAutoscaler): readonly PatchOperation[] {
  const { floor, min } = toAutoscalerState(kind, known);
  if (!floor || floor.replicas !== min) return [];
  const path = pointer('spec', FLAVOURS[kind].minField);
  return known.metadata.annotations?.[OWN_MINIMUM_MARK] === NO_MINIMUM
    ? [{ op: 'remove', path }]
    : [{ op: 'add', path, value: floor.ownMin }];
}

const retarget = ({ spec }: KnownAutoscaler, to: string | null): readonly PatchOperation[] => {
  const path = '/spec/scaleTargetRef/name';
  const { name } = spec.scaleTargetRef;
  if (to === null || name === to) return [];
  return [
    { op: 'test', path, value: name },
    { op: 'add', path, value: to },
  ];
};

async function moveAutoscalerOnce(
  client: KubeClient,
  place: Place,
  ref: AutoscalerRef,
  move: { readonly from: string; readonly to: string },
  signal?: AbortSignal,
): Promise<void> {
  const found = await find(client, place, ref, signal);
  if (!found) throw missing(place, ref);
  const target = found.known.spec.scaleTargetRef.name;
  if (target === move.to) return;
  if (target !== move.from)
    throw new DabbawalaError(
      'state_conflict',
      `${ref.kind} ${ref.name} scales ${target} where the plan found ${move.from}.`,
    );
  await patch(client, place, ref, found.known, signal, retarget(found.known, move.to));
}

/** Guarded by resourceVersion: a write in between is looked at before ours is tried again. */
async function patch(
  client: KubeClient,
  { namespace }: Place,
  { kind, name }: AutoscalerRef,
  { metadata }: KnownAutoscaler,
  signal: AbortSignal | undefined,
  operations: readonly PatchOperation[],
): Promise<void> {
  const guard: PatchOperation = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: metadata.resourceVersion,
  };
  await client.patch(
    FLAVOURS[kind].resource,
    namespace,
    name,
    [guard, ...operations],
    'state_conflict',
    signal,
  );
}

const missing = ({ namespace }: Place, { kind, name }: AutoscalerRef): DabbawalaError =>
  new DabbawalaError('object_missing', `${kind} ${namespace}/${name} is not there.`);
