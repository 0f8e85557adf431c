import { KINDS } from '../kinds.ts';
import {
  cloneJson,
  findController,
  formatTime,
  type Job,
  type Metadata,
  ownedBy,
  type Pod,
  withCondition,
} from '../objects.ts';
import { isActive, matchesReady, podsOwnedBy } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { type Controller, controllerWriter } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** Job -> pods, one after the other, until one succeeds, too many failed, or the time is over. */
export function startJobs(registry: Registry): Controller {
  const queue = new WorkQueue((key) => reconcile(registry, key, (ms) => queue.addAfter(key, ms)));
  const stop = registry.store.subscribe(({ kind, object }) => {
    if (kind === KINDS.jobs) queue.add(keyOf(object));
    const owner = kind === KINDS.pods ? findController(object) : undefined;
    if (owner?.kind === 'Job') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  });
  return {
    close: () => {
      stop();
      queue.close();
    },
  };
}

function reconcile(registry: Registry, key: string, lookAgainIn: (ms: number) => void): void {
  const { namespace, name } = splitKey(key);
  const job = registry.store.get(KINDS.jobs, namespace, name) as Job | undefined;
  if (!job || job.metadata.deletionTimestamp !== undefined) return;
  if (isFinished(job)) {
    expire(registry, job, lookAgainIn);
    return;
  }
  const pods = podsOwnedBy(registry.store, job);
  const active = pods.filter(isActive);
  const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded').length;
  const failed = pods.filter((pod) => pod.status?.phase === 'Failed').length;
  const startedAt = job.status?.startTime ? Date.parse(job.status.startTime) : Date.now();
  const limitMs = (job.spec.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const leftMs = startedAt + limitMs - Date.now();
  const tally = { active: active.length, succeeded, failed };

  if (succeeded > 0) {
    finish(
      registry,
      job,
      tally,
      'Complete',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    );
    return;
  }
  if (leftMs <= 0) {
    for (const pod of active) registry.delete(KINDS.pods, namespace, pod.metadata.name, {});
    const message = 'Job was active longer than specified deadline';
    finish(
      registry,
      job,
      { ...tally, active: 0, failed: failed + active.length },
      'Failed',
      'DeadlineExceeded',
      message,
    );
    return;
  }
  if (failed > (job.spec.backoffLimit ?? 6)) {
    const message = 'Job has reached the specified backoff limit';
    finish(registry, job, tally, 'Failed', 'BackoffLimitExceeded', message);
    return;
  }
  const isStarting = job.status?.startTime === undefined;
  if (isStarting && Number.isFinite(leftMs)) lookAgainIn(leftMs);
  if (active.length === 0) {
    const lastEnd = Math.max(0, ...pods.map(endOf));
    const pauseMs = failed === 0 ? 0 : lastEnd + 1000 * 2 ** (failed - 1) - Date.now();
    if (pauseMs > 0) lookAgainIn(pauseMs);
    else createPod(registry, job);
  }
  const running = podsOwnedBy(registry.store, job).filter(isActive);
  writeStatus(registry, job, (status) => {
    status.startTime ??= formatTime(new Date());
    setCounts(status, { ...tally, active: running.length });
  });
}

function endOf(pod: Pod): number {
  const state = pod.status?.containerStatuses?.[0]?.state as
    | { terminated?: { finishedAt?: string } }
    | undefined;
  return Date.parse(state?.terminated?.finishedAt ?? '') || 0;
}

function isFinished(job: Job): boolean {
  return (
    job.status?.conditions?.some(
      (entry) => (entry.type === 'Complete' || entry.type === 'Failed') && entry.status === 'True',
    ) === true
  );
}

interface JobTally {
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
}

function setCounts(status: NonNullable<Job['status']>, tally: JobTally): void {
  for (const [field, count] of Object.entries(tally) as [keyof JobTally, number][]) {
    if (count > 0) status[field] = count;
    else delete status[field];
  }
}

function finish(
  registry: Registry,
  job: Job,
  tally: JobTally,
  type: 'Complete' | 'Failed',
  reason: string,
  message: string,
): void {
  const now = new Date();
  // The real controller says what it is about to do before it is done; clients read the second of the two.
  const first = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  writeStatus(registry, job, (status) => {
    status.startTime ??= formatTime(now);
    setCounts(status, tally);
    if (type === 'Complete') status.completionTime = formatTime(now);
    for (const name of [first, type]) {
      const condition = { type: name, status: 'True', reason, message };
      status.conditions = withCondition(status.conditions, condition, now, { hasProbeTime: true });
    }
  });
}

function writeStatus(
  registry: Registry,
  job: Job,
  change: (status: NonNullable<Job['status']>) => void,
): void {
  registry.mutate(KINDS.jobs, job, controllerWriter('batch/v1', 'status'), (copy) => {
    const status = (copy as Job).status ?? {};
    change(status);
    const pods = podsOwnedBy(registry.store, job);
    Object.assign(status, {
      ready: pods.filter((pod) => isActive(pod) && matchesReady(pod)).length,
      terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
      uncountedTerminatedPods: {},
    });
    copy.status = status;
  });
}

function expire(registry: Registry, job: Job, lookAgainIn: (ms: number) => void): void {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined) return;
  const ended = job.status?.conditions?.find((entry) => entry.type === 'Complete' || entry.type === 'Failed');
  const leftMs = Date.parse(ended?.lastTransitionTime ?? '') + ttl * 1000 - Date.now();
  if (leftMs > 0) {
    lookAgainIn(leftMs);
    return;
  }
  registry.delete(KINDS.jobs, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Foreground' });
}

function createPod(registry: Registry, job: Job): void {
  const { metadata, spec } = cloneJson(job.spec.template);
  registry.create(
    KINDS.pods,
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: '',
        generateName: `${job.metadata.name}-`,
        namespace: job.metadata.namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
        ownerReferences: [ownedBy(job)],
      } as Metadata,
      spec,
    },
    { writer: controllerWriter('v1') },
  );
}
