/** GET on one pod through the API server: works from outside the cluster's network. */
import { DabbawalaError } from '../../lib/errors.ts';
import type { KubeClient } from './client.ts';
import { type Answer, explainSilence, readStatus } from './failures.ts';
import { redact } from './redact.ts';
import { type Call, POD } from './resources.ts';

export interface PodRequest {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
}

export interface PodAnswer {
  readonly status: number | null;
  readonly detail: string;
  readonly ms: number;
}

/** Resolves dots, so that no path of a configuration climbs out of the pod's own proxy address. */
const innerPath = (path: string): string => {
  const base = 'http://pod.invalid';
  const url = URL.canParse(path, base) ? new URL(path, base) : null;
  if (!path.startsWith('/') || url === null || url.origin !== base)
    throw new DabbawalaError('bad_probe_spec', `"${path}" is no path on a pod.`);
  return `${url.pathname}${url.search}`;
};

/** A sidecar that wants mTLS cuts plain text off without a word. */
const CUT_OFF = /connection reset by peer|\bEOF\b/;
const MTLS = '; under STRICT mTLS the API server cannot reach a pod: use a job probe';

/**
 * The API server speaks for itself with a Status object: a right that the bot lacks is its operator's to mend and is
 * thrown; a pod that could not be reached is the probe's finding. Everything else is the pod's own answer.
 */
const judge = (client: KubeClient, call: Call, answer: Answer): Omit<PodAnswer, 'ms'> => {
  const status = readStatus(answer.text);
  const message = status?.message ?? '';
  if (status !== null && answer.status === 403 && message.includes('pods/proxy'))
    throw client.explain(call, answer);
  if (status !== null && answer.status === 401) throw client.explain(call, answer);
  if (status !== null && answer.status === 404 && status.reason === 'NotFound')
    return { status: null, detail: `the pod is gone: ${redact(message)}` };
  if (status !== null && answer.status >= 500 && message.includes('error trying to reach service'))
    return {
      status: null,
      detail: `nothing answered: ${redact(message)}${CUT_OFF.test(message) ? MTLS : ''}`,
    };
  return { status: answer.status, detail: redact(answer.text) };
};

export const getThroughProxy = async (
  client: KubeClient,
  namespace: string,
  pod: string,
  request: PodRequest,
  signal?: AbortSignal,
): Promise<PodAnswer> => {
  const name = `${request.scheme}:${pod}:${request.port}`;
  const call: Call = { verb: 'get', kind: POD, namespace, name, subresource: 'proxy' };
  const path = innerPath(request.path);
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  try {
    const answer = await client.proxy(call, path, request.timeoutMs, signal);
    return { ...judge(client, call, answer), ms: elapsed() };
  } catch (error) {
    if (error instanceof DabbawalaError) throw error;
    if (error instanceof Error && error.name === 'TimeoutError')
      return { status: null, detail: `no answer within ${request.timeoutMs} ms`, ms: elapsed() };
    throw explainSilence(client.name, call, error, request.timeoutMs);
  }
};
