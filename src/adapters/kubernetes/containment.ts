/** Takes one pod out of service: a NetworkPolicy that denies all, and labels by which nothing else finds it. */
import * as z from 'zod';
import type { PodRef } from '../../core/alert/contained.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { Containment, FoundPod } from '../../ports/containment.ts';
import type { Place } from '../../ports/workloads.ts';
import type { KubeClient, PatchOperation } from './client.ts';
import { pointer } from './client.ts';
import { QUARANTINE_LABEL, QUARANTINE_POLICY } from './marks.ts';
import { NETWORK_POLICY, POD } from './resources.ts';

const LABELS_ANNOTATION = 'dabbawala.dev/labels-before-quarantine';
const LABELS = { [QUARANTINE_LABEL]: 'true' };
const TRIES = 5;
/** It is cut off already: nothing is owed to it, and what ignores SIGTERM shall not live on. */
const GRACE_SECONDS = 1;

const byName = z.record(z.string(), z.string());
const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string().nullish(),
    labels: byName.nullish(),
    annotations: byName.nullish(),
  }),
});
const policySchema = z.looseObject({
  spec: z.looseObject({
    podSelector: z.looseObject({
      matchLabels: byName.nullish(),
      matchExpressions: z.array(z.unknown()).nullish(),
    }),
    policyTypes: z.array(z.string()).default([]),
    ingress: z.array(z.unknown()).nullish(),
    egress: z.array(z.unknown()).nullish(),
  }),
});
type Pod = z.output<typeof podSchema>;

export class KubernetesContainment implements Containment {
  readonly #clients: ReadonlyMap<string, KubeClient>;

  /** @param clients by the cluster's name in config */
  constructor(clients: ReadonlyMap<string, KubeClient>) {
    this.#clients = clients;
  }

  async find({ cluster, namespace }: Place, name: string): Promise<FoundPod | null> {
    const pod = await this.#read({ cluster, namespace, name });
    if (!pod) return null;
    const { uid, creationTimestamp } = pod.metadata;
    return {
      pod: { cluster, namespace, name, uid },
      createdAt: creationTimestamp ? Date.parse(creationTimestamp) : null,
      isQuarantined: isQuarantined(pod),
    };
  }

  async quarantine(ref: PodRef): Promise<'done' | 'gone'> {
    if (!(await this.#same(ref))) return 'gone';
    // The wall stands before the pod is moved behind it.
    await this.#ensurePolicy(ref);
    for (let attempt = 1; ; attempt += 1) {
      const pod = await this.#same(ref);
      if (!pod) return 'gone';
      if (isQuarantined(pod)) return 'done';
      try {
        await this.#client(ref).patch(POD, ref.namespace, ref.name, moveOf(pod), 'state_conflict');
        return 'done';
      } catch (error) {
        if (isDabbawalaError(error, 'object_missing')) return 'gone';
        if (!isDabbawalaError(error, 'state_conflict') || attempt >= TRIES) throw error;
      }
    }
  }

  async kill(ref: PodRef): Promise<'done' | 'gone'> {
    const pod = await this.#same(ref);
    if (!pod) return 'gone';
    if (!isQuarantined(pod))
      throw new DabbawalaError('plan_refused', `Pod ${ref.name} is not quarantined (any more).`, {
        hint: 'Quarantine it first: what it holds is the evidence.',
      });
    try {
      await this.#client(ref).remove(POD, ref.namespace, ref.name, ref.uid, undefined, GRACE_SECONDS);
      return 'done';
    } catch (error) {
      // Another one has its name by now.
      if (isDabbawalaError(error, 'object_missing') || isDabbawalaError(error, 'state_conflict'))
        return 'gone';
      throw error;
    }
  }

  async #ensurePolicy(ref: PodRef): Promise<void> {
    const client = this.#client(ref);
    const found = await client.find(NETWORK_POLICY, ref.namespace, QUARANTINE_POLICY);
    if (found) return assertDenies(found, ref);
    await client
      .create(NETWORK_POLICY, ref.namespace, {
        metadata: { name: QUARANTINE_POLICY, namespace: ref.namespace },
        spec: { podSelector: { matchLabels: LABELS }, policyTypes: ['Ingress', 'Egress'] },
      })
      .catch(async (error: unknown) => {
        if (!isDabbawalaError(error, 'state_conflict')) throw error;
        assertDenies(await client.read(NETWORK_POLICY, ref.namespace, QUARANTINE_POLICY), ref);
      });
  }

  async #same(ref: PodRef): Promise<Pod | null> {
    const pod = await this.#read(ref);
    return pod?.metadata.uid === ref.uid ? pod : null;
  }

  async #read(place: { cluster: string; namespace: string; name: string }): Promise<Pod | null> {
    const object = await this.#client(place).find(POD, place.namespace, place.name);
    if (object === null) return null;
    const parsed = podSchema.safeParse(object);
    if (parsed.success) return parsed.data;
    throw new DabbawalaError('cluster_unavailable', `Pod ${place.name} cannot be read.`);
  }

  #client({ cluster }: { readonly cluster: string }): KubeClient {
    const client = this.#clients.get(cluster);
    if (!client) throw new DabbawalaError('internal', `No cluster "${cluster}" is configured.`);
    return client;
  }
}

const isQuarantined = ({ metadata }: Pod): boolean => metadata.labels?.[QUARANTINE_LABEL] === 'true';

/** Bound to this pod as it was read. Nothing that selects by its labels finds it any more, other policies' rules included. */
function moveOf({ metadata }: Pod): readonly PatchOperation[] {
  const { uid, resourceVersion, labels, annotations } = metadata;
  const before = JSON.stringify(labels ?? {});
  const path = pointer('metadata', 'annotations');
  return [
    { op: 'test', path: pointer('metadata', 'uid'), value: uid },
    { op: 'test', path: pointer('metadata', 'resourceVersion'), value: resourceVersion },
    annotations
      ? { op: 'add', path: pointer('metadata', 'annotations', LABELS_ANNOTATION), value: before }
      : { op: 'add', path, value: { [LABELS_ANNOTATION]: before } },
    { op: 'add', path: pointer('metadata', 'labels'), value: LABELS },
  ];
}

/** Somebody else's policy of this name may let everything through. */
function assertDenies(object: unknown, { namespace }: PodRef): void {
  const { spec } = policySchema.safeParse(object).data ?? {};
  const labels = Object.entries(spec?.podSelector.matchLabels ?? {});
  const isOurs =
    spec !== undefined &&
    labels.length === 1 &&
    labels[0]?.join('=') === `${QUARANTINE_LABEL}=true` &&
    (spec.podSelector.matchExpressions ?? []).length === 0 &&
    ['Ingress', 'Egress'].every((type) => spec.policyTypes.includes(type)) &&
    (spec.ingress ?? []).length === 0 &&
    (spec.egress ?? []).length === 0;
  if (isOurs) return;
  throw new DabbawalaError(
    'plan_refused',
    `The NetworkPolicy ${QUARANTINE_POLICY} in ${namespace} does not deny everything to quarantined pods.`,
    { hint: 'Delete it: the next quarantine makes it as it must be.' },
  );
}
