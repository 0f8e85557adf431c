/** What the bot asked of the API server and what it was answered, as the server's own audit log has it. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { LoggedRequest } from '../../../sandbox/cluster/cluster.ts';
import type { Body } from './api.ts';
import type { LabFacts } from './facts.ts';

export interface AuditedRequest extends LoggedRequest {
  readonly verb: string;
  /** `patch apps/deployments`: what RBAC was asked for. */
  readonly resource: string;
  readonly response: Body;
  /** `allow` or `forbid`. */
  readonly decision: string;
}

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

/** Read on from where it was last: whoever asks often does not read it all again. */
export class AuditLog {
  readonly #file: string;
  readonly #entries: AuditedRequest[] = [];
  #offset = 0;
  #rest = '';

  constructor(facts: LabFacts) {
    this.#file = join(facts.dir, 'audit.log');
  }

  requests(): readonly AuditedRequest[] {
    this.#readOn();
    return this.#entries;
  }

  #readOn(): void {
    if (!existsSync(this.#file)) return;
    const file = openSync(this.#file, 'r');
    const chunk = Buffer.alloc(1 << 20);
    try {
      for (;;) {
        const length = readSync(file, chunk, 0, chunk.length, this.#offset);
        if (length === 0) return;
        this.#offset += length;
        const lines = (this.#rest + chunk.toString('utf8', 0, length)).split('\n');
        this.#rest = lines.pop() ?? '';
        for (const line of lines) this.#entries.push(entryOf(JSON.parse(line) as Body));
      }
    } finally {
      closeSync(file);
    }
  }
}

const entryOf = (event: Body): AuditedRequest => {
  const url = new URL(event.requestURI, 'https://server');
  const query = Object.fromEntries(url.searchParams);
  const { apiGroup = '', resource = '', subresource } = event.objectRef ?? {};
  return {
    at: Date.parse(event.requestReceivedTimestamp),
    method: METHODS[event.verb] ?? event.verb,
    path: url.pathname,
    query,
    contentType: null,
    body: event.requestObject ?? null,
    status: event.responseStatus?.code ?? null,
    userAgent: event.userAgent ?? null,
    fieldManager: query['fieldManager'] ?? managerOf(event.userAgent),
    verb: event.verb,
    resource: `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`,
    response: event.responseObject ?? null,
    decision: event.annotations?.['authorization.k8s.io/decision'] ?? '',
  };
};

const managerOf = (userAgent: string | undefined): string => (userAgent ?? '').split('/')[0] ?? '';
