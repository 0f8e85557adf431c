import type { KubeObject } from './objects.ts';

/** What a server leaves out when it stores an object: members that are null, and maps and lists of metadata that are empty. */

/** Fields of built-in kinds that are written as null. */
const KEPT_NULLS = new Set(['eventTime', 'currentMetrics', 'endpoints', 'ports', 'creationTimestamp']);

const METADATA = new Set([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]);

export function prune(object: KubeObject): void {
  const { metadata } = object;
  for (const field of ['labels', 'annotations'] as const) {
    // Go reads a null string as an empty one.
    for (const [key, value] of Object.entries(metadata[field] ?? {})) {
      if (value === null && metadata[field]) metadata[field][key] = '';
    }
  }
  // What metadata may hold is known of every kind; the rest of an object is taken as it comes.
  for (const field of Object.keys(metadata)) {
    if (!METADATA.has(field)) delete (metadata as unknown as Record<string, unknown>)[field];
  }
  dropNulls(object);
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (metadata[field] && Object.keys(metadata[field]).length === 0) delete metadata[field];
  }
}

function dropNulls(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const isEmpty = key === 'matchLabels' && Object.keys(part ?? {}).length === 0;
    const isDropped = isEmpty || (part === null && !KEPT_NULLS.has(key));
    if (isDropped && !Array.isArray(value)) delete (value as Record<string, unknown>)[key];
    else dropNulls(part);
  }
}
