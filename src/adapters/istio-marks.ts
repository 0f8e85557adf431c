/** Our annotations on a route, and who wrote its spec. One route may carry several services, so keys end in the name. */
import * as z from 'zod';
import type { Recalled, RouteMarks } from '../ports/traffic-router.ts';
import { type PatchOperation, pointer } from './kubernetes/client.ts';
import { asColour } from './kubernetes/marks.ts';
import type { Metadata } from './kubernetes/owner.ts';
import { decodeMemory, encodeMemory } from './route-memory.ts';

const keyOf = (mark: string, service: string): string => `dabbawala.dev/${mark}.${service}`;

const wholeNumber = (text: string | undefined): number | null => {
  const value = text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
};

export const readToken = (service: string, metadata: Metadata): number | null =>
  wholeNumber(metadata.annotations?.[keyOf('token', service)]);

/** null when one is missing or unreadable: half a set proves nothing. */
export const readMarks = (service: string, metadata: Metadata): RouteMarks | null => {
  const value = (mark: string): string | undefined => metadata.annotations?.[keyOf(mark, service)];
  const rolloutId = value('rollout');
  const planDigest = value('plan-digest');
  const step = wholeNumber(value('step'));
  const token = wholeNumber(value('token'));
  const stableColour = asColour(value('stable'));
  return rolloutId === undefined ||
    planDigest === undefined ||
    step === null ||
    token === null ||
    stableColour === null
    ? null
    : { rolloutId, planDigest, step, token, stableColour };
};

const memoryKey = (service: string): string => keyOf('state', service);

/** @param isHeld a living rollout owns fields of the object */
export const readRecalled = (
  service: string,
  metadata: Metadata,
  isHeld: boolean,
  sealKey: Buffer,
): Recalled => {
  const marks = readMarks(service, metadata);
  const text = metadata.annotations?.[memoryKey(service)];
  if (text !== undefined) return { marks, memory: decodeMemory(text, sealKey) };
  // A version of the bot that kept no memory, or somebody who took the annotation away.
  return marks && isHeld
    ? { marks, memory: { kind: 'unreadable', why: 'it has no annotation of its state' } }
    : { marks, memory: { kind: 'none' } };
};

/** null: there is nothing to forget. */
export const forgetOperations = (service: string, metadata: Metadata): readonly PatchOperation[] | null =>
  metadata.annotations?.[memoryKey(service)] === undefined
    ? null
    : [
        { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
        { op: 'remove', path: pointer('metadata', 'annotations', memoryKey(service)) },
      ];

/** Adds our annotations; an object that has none at all gets the map first. */
export const markOperations = (
  service: string,
  marks: RouteMarks,
  metadata: Metadata,
  sealKey: Buffer,
): readonly PatchOperation[] => {
  const values: Readonly<Record<string, string>> = {
    rollout: marks.rolloutId,
    'plan-digest': marks.planDigest,
    step: String(marks.step),
    token: String(marks.token),
    stable: marks.stableColour,
    ...(marks.memory && { state: encodeMemory(marks.memory, sealKey) }),
  };
  const adds = Object.entries(values).map(
    ([mark, value]): PatchOperation => ({
      op: 'add',
      path: pointer('metadata', 'annotations', keyOf(mark, service)),
      value,
    }),
  );
  return metadata.annotations == null
    ? [{ op: 'add', path: '/metadata/annotations', value: {} }, ...adds]
    : adds;
};

const specFields = z.looseObject({ 'f:spec': z.record(z.string(), z.unknown()) });

/**
 * Who last wrote the routes. `spec.http` is one atomic field: whoever changes any part of it takes the whole from all
 * others, so its owner is its last writer.
 */
export const lastSpecWriter = (metadata: Metadata): string | null => {
  const writers = (metadata.managedFields ?? []).flatMap((entry) => {
    const fields = specFields.safeParse(entry.fieldsV1);
    if (!fields.success) return [];
    return [{ manager: entry.manager, time: entry.time, ownsHttp: 'f:http' in fields.data['f:spec'] }];
  });
  const byTime = writers.toSorted(
    (a, b) => Number(a.ownsHttp) - Number(b.ownsHttp) || a.time.localeCompare(b.time),
  );
  return byTime.at(-1)?.manager ?? null;
};
