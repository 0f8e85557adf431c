import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { applyDefaults } from './defaults.ts';
import { CLAIM_FINALIZER, generate } from './generated.ts';
import { KINDS, type Kind, storedApiVersion } from './kinds.ts';
import { trackManagedFields, type Writer } from './managed-fields.ts';
import { cloneJson, formatTime, generateName, type KubeObject } from './objects.ts';
import { prune } from './prune.ts';
import {
  alreadyExists,
  badRequest,
  invalid,
  modifiedConflict,
  notFound,
  preconditionConflict,
  StatusError,
} from './status.ts';
import type { Store } from './store.ts';
import { findShapeFault, validate } from './validation.ts';

/**
 * What happens to an object between a request and the store: defaults, checks, generation, managedFields, finalizers.
 * Controllers write through it too, so that their writes look like those of kube-controller-manager.
 */

export interface WriteOptions {
  readonly writer: Writer;
  readonly isDryRun?: boolean;
}

export interface DeleteOptions {
  readonly propagationPolicy?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
  readonly isDryRun?: boolean;
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

export class Registry {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject {
    const object = this.store.get(kind, namespace, name);
    if (!object) throw notFound(kind, name);
    return object;
  }

  create(kind: Kind, wanted: KubeObject, options: WriteOptions): KubeObject {
    const object = cloneJson(wanted);
    const { metadata } = object;
    const shapeFault = findShapeFault(kind, object);
    if (shapeFault !== null) {
      const version = object.apiVersion.split('/').at(-1);
      throw badRequest(
        `${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${shapeFault}`,
      );
    }
    prune(object);
    if (metadata.resourceVersion) {
      throw new StatusError(500, undefined, 'resourceVersion should not be set on objects to be created');
    }
    if (!metadata.name && metadata.generateName) metadata.name = generateName(metadata.generateName);
    metadata.uid = randomUUID();
    metadata.creationTimestamp = formatTime(new Date());
    if (kind.hasGeneration) metadata.generation = 1;
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'] as const) {
      delete metadata[field];
    }
    if (kind.hasStatus) delete object.status;
    object.apiVersion = storedApiVersion(kind);
    object.kind = kind.kind;
    applyDefaults(kind, object);
    this.#requireNamespace(kind, object);
    this.#track(kind, undefined, object, options.writer);
    generate(kind, object);
    validate(kind, object, undefined);
    const existing = this.store.get(kind, metadata.namespace, metadata.name);
    if (existing) throw alreadyExists(kind, metadata.name, existing.metadata.deletionTimestamp !== undefined);
    return options.isDryRun ? object : this.store.put(kind, object);
  }

  /** `next` is the whole object as the client wants it, read from `live`; with a subresource only its part counts. */
  update(kind: Kind, live: KubeObject, wanted: KubeObject, options: WriteOptions): KubeObject {
    const { subresource } = options.writer;
    const asked = wanted.metadata.resourceVersion;
    if (asked && asked !== live.metadata.resourceVersion) throw modifiedConflict(kind, live.metadata.name);
    const next = this.#merge(kind, live, cloneJson(wanted), subresource);
    prune(next);
    if (subresource === undefined) {
      applyDefaults(kind, next);
      validate(kind, next, live);
    }
    this.#track(kind, live, next, options.writer);
    if (kind.hasGeneration && subresource !== 'status' && hasNewSpec(kind, live, next)) {
      next.metadata.generation = (live.metadata.generation ?? 1) + 1;
    }
    if (options.isDryRun || isDeepStrictEqual(next, live)) return next;
    if (next.metadata.deletionTimestamp && !next.metadata.finalizers?.length && kind !== KINDS.pods) {
      this.store.remove(kind, next);
      return next;
    }
    return this.store.put(kind, next);
  }

  /** Reads, changes, writes; does nothing when the object is gone. For controllers. */
  mutate(kind: Kind, object: KubeObject, writer: Writer, change: (copy: KubeObject) => void): void {
    const live = this.store.get(kind, object.metadata.namespace, object.metadata.name);
    if (!live || live.metadata.uid !== object.metadata.uid) return;
    const copy = cloneJson(live);
    change(copy);
    this.update(kind, live, copy, { writer });
  }

