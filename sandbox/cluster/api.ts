import { parse as parseYaml } from 'yaml';
import { APPLY_PATCH, applyTo, requireAppliable } from './apply.ts';
import { decodeJson, decodeObject, decodePatch, mediaTypeOf } from './body.ts';
import { type Answer, apiVersionOfCall, type Call, isDryRun, present, writerOf } from './call.ts';
import { evict } from './eviction.ts';
import { appliedFields } from './field-set.ts';
import { parseGoJson } from './go-json.ts';
import { requireSameObject } from './identity.ts';
import { type Catalogue, KINDS, type Kind } from './kinds.ts';
import { listObjects, requireVersion } from './listing.ts';
import { MERGE_PATCH, mergePatch, requireMap, STRATEGIC_PATCH, strategicMergePatch } from './merge-patch.ts';
import type { KubeObject, Pod } from './objects.ts';
import { applyJsonPatch, JSON_PATCH } from './patch.ts';
import { parsePodAddress, proxyToPod } from './pod-proxy.ts';
import type { DeleteOptions, Registry } from './registry.ts';
import { readScale, withScale } from './scale.ts';
import { parseFilter } from './selectors.ts';
import {
  badRequest,
  invalid,
  methodNotAllowed,
  modifiedConflict,
  notFound,
  PlainNotFound,
  StatusError,
  unknownResource,
  unsupportedMediaType,
} from './status.ts';
import { findShapeFault } from './validation.ts';
import type { Watches } from './watch.ts';

/** One resource request, from its verb to its answer. */

/** What a pod printed; throws as the kubelet's answer would when there is nothing yet. */
export type ReadLog = (pod: Pod, query: URLSearchParams) => string;

export class Api {
  readonly #registry: Registry;
  readonly #catalogue: Catalogue;
  readonly #watches: Watches;
  readonly #readLog: ReadLog;

  constructor(parts: { registry: Registry; catalogue: Catalogue; watches: Watches; readLog: ReadLog }) {
    this.#registry = parts.registry;
    this.#catalogue = parts.catalogue;
    this.#watches = parts.watches;
    this.#readLog = parts.readLog;
  }

