/** What an engineer would type first: the pods of a workload, how they ended, and the warnings about them. */
import * as z from 'zod';
import { workloadOfPod } from '../../core/alert/fingerprint.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { Diagnosis, Diagnostics, EventDiagnosis, PodDiagnosis } from '../../ports/diagnostics.ts';
import type { Place } from '../../ports/workloads.ts';
import type { KubeClient, KubeObject } from './client.ts';
import { type KnownPod, parsePods, waitingReason } from './observed.ts';
import { redact } from './redact.ts';
import { EVENT, POD } from './resources.ts';

const WARNINGS_AT_MOST = 20;

const eventSchema = z.looseObject({
  type: z.string().default(''),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  note: z.string().nullish(),
  count: z.number().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  firstTimestamp: z.string().nullish(),
  metadata: z.looseObject({ creationTimestamp: z.string().nullish() }).default({}),
  involvedObject: z.looseObject({ kind: z.string().default(''), name: z.string().default('') }),
});

export class KubernetesDiagnostics implements Diagnostics {
  readonly #clients: ReadonlyMap<string, KubeClient>;

  /** @param clients by the cluster's name in config */
  constructor(clients: ReadonlyMap<string, KubeClient>) {
    this.#clients = clients;
  }

  async look(place: Place, workloads: readonly string[], signal?: AbortSignal): Promise<Diagnosis> {
    const client = this.#client(place);
    const [objects, events] = await Promise.all([
      client.list(POD, place.namespace, '', signal),
      client.list(EVENT, place.namespace, '', signal).catch((error: unknown) => {
        if (isDabbawalaError(error, 'forbidden')) return null;
        throw error;
      }),
    ]);
    const pods = parsePods(objects).filter(({ metadata }) =>
      workloads.includes(workloadOfPod(metadata.name)),
    );
    return {
      pods: pods.map(toDiagnosis).sort((a, b) => sickness(b) - sickness(a)),
      warnings: events && warningsOf(parseEvents(events), workloads),
    };
  }

  async lastLines(
    place: Place,
    pod: string,
    lines: number,
    signal?: AbortSignal,
  ): Promise<readonly string[] | null> {
    const client = this.#client(place);
    try {
      const object = await client.find(POD, place.namespace, pod, signal);
      const [known] = object === null ? [] : parsePods([object]);
      const container = known?.status?.containerStatuses?.[0];
      if (!container) return null;
      const isBetweenRuns = container.restartCount > 0 && container.state?.running == null;
      const text = await client.log(place.namespace, pod, container.name, lines, signal, isBetweenRuns);
      const found = text.split('\n').filter((line) => line.trim() !== '');
      return found.length === 0 ? null : found.slice(-lines).map((line) => redact(line, 300));
    } catch (error) {
      if (error instanceof DabbawalaError) return null;
      throw error;
    }
  }

  #client({ cluster }: Place): KubeClient {
    const client = this.#clients.get(cluster);
    if (!client) throw new DabbawalaError('internal', `No cluster "${cluster}" is configured.`);
    return client;
  }
}

const parseEvents = (objects: readonly KubeObject[]): readonly z.output<typeof eventSchema>[] =>
  objects.flatMap((object) => {
    const read = eventSchema.safeParse(object);
    return read.success ? [read.data] : [];
  });

const timeOf = (text: string | null | undefined): number | null => {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
};

function toDiagnosis(pod: KnownPod): PodDiagnosis {
  const statuses = pod.status?.containerStatuses ?? [];
  const ends = statuses.flatMap((status) => {
    const end = status.state?.terminated ?? status.lastState?.terminated;
    return end == null ? [] : [{ container: status.name, end }];
  });
  const last = ends.sort((a, b) => (timeOf(b.end.finishedAt) ?? 0) - (timeOf(a.end.finishedAt) ?? 0))[0];
  return {
    name: pod.metadata.name,
    isReady:
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    waiting: waitingReason(pod),
    restarts: Math.max(0, ...statuses.map(({ restartCount }) => restartCount)),
    lastExit: last
      ? {
          container: last.container,
          reason: last.end.reason ?? 'Error',
          exitCode: last.end.exitCode,
          at: timeOf(last.end.finishedAt),
        }
      : null,
  };
}

const sickness = ({ isReady, waiting, restarts }: PodDiagnosis): number =>
  (isReady ? 0 : 2000) + (waiting === null ? 0 : 4000) + Math.min(restarts, 1000);

function warningsOf(
  events: readonly z.output<typeof eventSchema>[],
  workloads: readonly string[],
): readonly EventDiagnosis[] {
  return events
    .filter(({ type }) => type === 'Warning')
    .filter(
      ({ involvedObject: { name } }) => workloads.includes(name) || workloads.includes(workloadOfPod(name)),
    )
    .map((event) => ({
      at: timeOf(event.lastTimestamp) ?? timeOf(event.eventTime) ?? timeOf(event.metadata.creationTimestamp),
      reason: event.reason ?? '',
      text: redact(event.message ?? event.note ?? '', 200),
      object: event.involvedObject.name,
      count: event.count ?? 1,
    }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
    .slice(0, WARNINGS_AT_MOST);
}