  /** Returns the object when it is still there (it waits for its dependents or its pod), else null. */
  delete(kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions): KubeObject | null {
    const live = this.get(kind, namespace, name);
    requirePreconditions(kind, live, options);
    const copy = cloneJson(live);
    const { metadata } = copy;
    const finalizer = finalizerOf(kind, options);
    if (finalizer && !metadata.finalizers?.includes(finalizer)) {
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
    // No pod of the simulator mounts anything: the claim's protection lets go at once.
    if (kind === KINDS.persistentvolumeclaims) {
      metadata.finalizers = metadata.finalizers?.filter((entry) => entry !== CLAIM_FINALIZER) ?? [];
    }
    const graceSeconds = kind === KINDS.pods ? (options.gracePeriodSeconds ?? graceOf(copy)) : 0;
    if (graceSeconds === 0 && !metadata.finalizers?.length) {
      if (!options.isDryRun) this.store.remove(kind, live);
      return null;
    }
    if (!metadata.deletionTimestamp) {
      metadata.deletionTimestamp = formatTime(new Date(Date.now() + graceSeconds * 1000));
      metadata.deletionGracePeriodSeconds = graceSeconds;
      if (metadata.generation !== undefined) metadata.generation += 1;
    }
    if (options.isDryRun || isDeepStrictEqual(copy, live)) return copy;
    return this.store.put(kind, copy);
  }

  #merge(kind: Kind, live: KubeObject, next: KubeObject, subresource: string | undefined): KubeObject {
    const merged =
      subresource === 'status'
        ? { ...cloneJson(live), metadata: statusMetadata(kind, live, next), status: next.status }
        : { ...next, ...(kind.hasStatus ? { status: cloneJson(live).status } : {}) };
    const { metadata } = merged;
    // What the server alone writes stays as it is, whatever the client sends.
    for (const field of SERVER_FIELDS) {
      const value = live.metadata[field];
      if (value === undefined) delete metadata[field];
      else Object.assign(metadata, { [field]: value });
    }
    merged.apiVersion = live.apiVersion;
    merged.kind = live.kind;
    return cloneJson(merged);
  }

  #track(kind: Kind, live: KubeObject | undefined, next: KubeObject, writer: Writer): void {
    const entries = trackManagedFields({ live, next, writer, isCustom: kind.isCustom, now: new Date() });
    if (entries.length === 0) delete next.metadata.managedFields;
    else next.metadata.managedFields = entries;
  }

  #requireNamespace(kind: Kind, object: KubeObject): void {
    const { namespace } = object.metadata;
    if (!kind.isNamespaced || namespace === undefined) return;
    if (!this.store.get(KINDS.namespaces, undefined, namespace)) throw notFound(KINDS.namespaces, namespace);
  }
}

/** A built-in kind takes annotations from a write of its status too; a custom one nothing. */
function statusMetadata(kind: Kind, live: KubeObject, next: KubeObject): KubeObject['metadata'] {
  const metadata = cloneJson(live.metadata);
  if (kind.isCustom || !next.metadata.annotations) return metadata;
  return { ...metadata, annotations: next.metadata.annotations };
}

const SERVER_FIELDS = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** Of a custom resource everything outside metadata and status counts as spec. */
function hasNewSpec(kind: Kind, live: KubeObject, next: KubeObject): boolean {
  // Its annotations are handed on to its ReplicaSets.
  if (
    kind === KINDS.deployments &&
    !isDeepStrictEqual(live.metadata.annotations, next.metadata.annotations)
  ) {
    return true;
  }
  if (!kind.isCustom && kind !== KINDS.endpointslices) return !isDeepStrictEqual(live.spec, next.spec);
  const bare = ({ metadata: _m, status: _s, ...rest }: KubeObject): unknown => rest;
  return !isDeepStrictEqual(bare(live), bare(next));
}

function requirePreconditions(kind: Kind, live: KubeObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw preconditionConflict(
      kind,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw preconditionConflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

function finalizerOf(kind: Kind, options: DeleteOptions): string | undefined {
  // For old clients' sake the pods of a Job outlive it unless the request says otherwise.
  const policy = options.propagationPolicy ?? (kind === KINDS.jobs ? 'Orphan' : 'Background');
  if (policy === 'Foreground') return FOREGROUND;
  if (policy === 'Orphan') return ORPHAN;
  if (policy === 'Background') return undefined;
  throw invalid({ ...kind, group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
    {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`,
      field: 'propagationPolicy',
    },
  ]);
}

function graceOf(pod: KubeObject): number {
  const spec = pod.spec as { terminationGracePeriodSeconds?: number } | undefined;
  const status = pod.status as { phase?: string } | undefined;
  // A pod that has ended needs no time to end.
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  return spec?.terminationGracePeriodSeconds ?? 30;
}