  /** null: the answer has been written, or is a stream. */
  async handle(call: Call): Promise<Answer | null> {
    const { group, version, plural, namespace, name, subresource, verb } = call.resource;
    const kind = this.#catalogue.find(group, version, plural);
    if (!kind) throw this.#catalogue.isBuiltIn(group) ? unknownResource() : new PlainNotFound();
    if (kind.isNamespaced && namespace === undefined && name !== undefined) {
      throw kind.isCustom ? new PlainNotFound() : unknownResource();
    }
    if (subresource !== undefined && name !== undefined) return this.#part(call, kind, name, subresource);
    if (name === undefined && (verb === 'update' || verb === 'patch')) {
      throw kind.isCustom ? badRequest('name must be provided') : methodNotAllowed();
    }
    switch (verb) {
      case 'list':
        return { status: 200, body: this.#list(call, kind) };
      case 'watch':
        this.#watch(call, kind);
        return null;
      case 'create':
        return { status: 201, body: this.#create(call, kind) };
      case 'get':
        requireVersion(this.#registry.store, call.url.searchParams);
        return { status: 200, body: present(call, this.#registry.get(kind, namespace, name ?? '')) };
      case 'update':
        return { status: 200, body: this.#replace(call, kind, name ?? '') };
      case 'patch':
        return this.#patch(call, kind, name ?? '');
      case 'delete':
        return this.#delete(call, kind, name ?? '');
      case 'deletecollection':
        return { status: 200, body: this.#deleteAll(call, kind) };
      default:
        throw methodNotAllowed();
    }
  }

  async #part(call: Call, kind: Kind, name: string, part: string): Promise<Answer | null> {
    const { namespace, verb } = call.resource;
    const isPod = kind === KINDS.pods;
    if (isPod && part === 'proxy') return this.#proxy(call, name);
    if (isPod && part === 'log') {
      const pod = this.#registry.get(kind, namespace, name) as Pod;
      const container = call.url.searchParams.get('container');
      if (container && !pod.spec.containers.some((entry) => entry.name === container)) {
        throw badRequest(`container ${container} is not valid for pod ${name}`);
      }
      return {
        status: 200,
        body: this.#readLog(pod, call.url.searchParams),
        contentType: 'text/plain',
      };
    }
    if (isPod && part === 'eviction' && verb === 'create') {
      evict(this.#registry, namespace ?? '', name);
      return {
        status: 201,
        body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
      };
    }
    const hasPart = (part === 'status' && kind.hasStatus) || (part === 'scale' && kind.hasScale);
    if (!hasPart) {
      if (kind.isCustom) this.#registry.get(kind, namespace, name);
      throw unknownResource();
    }
    if (verb === 'get') {
      const object = this.#registry.get(kind, namespace, name);
      return { status: 200, body: part === 'scale' ? readScale(object) : present(call, object) };
    }
    if (verb === 'patch') return this.#patch(call, kind, name);
    if (verb === 'update') return { status: 200, body: this.#replace(call, kind, name) };
    throw methodNotAllowed();
  }

  #list(call: Call, kind: Kind): object {
    return listObjects({
      store: this.#registry.store,
      kind,
      apiVersion: apiVersionOfCall(call),
      namespace: call.resource.namespace,
      query: call.url.searchParams,
      present: (object) => present(call, object),
    });
  }

  #watch(call: Call, kind: Kind): void {
    const query = new URLSearchParams(call.url.searchParams);
    const isWanted = parseFilter(query, kind.kind);
    const { name, namespace } = call.resource;
    this.#watches.start(
      {
        kind,
        namespace,
        isWanted: (object) => (name === undefined || object.metadata.name === name) && isWanted(object),
        present: (object) => present(call, object),
        query,
      },
      call.response,
    );
  }

  #create(call: Call, kind: Kind): object {
    const { namespace, name } = call.resource;
    if (name !== undefined && !kind.isCustom) throw methodNotAllowed();
    if (kind.isNamespaced && namespace === undefined) throw methodNotAllowed();
    const object = decodeObject(call.body, mediaTypeOf(call.request), {
      ...kind,
      apiVersion: apiVersionOfCall(call),
    });
    if (namespace !== undefined) {
      object.metadata.namespace ??= namespace;
      if (object.metadata.namespace !== namespace) {
        throw badRequest(
          'the namespace of the provided object does not match the namespace sent on the request',
        );
      }
    }
    const created = this.#registry.create(kind, object, {
      writer: writerOf(call),
      isDryRun: isDryRun(call),
    });
    return present(call, created);
  }

  #replace(call: Call, kind: Kind, name: string): object {
    const isScale = call.resource.subresource === 'scale';
    const expected = isScale ? SCALE : { ...kind, apiVersion: apiVersionOfCall(call) };
    const object = decodeObject(call.body, mediaTypeOf(call.request), expected);
    const live = this.#registry.get(kind, call.resource.namespace, name);
    requireSameObject(isScale ? { ...kind, isCustom: false } : kind, live, object, apiVersionOfCall(call));
    const shapeFault = isScale ? null : findShapeFault(kind, object);
    if (shapeFault !== null) throw badRequest(cannotBeHandled(call, kind, shapeFault));
    return this.#write(call, kind, live, object);
  }

  #patch(call: Call, kind: Kind, name: string): Answer {
    const mediaType = mediaTypeOf(call.request);
    const accepted = [JSON_PATCH, MERGE_PATCH, ...(kind.isCustom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH];
    if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted);
    if (mediaType === APPLY_PATCH) return this.#apply(call, kind, name);
    if (call.url.searchParams.has('force')) {
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
        {
          reason: 'FieldValueForbidden',
          message: 'Forbidden: may not be specified for non-apply patch',
          field: 'force',
        },
      ]);
    }
    const live = this.#registry.get(kind, call.resource.namespace, name);
    const isScale = call.resource.subresource === 'scale';
    const shown = isScale ? readScale(live) : present(call, live);
    const patched = patchWith(mediaType, shown, call.body);
    if (!isScale) requireSameObject(kind, live, patched, apiVersionOfCall(call));
    const shapeFault = findShapeFault(kind, patched);
    if (shapeFault !== null) throw unreadablePatch(patched, shapeFault);
    return { status: 200, body: this.#write(call, kind, live, patched) };
  }

  /** Of the main resource alone: nobody applies a part in the sandbox. */
  #apply(call: Call, kind: Kind, name: string): Answer {
    if (call.resource.subresource !== undefined) throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH]);
    const { namespace } = call.resource;
    const query = call.url.searchParams;
    const wanted = parseYaml(call.body.toString()) as KubeObject;
    const manager = query.get('fieldManager');
    requireAppliable(wanted, { apiVersion: apiVersionOfCall(call), kind: kind.kind, manager });
    const live = this.#registry.store.get(kind, namespace, name);
    const writer = writerOf(call);
    if (!live) {
      const applied = new Set(appliedFields(wanted, kind.isCustom).keys());
      const object = { ...wanted, metadata: { ...wanted.metadata, ...(namespace && { namespace }) } };
      const options = { writer: { ...writer, applied }, isDryRun: isDryRun(call) };
      return { status: 201, body: present(call, this.#registry.create(kind, object, options)) };
    }
    const shown = present(call, live);
    const { resourceVersion = live.metadata.resourceVersion } = wanted.metadata;
    if (wanted.metadata.name !== name) requireSameObject(kind, live, wanted, apiVersionOfCall(call));
    if (resourceVersion !== live.metadata.resourceVersion) throw modifiedConflict(kind, name);
    const isForced = query.get('force') === 'true';
    const { object, fields } = applyTo(shown, wanted, kind, { manager: writer.manager, isForced });
    const options = { writer: { ...writer, applied: fields }, isDryRun: isDryRun(call) };
    return { status: 200, body: present(call, this.#registry.update(kind, live, object, options)) };
  }

  #write(call: Call, kind: Kind, live: KubeObject, wanted: KubeObject): object {
    const isScale = call.resource.subresource === 'scale';
    const next = isScale ? withScale(live, wanted) : wanted;
    const options = { writer: writerOf(call), isDryRun: isDryRun(call) };
    const written = this.#registry.update(kind, live, next, options);
    return isScale ? readScale(written) : present(call, written);
  }

  #delete(call: Call, kind: Kind, name: string): Answer {
    const { namespace } = call.resource;
    const options = deleteOptions(call);
    const live = this.#registry.get(kind, namespace, name);
    const keepsPods = kind === KINDS.jobs && options.propagationPolicy === undefined;
    const waiting = this.#registry.delete(kind, namespace, name, options);
    const warnings = keepsPods ? { warnings: [PODS_STAY] } : {};
    if (waiting) return { status: 200, body: present(call, waiting), ...warnings };
    if (kind === KINDS.pods) return { status: 200, body: present(call, live) };
    const details = {
      name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: live.metadata.uid,
    };
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
    return { status: 200, body, ...warnings };
  }

  #deleteAll(call: Call, kind: Kind): object {
    const list = this.#list(call, kind) as { readonly items: readonly KubeObject[] };
    const options = deleteOptions(call);
    for (const { metadata } of list.items) {
      this.#registry.delete(kind, metadata.namespace, metadata.name, options);
    }
    return list;
  }

  async #proxy(call: Call, text: string): Promise<null> {
    const { namespace, rest } = call.resource;
    const address = parsePodAddress(text);
    const pod = this.#registry.store.get(KINDS.pods, namespace, address.name) as Pod | undefined;
    if (!pod) throw notFound(KINDS.pods, address.name);
    await proxyToPod(pod, address, `/${rest}${call.url.search}`, call.request, call.body, call.response);
    return null;
  }
}

