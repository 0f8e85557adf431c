/**
 * HTTP to one API server. Bodies stay text: the typed models of the SDK drop fields that they do not know, and a
 * pod template or route must keep every one. The SDK is used for what it is good at: kubeconfig files and credentials.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Config } from '../../config/schema.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { Answer } from './failures.ts';

export type ClusterSettings = Omit<Config['clusters'][string], 'prometheus' | 'region'>;

export interface Outgoing {
  readonly method: string;
  /** Path below the server's address, with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** What the SDK takes where it found neither a kubeconfig nor a ServiceAccount. */
const NOTHING_FOUND = 'http://localhost:8080';
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** A token file, read again when it was written again: ServiceAccount tokens rotate while the process lives. */
class TokenFile {
  readonly #path: string;
  #token = '';
  #readAtMs = -1;

  constructor(path: string) {
    this.#path = path;
  }

  read(): string {
    const { mtimeMs } = statSync(this.#path);
    if (mtimeMs !== this.#readAtMs) {
      this.#token = readFileSync(this.#path, 'utf8').trim();
      this.#readAtMs = mtimeMs;
    }
    return this.#token;
  }
}

const chooseKubeConfig = (settings: ClusterSettings): KubeConfig => {
  const kubeConfig = new KubeConfig();
  if (settings.server !== undefined) {
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'configured',
        server: settings.server,
        skipTLSVerify: false,
        ...(settings.caFile !== undefined && { caFile: settings.caFile }),
      },
      { name: 'configured' },
    );
  } else if (settings.kubeconfig !== undefined) kubeConfig.loadFromFile(settings.kubeconfig);
  else if (process.env.KUBERNETES_SERVICE_HOST && existsSync(SERVICE_ACCOUNT_TOKEN))
    kubeConfig.loadFromCluster();
  else kubeConfig.loadFromDefault();
  if (settings.context !== undefined) kubeConfig.setCurrentContext(settings.context);
  return kubeConfig;
};

export class Connection {
  readonly #kubeConfig: KubeConfig;
  readonly #server: URL;
  readonly #tokenFile: TokenFile | null;
  readonly #hasProxy: boolean;
  /** The SDK's agents open a connection per request; this one keeps them, apart for each set of credentials. */
  readonly #agent: http.Agent;

  /** @throws `invalid_config` with what is wrong with the cluster's entry */
  constructor(name: string, settings: ClusterSettings) {
    const fault = (words: string, cause?: unknown): DabbawalaError =>
      new DabbawalaError('invalid_config', `clusters.${name}: ${words}`, { cause });
    try {
      this.#kubeConfig = chooseKubeConfig(settings);
    } catch (error) {
      throw fault(
        `the kubeconfig could not be read: ${error instanceof Error ? error.message : error}`,
        error,
      );
    }
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (settings.server === undefined && cluster?.name === 'cluster' && cluster.server === NOTHING_FOUND)
      throw fault(
        'no way to the cluster was found: this is no pod of it, KUBECONFIG is not set and ~/.kube/config is not there. Name a file in `kubeconfig`, or run the bot in the cluster',
      );
    if (cluster === null) throw fault(`there is no context "${this.#kubeConfig.getCurrentContext()}"`);
    this.#server = new URL(cluster.server);
    this.#hasProxy = cluster.proxyUrl !== undefined;
    if (this.#server.protocol !== 'http:' && cluster.skipTLSVerify)
      throw fault(
        'the kubeconfig turns TLS verification off (insecure-skip-tls-verify): anyone in between would get the token; name the CA there instead',
      );
    if (this.#server.protocol === 'http:') {
      if (!settings.insecureHttp)
        throw fault('the server is plain http; set insecureHttp if this is a sandbox, else use https');
      // The SDK takes plain HTTP only with this flag; on http there is no TLS that it could weaken.
      this.#kubeConfig.clusters = this.#kubeConfig
        .getClusters()
        .map((entry) => (entry.name === cluster.name ? { ...entry, skipTLSVerify: true } : entry));
    }
    const Agent = this.#server.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true });
    this.#tokenFile = settings.tokenFile === undefined ? null : new TokenFile(settings.tokenFile);
  }

  /** One request and its whole answer. Rejects on network faults, and with the signal's reason. */
  async send(outgoing: Outgoing, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const options: https.RequestOptions = { method: outgoing.method, headers: { ...outgoing.headers } };
    // A credential plug-in of a kubeconfig is a program of its own: it may hang, the call may not.
    await within(signal, this.#kubeConfig.applyToHTTPSOptions(options));
    const headers: http.OutgoingHttpHeaders = { ...outgoing.headers, ...plainHeaders(options.headers) };
    if (this.#tokenFile !== null) headers.Authorization = `Bearer ${this.#tokenFile.read()}`;
    if (outgoing.body !== null) headers['Content-Length'] = Buffer.byteLength(outgoing.body);
    const request = {
      ...options,
      headers,
      hostname: this.#server.hostname.replace(/^\[|\]$/g, ''),
      port: this.#server.port || (this.#server.protocol === 'https:' ? 443 : 80),
      path: `${this.#server.pathname.replace(/\/$/, '')}${outgoing.path}`,
      agent: this.#hasProxy ? options.agent : this.#agent,
      signal,
    };
    const send = this.#server.protocol === 'https:' ? https.request : http.request;
    return exchange(send, request, outgoing.body, signal, true);
  }

  close(): void {
    this.#agent.destroy();
  }
}

const within = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const plainHeaders = (headers: https.RequestOptions['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([key, value]) => [key, String(value)]));

type Send = (
  options: https.RequestOptions,
  onAnswer: (answer: http.IncomingMessage) => void,
) => http.ClientRequest;

/** @param mayRetry a kept connection that the server had just closed is no answer: the request goes out once more */
const exchange = (
  send: Send,
  options: https.RequestOptions,
  body: string | null,
  signal: AbortSignal,
  mayRetry: boolean,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(signal.aborted ? signal.reason : error);
    const request = send(options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_BODY_BYTES)
          answer.destroy(new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`));
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const retryAfter = answer.headers['retry-after'];
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
        });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (mayRetry && request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted)
        exchange(send, options, body, signal, false).then(resolve, reject);
      else fail(error);
    });
    request.end(body ?? undefined);
  });
