import type { Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { badRequest, invalid, objectConflict, type StatusCause, wrongType } from './status.ts';

/** What a PUT or a patch may not change: which object it is. */

export function requireSameObject(
  kind: Kind,
  live: KubeObject,
  wanted: KubeObject,
  apiVersion: string,
): void {
  const { name, namespace } = live.metadata;
  const metadata = wanted.metadata as Partial<KubeObject['metadata']> | undefined;
  if (!metadata?.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (kind.isCustom) requireSameCustom(kind, live, wanted, apiVersion);
  else requireSameUid(kind, live, metadata);
}

function requireSameCustom(kind: Kind, live: KubeObject, wanted: KubeObject, apiVersion: string): void {
  const { name, uid } = live.metadata;
  const must = (field: string, is: string, should: string): never => {
    throw wrongType({ ...kind, kind: wanted.kind }, name, field, `Invalid value: "${is}": must be ${should}`);
  };
  if (wanted.kind !== kind.kind) must('kind', wanted.kind, kind.kind);
  if (wanted.apiVersion !== apiVersion) must('apiVersion', wanted.apiVersion, apiVersion);
  const { resourceVersion, uid: asked } = wanted.metadata;
  if (!resourceVersion) {
    requireSameUid(kind, live, wanted.metadata);
    const cause = fault('metadata.resourceVersion', 'Invalid value: 0: must be specified for an update');
    // The resource is named here where others name the kind.
    throw invalid({ group: kind.group, kind: kind.plural }, name, [cause]);
  }
  if (asked !== undefined && asked !== uid) {
    const cause = fault('metadata.uid', `Invalid value: "${asked}": field is immutable`);
    throw invalid(kind, name, [cause, cause]);
  }
}

function requireSameUid(kind: Kind, live: KubeObject, { uid }: { readonly uid?: string }): void {
  const { name, namespace } = live.metadata;
  if (uid === undefined || uid === live.metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
  const key = `/registry/${kind.group}/${kind.plural}/${namespace}/${name}`;
  throw objectConflict(
    kind,
    name,
    kind.isCustom
      ? `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
      : why,
  );
}

const fault = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message,
  field,
});
