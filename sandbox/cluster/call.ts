import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersionOf } from './kinds.ts';
import { managerFromUserAgent, type Writer } from './managed-fields.ts';
import type { KubeObject } from './objects.ts';
import type { ResourceRequest } from './request-info.ts';
import { invalid } from './status.ts';

/** One resource request under way, and what can be read off it. */

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
  readonly resource: ResourceRequest;
}

export interface Answer {
  readonly status: number;
  /** An object is sent as JSON, a string as plain text. */
  readonly body: object | string;
  readonly contentType?: string;
  /** Texts of Warning headers. */
  readonly warnings?: readonly string[];
}

export function apiVersionOfCall(call: Call): string {
  return apiVersionOf(call.resource.group, call.resource.version);
}

/** The stored object in the version that the path asks for. */
export function present(call: Call, object: KubeObject): KubeObject {
  return { ...object, apiVersion: apiVersionOfCall(call) };
}

export function writerOf(call: Call): Writer {
  const manager = call.url.searchParams.get('fieldManager');
  if (manager !== null && manager.length > 128) {
    const options = call.resource.verb === 'create' ? 'CreateOptions' : 'PatchOptions';
    throw invalid({ group: 'meta.k8s.io', kind: options }, '', [
      {
        reason: 'FieldValueTooLong',
        message: 'Too long: may not be more than 128 bytes',
        field: 'fieldManager',
      },
    ]);
  }
  const { subresource } = call.resource;
  return {
    manager: manager || managerFromUserAgent(call.request.headers['user-agent']),
    apiVersion: apiVersionOfCall(call),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

export function isDryRun(call: Call): boolean {
  const values = call.url.searchParams.getAll('dryRun').filter((value) => value !== '');
  const unknown = values.find((value) => value !== 'All');
  if (unknown !== undefined) {
    throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
      {
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`,
        field: 'dryRun',
      },
    ]);
  }
  return values.length > 0;
}
