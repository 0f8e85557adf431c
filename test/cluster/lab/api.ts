/** A person's hands on an API server: admin's, or whoever's token is given. Untyped, because the server decides. */
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

// biome-ignore lint/suspicious/noExplicitAny: bodies of every kind, read by tests that know what they asked for
export type Body = any;

export interface Reply {
  readonly status: number;
  /** Parsed JSON; the text itself when it is none. */
  readonly body: Body;
  readonly contentType: string;
}

export interface Asked {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

export class Api {
  readonly server: string;
  readonly token: string;
  readonly #ca: Buffer;
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 32 });

  constructor(at: { readonly server: string; readonly caFile: string; readonly token: string }) {
    this.server = at.server;
    this.token = at.token;
    this.#ca = readFileSync(at.caFile);
  }

  /** Whatever the server answers. Rejects when it does not. */
  send(method: string, path: string, asked: Asked = {}): Promise<Reply> {
    const url = new URL(path, this.server);
    const body = asked.body === undefined ? null : JSON.stringify(asked.body);
    const options: https.RequestOptions = {
      method,
      agent: this.#agent,
      ca: this.#ca,
      timeout: asked.timeoutMs ?? 15_000,
      headers: {
        accept: 'application/json',
        ...(this.token !== '' && { authorization: `Bearer ${this.token}` }),
        ...(body !== null && {
          'content-type': asked.contentType ?? 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
        ...asked.headers,
      },
    };
    return new Promise((resolve, reject) => {
      const request = https.request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const contentType = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, body: parse(text), contentType });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Sends again what the server asks to send later: just after a CRD its storage is "(re)initializing", 429. */
  async #sendPatiently(method: string, path: string, asked: Asked = {}): Promise<Reply> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const answer = await this.send(method, path, asked);
      if (answer.status !== 429 || performance.now() > deadline) return answer;
      await delay(250);
    }
  }

  /** The body; rejects when the server refuses. */
  async must(method: string, path: string, asked: Asked = {}): Promise<Body> {
    const { status, body } = await this.#sendPatiently(method, path, asked);
    if (status >= 200 && status < 300) return body;
    throw new Error(`${method} ${path}: ${status} ${typeof body === 'string' ? body : JSON.stringify(body)}`);
  }

  /** undefined: there is none. */
  async find(path: string): Promise<Body | undefined> {
    const { status, body } = await this.#sendPatiently('GET', path);
    if (status === 200) return body;
    if (status === 404) return undefined;
    throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  }

  async list(path: string): Promise<readonly Body[]> {
    return (await this.must('GET', path)).items;
  }

  /** Creates or replaces, as `kubectl replace --force` does where a plain replace is refused. */
  async put(object: object, manager = 'kubectl-create'): Promise<Body> {
    const at = placeOf(object);
    const query = `?fieldManager=${manager}`;
    const there = await this.find(at.object);
    if (there === undefined) return this.must('POST', `${at.collection}${query}`, { body: object });
    const next = structuredClone(object) as { metadata: { resourceVersion?: string } };
    next.metadata.resourceVersion = there.metadata.resourceVersion;
    const replaced = await this.send('PUT', `${at.object}${query}`, { body: next });
    if (replaced.status === 200) return replaced.body;
    await this.remove(at.object);
    return this.must('POST', `${at.collection}${query}`, { body: object });
  }

  /** Resolves when it is gone. */
  async remove(path: string): Promise<void> {
    const { status, body } = await this.send('DELETE', path, { body: { propagationPolicy: 'Foreground' } });
    if (status !== 200 && status !== 202 && status !== 404)
      throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
    while ((await this.find(path)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 25));
  }

  close(): void {
    this.#agent.destroy();
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const PLURALS: Readonly<Record<string, string>> = {
  DestinationRule: 'destinationrules',
  EndpointSlice: 'endpointslices',
  NetworkPolicy: 'networkpolicies',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  StorageClass: 'storageclasses',
};
const CLUSTER_WIDE = new Set([
  'APIService',
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** API paths of an object and of the collection that it belongs to. */
export const placeOf = (object: object): { readonly object: string; readonly collection: string } => {
  const { apiVersion, kind, metadata } = object as Body;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${String(kind).toLowerCase()}s`;
  const namespace = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${metadata.namespace}`;
  const collection = `${root}${namespace}/${plural}`;
  return { collection, object: `${collection}/${metadata.name}` };
};