const SCALE = { apiVersion: 'autoscaling/v1', group: 'autoscaling', kind: 'Scale', isCustom: false } as const;

const PODS_STAY =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

function patchWith(mediaType: string, shown: KubeObject, body: Buffer): KubeObject {
  if (mediaType === STRATEGIC_PATCH) {
    let patch: unknown;
    try {
      patch = parseGoJson(body.toString());
    } catch (error) {
      throw badRequest((error as Error).message);
    }
    return strategicMergePatch(shown, requireMap(patch, ''), shown.kind) as KubeObject;
  }
  const patch = decodePatch(body);
  if (mediaType === JSON_PATCH) return applyJsonPatch(shown, patch);
  return mergePatch(shown, requireMap(patch, 'error decoding patch: ')) as KubeObject;
}

function unreadablePatch(patched: KubeObject, fault: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${fault}`;
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

function cannotBeHandled(call: Call, kind: Kind, fault: string): string {
  return `${kind.kind} in version "${call.resource.version}" cannot be handled as a ${kind.kind}: ${fault}`;
}

interface SentOptions extends DeleteOptions {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly orphanDependents?: boolean;
  readonly dryRun?: readonly string[];
}

function deleteOptions(call: Call): DeleteOptions {
  const query = call.url.searchParams;
  const sent = (call.body.length > 0 ? decodeJson(call.body) : {}) as SentOptions;
  if (sent.kind !== undefined && sent.kind !== 'DeleteOptions') {
    throw badRequest(
      `no kind "${sent.kind}" is registered for version "${sent.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const propagationPolicy = sent.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  if (propagationPolicy !== undefined && sent.orphanDependents !== undefined) {
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: "${propagationPolicy}": orphanDependents and deletionPropagation cannot be both set`,
        field: 'propagationPolicy',
      },
    ]);
  }
  const grace = query.get('gracePeriodSeconds');
  return {
    propagationPolicy,
    gracePeriodSeconds: sent.gracePeriodSeconds ?? (grace === null ? undefined : Number(grace)),
    preconditions: sent.preconditions,
    isDryRun: isDryRun(call) || sent.dryRun?.includes('All') === true,
  };
}
