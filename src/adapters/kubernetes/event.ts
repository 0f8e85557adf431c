/** Kubernetes Events: what happened to an object, for people who look there first. */
import { randomUUID } from 'node:crypto';
import { FIELD_MANAGER, type KubeObject } from './client.ts';
import { apiVersionOf, EVENT, type Kind } from './resources.ts';

/** The API server's own limit of a message. */
const MESSAGE_AT_MOST = 1024;

export interface EventNote {
  /** CamelCase, for machines. */
  readonly reason: string;
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** About an object; the API server wants the Event in the object's own namespace. */
export function eventAbout(
  kind: Kind,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  { reason, text, at }: EventNote,
): KubeObject {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: apiVersionOf(EVENT),
    kind: EVENT.kind,
    metadata: { name: `${name.slice(0, 200)}.${randomUUID().slice(0, 8)}`, namespace },
    involvedObject: { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name, uid },
    reason,
    message: text.slice(0, MESSAGE_AT_MOST),
    type: 'Warning',
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: FIELD_MANAGER },
  };
}
