/** GET against one registry, with the token dance of the distribution spec. */
import * as z from 'zod';
import type { Config } from '../config/schema.ts';
import { DabbawalaError } from '../lib/errors.ts';

export type RegistrySettings = NonNullable<Config['registries'][string]>;

export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly url: URL;
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const DEFAULTS: RegistrySettings = { insecureHttp: false, timeout: 3000 };

const tokenSchema = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });
const errorsSchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string().default(''), message: z.string().default('') })).min(1),
});

/** What the registry says is wrong, in its words. */
export const registryWords = (answer: Fetched): string => {
  const text = answer.body.toString('utf8');
  try {
    const parsed = errorsSchema.safeParse(JSON.parse(text));
    if (parsed.success)
      return parsed.data.errors
        .map(({ code, message }) => message || code)
        .join('; ')
        .slice(0, 200);
  } catch {
    // Plain text or HTML of something in between.
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, 200) || `HTTP ${answer.status}`;
};

interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly parameters: Readonly<Record<string, string>>;
}

const parseChallenge = (header: string | null): Challenge | null => {
  const [, scheme = '', rest = ''] = /^(Bearer|Basic)\s*(.*)$/i.exec(header ?? '') ?? [];
  if (scheme === '') return null;
  const parameters = Object.fromEntries(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]),
  );
  return { scheme: scheme.toLowerCase() === 'basic' ? 'basic' : 'bearer', parameters };
};

/** One registry host. Tokens are kept per repository and asked for again when refused. */
export class RegistryHttp {
  readonly host: string;
  readonly #settings: RegistrySettings;
  readonly #basic: string | null;
  readonly #authorizations = new Map<string, string>();

  constructor(host: string, settings: RegistrySettings | undefined, env: Readonly<NodeJS.ProcessEnv>) {
    this.host = host;
    this.#settings = settings ?? DEFAULTS;
    const user = env[this.#settings.usernameEnv ?? ''];
    const password = env[this.#settings.passwordEnv ?? ''];
    this.#basic = user && password ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : null;
  }

  /** @throws `registry_unavailable` when nothing came back; any status is returned */
  async get(repository: string, path: string, accept: string, signal?: AbortSignal): Promise<Fetched> {
    const scheme = this.#settings.insecureHttp ? 'http' : 'https';
    const url = new URL(`${scheme}://${this.host}${path}`);
    try {
      const known = this.#authorizations.get(repository) ?? null;
      const first = await this.#follow(url, accept, known, signal);
      // A host that a redirect led to may not name the realm that our credentials go to.
      if (first.status !== 401 || first.url.origin !== url.origin) return first;
      const authorization = await this.#authorize(repository, first.headers.get('www-authenticate'), signal);
      if (authorization === null) return first;
      this.#authorizations.set(repository, authorization);
      return await this.#follow(url, accept, authorization, signal);
    } catch (error) {
      throw error instanceof DabbawalaError ? error : this.#silence(error);
    }
  }

  fault(words: string, cause?: unknown): DabbawalaError {
    return new DabbawalaError('registry_unavailable', `Registry ${this.host} ${words}`, { cause });
  }

  /** Blobs live elsewhere as a rule: redirects are followed, but credentials go to no other origin. */
  async #follow(
    start: URL,
    accept: string,
    authorization: string | null,
    signal?: AbortSignal,
  ): Promise<Fetched> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const mayAuthorize = url.origin === start.origin && authorization !== null;
      const answer = await this.#send(url, { accept, ...(mayAuthorize && { authorization }) }, signal);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || location === null) return answer;
      url = new URL(location, url);
    }
    throw this.fault(`redirects more than ${MAX_REDIRECTS} times.`);
  }

  /** The header that answers a challenge; null: there is none to give. */
  async #authorize(repository: string, header: string | null, signal?: AbortSignal): Promise<string | null> {
    const challenge = parseChallenge(header);
    if (challenge === null) return null;
    if (challenge.scheme === 'basic') return this.#basic;
    const { realm, service, scope } = challenge.parameters;
    if (realm === undefined || !URL.canParse(realm)) throw this.fault('names no usable realm for tokens.');
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${repository}:pull`);
    // The realm is the one other host that may see credentials; it may not pass them on by a redirect.
    const answer = await this.#send(url, this.#basic === null ? {} : { authorization: this.#basic }, signal);
    if (answer.status !== 200)
      throw this.fault(`gave no token (HTTP ${answer.status}): ${registryWords(answer)}`);
    const parsed = tokenSchema.parse(JSON.parse(answer.body.toString('utf8')));
    const token = parsed.token ?? parsed.access_token;
    if (token === undefined) throw this.fault('answered a request for a token without one.');
    return `Bearer ${token}`;
  }

  async #send(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Fetched> {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#settings.insecureHttp))
      throw this.fault(`leads to ${url.origin}, which is not https.`);
    const timeout = AbortSignal.timeout(this.#settings.timeout);
    const response = await fetch(url, {
      headers: { 'user-agent': 'dabbawala', ...headers },
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_BODY_BYTES) throw this.fault(`answered with more than ${MAX_BODY_BYTES} bytes.`);
      chunks.push(chunk);
    }
    return { status: response.status, headers: response.headers, body: Buffer.concat(chunks), url };
  }

  #silence(error: unknown): DabbawalaError {
    const fault = error instanceof Error ? error : new Error(String(error));
    if (fault.name === 'TimeoutError')
      return this.fault(`did not answer within ${this.#settings.timeout} ms.`, error);
    if (fault.name === 'AbortError') return this.fault('was not waited for: the call was aborted.', error);
    const cause = fault.cause instanceof Error ? fault.cause.message : '';
    return this.fault(`could not be read: ${cause || fault.message}`, error);
  }
}
