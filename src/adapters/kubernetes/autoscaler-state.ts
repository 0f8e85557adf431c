/** HorizontalPodAutoscaler and ScaledObject, read into the one shape of the port. Pure and tolerant. */
import * as z from 'zod';
import type { AutoscalerKind, AutoscalerState } from '../../core/rollout/autoscaler.ts';
import type { KubeObject } from './client.ts';
import { FLOOR_MARK, FLOOR_OF_MARK, OWN_MINIMUM_MARK, ROLLOUT_MARK } from './marks.ts';
import { findOwner, metadataSchema } from './owner.ts';
import { AUTOSCALER, type Kind, SCALED_OBJECT } from './resources.ts';

/** What differs between the two, beside the shape of their triggers. */
export interface Flavour {
  readonly resource: Kind;
  readonly minField: 'minReplicas' | 'minReplicaCount';
  readonly defaultMin: number;
}
export const FLAVOURS: Readonly<Record<AutoscalerKind, Flavour>> = {
  HorizontalPodAutoscaler: { resource: AUTOSCALER, minField: 'minReplicas', defaultMin: 1 },
  ScaledObject: { resource: SCALED_OBJECT, minField: 'minReplicaCount', defaultMin: 0 },
};
/** KEDA's, where a ScaledObject names none. */
const KEDA_MAXIMUM = 100;
/** On the HorizontalPodAutoscaler that KEDA makes of a ScaledObject. */
const KEDA_LABEL = 'scaledobject.keda.sh/name';
/** `OWN_MINIMUM_MARK` of an object that named no minimum. */
export const NO_MINIMUM = 'none';

const schema = z.looseObject({
  metadata: metadataSchema.extend({
    ownerReferences: z.array(z.looseObject({ kind: z.string(), name: z.string() })).nullish(),
  }),
  spec: z.looseObject({
    scaleTargetRef: z.looseObject({ kind: z.string().nullish(), name: z.string() }),
    minReplicas: z.number().nullish(),
    maxReplicas: z.number().nullish(),
    minReplicaCount: z.number().nullish(),
    maxReplicaCount: z.number().nullish(),
    idleReplicaCount: z.number().nullish(),
  }),
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
export type KnownAutoscaler = z.output<typeof schema>;

/** null: it cannot be read, or scales something else than a Deployment. */
export const parseAutoscaler = (object: KubeObject): KnownAutoscaler | null => {
  const { data } = schema.safeParse(object);
  const kind = data?.spec.scaleTargetRef.kind ?? 'Deployment';
  return data && kind === 'Deployment' ? data : null;
};

/** Name of the ScaledObject that a HorizontalPodAutoscaler was made of; null: of none. */
export const scaledObjectOf = ({ metadata }: KnownAutoscaler): string | null =>
  metadata.ownerReferences?.find(({ kind }) => kind === 'ScaledObject')?.name ??
  metadata.labels?.[KEDA_LABEL] ??
  null;

export const minimumOf = ({ spec }: KnownAutoscaler, { minField }: Flavour): number | null =>
  spec[minField] ?? null;

export const toAutoscalerState = (kind: AutoscalerKind, known: KnownAutoscaler): AutoscalerState => {
  const { metadata, spec } = known;
  const keda = kind === 'HorizontalPodAutoscaler' ? scaledObjectOf(known) : null;
  const [owner] = metadata.ownerReferences ?? [];
  return {
    kind,
    name: metadata.name,
    uid: metadata.uid,
    target: spec.scaleTargetRef.name,
    min: minimumOf(known, FLAVOURS[kind]) ?? FLAVOURS[kind].defaultMin,
    max: (kind === 'ScaledObject' ? spec.maxReplicaCount : spec.maxReplicas) ?? KEDA_MAXIMUM,
    floor: floorOf(kind, known),
    madeBy: metadata.annotations?.[ROLLOUT_MARK] ?? null,
    owner: keda === null ? (owner ? `${owner.kind} ${owner.name}` : null) : `ScaledObject ${keda}`,
    manager: findOwner(metadata),
    fault: faultOf(known),
    isBeingDeleted: metadata.deletionTimestamp != null,
  };
};

function floorOf(kind: AutoscalerKind, { metadata }: KnownAutoscaler): AutoscalerState['floor'] {
  const rolloutId = metadata.annotations?.[FLOOR_OF_MARK];
  const own = metadata.annotations?.[OWN_MINIMUM_MARK];
  if (rolloutId === undefined || own === undefined) return null;
  const ownMin = own === NO_MINIMUM ? FLAVOURS[kind].defaultMin : Number(own);
  const replicas = Number(metadata.annotations?.[FLOOR_MARK]);
  return Number.isInteger(ownMin) && Number.isInteger(replicas) ? { rolloutId, replicas, ownMin } : null;
}

function faultOf({ spec, status }: KnownAutoscaler): string | null {
  if (spec.idleReplicaCount != null)
    return `sets idleReplicaCount ${spec.idleReplicaCount}: KEDA would take the pods of a colour without traffic away`;
  const stopped = status?.conditions?.find(
    ({ type, status: is, reason }) =>
      type === 'ScalingActive' && is === 'False' && reason === 'AmbiguousSelector',
  );
  return stopped ? 'is stopped by Kubernetes: another one selects the same pods (AmbiguousSelector)' : null;
}
