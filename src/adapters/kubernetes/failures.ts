/** The one place where what the API server answered, or that it did not, becomes one of our errors. */
import * as z from 'zod';
import { DabbawalaError } from '../../lib/errors.ts';
import { apiVersionOf, type Call, describeObject, resourceOf } from './resources.ts';
import { rbacRule } from './rights.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

/** Which error stands for "somebody was faster": the route has one of its own. */
export type ConflictCode = 'route_conflict' | 'state_conflict';

const statusObject = z.looseObject({
  kind: z.literal('Status'),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type StatusObject = z.output<typeof statusObject>;

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The Status object in a body; null for plain text, which is how the server answers for a kind that it does not know. */
export const readStatus = (text: string): StatusObject | null => {
  const parsed = statusObject.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
};

/** Authorization denials read `… cannot patch resource …`; quota and admission denials come as 403 too, and need other words. */
const isMissingRight = (message: string): boolean => / cannot \w+ resource /.test(message);

const forbidden = (cluster: string, call: Call, message: string): DabbawalaError => {
  const rule = rbacRule({
    apiGroup: call.kind.group,
    resource: resourceOf(call),
    verbs: [call.verb],
  });
  const data = {
    cluster,
    status: 403,
    verb: call.verb,
    resource: resourceOf(call),
    namespace: call.namespace,
  };
  if (!isMissingRight(message))
    return new DabbawalaError(
      'forbidden',
      `Cluster "${cluster}" refused to ${call.verb} ${describeObject(call)}: ${message}`,
      { hint: 'A quota or an admission policy of the cluster refused it: do what the sentence says.', data },
    );
  // A card has room for the sentence and the rule; the server's own, with the user that it saw, is for the log.
  return new DabbawalaError(
    'forbidden',
    `Cluster "${cluster}" refused to ${call.verb} ${describeObject(call)}: no right to (403).`,
    {
      hint: `Add this rule to ${call.namespace === '' ? 'a ClusterRole of the bot' : `the bot's Role in namespace ${call.namespace}`}: ${rule}`,
      data: { ...data, said: message },
    },
  );
};

const notFound = (cluster: string, call: Call, status: StatusObject | null): DabbawalaError => {
  const data = { cluster, status: 404, kind: call.kind.kind, namespace: call.namespace };
  if (status === null)
    return new DabbawalaError(
      'crd_missing',
      `Cluster "${cluster}" does not know the kind ${call.kind.kind} (${apiVersionOf(call.kind)}).`,
      {
        hint: `Install the CRD ${call.kind.plural}.${call.kind.group} with version ${call.kind.version}.`,
        data,
      },
    );
  const missing =
    call.verb === 'create'
      ? `Cluster "${cluster}" could not create ${describeObject(call)}: ${status.message ?? 'not found'}`
      : `${describeObject(call)} is not in cluster "${cluster}".`;
  return new DabbawalaError('object_missing', missing, { data });
};

/** @param conflict the code for a lost race: 409, or the 422 of a failed `test` */
export const explainAnswer = (
  cluster: string,
  call: Call,
  answer: Answer,
  conflict: ConflictCode,
): DabbawalaError => {
  const status = readStatus(answer.text);
  const message = status?.message ?? (answer.text.slice(0, 200).trim() || `HTTP ${answer.status}`);
  const data = { cluster, status: answer.status, reason: status?.reason ?? null };
  const refusal = `Cluster "${cluster}" refused to ${call.verb} ${describeObject(call)}: ${message}`;
  switch (answer.status) {
    case 401:
      return new DabbawalaError('cluster_unavailable', `Cluster "${cluster}": token refused (401).`, {
        hint: "Check the bot's token file, kubeconfig or ServiceAccount.",
        data,
      });
    case 403:
      return forbidden(cluster, call, message);
    case 404:
      return notFound(cluster, call, status);
    case 409:
      return new DabbawalaError(conflict, refusal, { data });
    case 422:
      return new DabbawalaError(call.verb === 'create' ? 'plan_refused' : conflict, refusal, {
        data,
        ...(call.verb === 'create' && { hint: 'Mend the template Deployment as the sentence says.' }),
      });
    case 400:
      return new DabbawalaError(call.verb === 'create' ? 'plan_refused' : 'internal', refusal, { data });
    default:
      return new DabbawalaError(
        answer.status === 429 || answer.status >= 500 ? 'cluster_unavailable' : 'internal',
        `Cluster "${cluster}" answered ${answer.status} to ${call.verb} of ${describeObject(call)}: ${message}`,
        { data },
      );
  }
};

/** Refused connections, resets, TLS faults, time-outs, broken credential plug-ins. */
export const explainSilence = (
  cluster: string,
  call: Call,
  error: unknown,
  timeoutMs: number,
): DabbawalaError => {
  const name = error instanceof Error ? error.name : '';
  const what =
    name === 'TimeoutError'
      ? `did not answer within ${timeoutMs} ms`
      : name === 'AbortError'
        ? 'was not waited for: the call was aborted'
        : `could not be reached: ${error instanceof Error ? error.message : String(error)}`;
  return new DabbawalaError(
    'cluster_unavailable',
    `Cluster "${cluster}" ${what} (${call.verb} ${describeObject(call)}).`,
    { cause: error, data: { cluster, isTimeout: name === 'TimeoutError' } },
  );
};
