/** How a probe's Job stands: its conditions, then its pod's exit code, then the last words of its log. */
import * as z from 'zod';
import type { ProbeSpec } from '../../core/rollout/plan.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { ProbeReading } from '../../ports/workloads.ts';
import type { KubeClient } from './client.ts';
import { type KnownPod, parsePods, waitingReason } from './observed.ts';
import { probeJobName } from './probe-job.ts';
import { redact } from './redact.ts';
import { JOB, POD } from './resources.ts';

const jobSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }),
    }),
  }),
  status: z
    .looseObject({
      completionTime: z.string().nullish(),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            message: z.string().nullish(),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

const LOG_LINES = 50;

const terminatedOf = (pods: readonly KnownPod[], container: string) =>
  pods
    .flatMap((pod) => pod.status?.containerStatuses ?? [])
    .filter((status) => status.name === container)
    .map((status) => status.state?.terminated)
    .find((state) => state != null);

/** Evidence is a kindness: without the right to read logs or pods the condition still decides. */
const orNothing = async <T>(attempt: Promise<T>, nothing: T): Promise<T> => {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof DabbawalaError) return nothing;
    throw error;
  }
};

const lastLine = (log: string): string => {
  const line = log.trimEnd().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: "${redact(line, 160)}"`;
};

export const readProbe = async (
  client: KubeClient,
  namespace: string,
  rolloutId: string,
  probe: ProbeSpec,
  attempt: number,
  signal?: AbortSignal,
): Promise<ProbeReading> => {
  const name = probeJobName(rolloutId, probe.name, attempt);
  const object = await client.find(JOB, namespace, name, signal);
  if (object === null) return { state: 'absent', evidence: `there is no Job ${name}` };
  const job = jobSchema.safeParse(object);
  if (!job.success) throw new DabbawalaError('internal', `Job ${name} cannot be read.`, { cause: job.error });
  const container = job.data.spec.template.spec.containers[0]?.name ?? '';
  const met = (job.data.status?.conditions ?? []).filter((condition) => condition.status === 'True');
  const complete = met.find((condition) => condition.type === 'Complete');
  const failed = met.find((condition) => condition.type === 'Failed' || condition.type === 'FailureTarget');
  const pods = parsePods(await orNothing(client.list(POD, namespace, `job-name=${name}`, signal), []));
  const ended = terminatedOf(pods, container);
  // A mesh's sidecar may outlive the command and keep the Job open: the command's own exit code is what was asked for.
  const state = complete || ended?.exitCode === 0 ? 'passed' : failed || ended != null ? 'failed' : 'running';
  if (state === 'running') {
    const waiting = pods.map(waitingReason).find((reason) => reason !== null);
    // Pods that are refused (a quota, a policy) leave no trace but an Event of the Job, which the bot may not read.
    const trouble = pods.length === 0 ? ', and has no pod yet' : waiting ? `, its pod waits: ${waiting}` : '';
    return { state, evidence: `Job ${name} is running${trouble}` };
  }
  const pod = pods[0]?.metadata.name;
  const log =
    pod === undefined ? '' : await orNothing(client.log(namespace, pod, container, LOG_LINES, signal), '');
  const at = job.data.status?.completionTime ?? failed?.lastTransitionTime ?? ended?.finishedAt;
  const how =
    state === 'passed'
      ? 'exit code 0'
      : failed?.reason === 'DeadlineExceeded'
        ? `not done within ${probe.timeoutMs} ms`
        : ended != null
          ? `exit code ${ended.exitCode}`
          : redact([failed?.reason, failed?.message].filter(Boolean).join(', '));
  return { state, evidence: `${how}${lastLine(log)} (Job ${name}${at ? `, ${at}` : ''})` };
};
