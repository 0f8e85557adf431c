import { fillQuery } from '../../core/analysis/promql.ts';
import { type Reading, unknownReading, type WorkloadSample } from '../../core/analysis/reading.ts';
import type { Rule } from '../../core/analysis/rule.ts';
import type { MetricsHistory } from '../../ports/metrics-history.ts';
import type { Clients, MetricsSource, SampleQuestion } from '../../ports/metrics-source.ts';
import { instantQuery, type PrometheusSettings, rangeQuery } from './http-api.ts';
import {
  type Answer,
  ageQuery,
  clientsQuery,
  type Group,
  mapValue,
  p95Query,
  readCounts,
  readOne,
  requestsQuery,
  type Subject,
  single,
} from './queries.ts';

/** Rollouts tick at the same beat: what is asked within this long goes to Prometheus together. */
const FOLD_MS = 5;

interface Answers {
  readonly requests: Answer;
  readonly p95: Answer;
  readonly age: Answer;
}

interface Batch {
  readonly subjects: Subject[];
  readonly answers: Promise<Answers>;
}

/** All rollouts of one Prometheus share three queries a tick, however many there are; own rules are one query each. */
export class PrometheusMetrics implements MetricsSource, MetricsHistory {
  readonly #clusters: ReadonlyMap<string, PrometheusSettings>;
  readonly #open = new Map<string, Batch>();

  /** @param clusters the Prometheus of each cluster, by the cluster's name in config */
  constructor(clusters: ReadonlyMap<string, PrometheusSettings>) {
    this.#clusters = clusters;
  }

  async sample(
    questions: readonly SampleQuestion[],
    signal?: AbortSignal,
  ): Promise<readonly WorkloadSample[]> {
    return Promise.all(questions.map((question) => this.#sampleOne(question, signal)));
  }

  async ask(cluster: string, query: string, signal?: AbortSignal): Promise<Reading> {
    const settings = this.#clusters.get(cluster);
    if (settings === undefined) return noPrometheus(cluster, query);
    const answer = await instantQuery(settings, query, signal);
    return answer.kind === 'failed'
      ? unknownReading(answer.reason, answer.query, answer.detail)
      : single(answer.query, answer.series);
  }

  async clients(
    question: Pick<SampleQuestion, 'cluster' | 'namespace' | 'workload' | 'windowMs'>,
    signal?: AbortSignal,
  ): Promise<Clients> {
    const settings = this.#clusters.get(question.cluster);
    if (settings === undefined)
      return { kind: 'unknown', detail: `no Prometheus is configured for cluster ${question.cluster}` };
    const answer = await instantQuery(settings, clientsQuery(question.windowMs, question), signal);
    if (answer.kind === 'failed') return { kind: 'unknown', detail: `${answer.reason}: ${answer.detail}` };
    return {
      kind: 'known',
      clients: answer.series.map(({ labels, value }) => ({
        name: labels['source_workload'] ?? '',
        requests: Math.round(value),
      })),
    };
  }

  async range(
    cluster: string,
    query: string,
    span: Parameters<MetricsHistory['range']>[2],
    signal?: AbortSignal,
  ): ReturnType<MetricsHistory['range']> {
    const settings = this.#clusters.get(cluster);
    return settings === undefined
      ? { kind: 'unknown', detail: `no Prometheus is configured for cluster ${cluster}` }
      : rangeQuery(settings, query, span, signal);
  }

  async #sampleOne(question: SampleQuestion, signal?: AbortSignal): Promise<WorkloadSample> {
    const settings = this.#clusters.get(question.cluster);
    if (settings === undefined) return allUnknown(question, noPrometheus(question.cluster, ''));
    const [answers, own] = await Promise.all([
      unlessAborted(this.#join(settings, question), signal),
      this.#askOwn(question, signal),
    ]);
    if (answers === null)
      return allUnknown(question, unknownReading('timeout', '', 'the question was withdrawn'));
    const { requests, errors } = readCounts(answers.requests, question);
    return {
      requests,
      errors,
      rps: mapValue(requests, (count) => count / (question.windowMs / 1000)),
      p95Ms: readOne(answers.p95, question),
      ageMs: mapValue(readOne(answers.age, question), (seconds) => Math.max(0, seconds * 1000)),
      own,
    };
  }

  /** Joins the batch that is still open for this cluster, window and reporter, or opens one. */
  #join(settings: PrometheusSettings, question: SampleQuestion): Promise<Answers> {
    const key = JSON.stringify([question.cluster, question.windowMs, question.reporter]);
    const open = this.#open.get(key);
    const subject: Subject = { namespace: question.namespace, workload: question.workload };
    if (open !== undefined) {
      open.subjects.push(subject);
      return open.answers;
    }
    const subjects: Subject[] = [subject];
    const answers = new Promise<void>((resolve) => setTimeout(resolve, FOLD_MS)).then(() => {
      this.#open.delete(key);
      return askAll(settings, question, subjects);
    });
    this.#open.set(key, { subjects, answers });
    return answers;
  }

  async #askOwn(question: SampleQuestion, signal?: AbortSignal): Promise<Readonly<Record<string, Reading>>> {
    const entries = question.own.map(
      async (rule) => [rule.id, await this.#askRule(question, rule, signal)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async #askRule(question: SampleQuestion, rule: Rule, signal?: AbortSignal): Promise<Reading> {
    return rule.query === null
      ? unknownReading('not_asked', '', `rule ${rule.id} has no query`)
      : this.ask(question.cluster, fillQuery(rule.query, question), signal);
  }
}

const askAll = async (
  settings: PrometheusSettings,
  group: Group,
  subjects: readonly Subject[],
): Promise<Answers> => {
  const [requests, p95, age] = await Promise.all([
    instantQuery(settings, requestsQuery(group, subjects)),
    instantQuery(settings, p95Query(group, subjects)),
    instantQuery(settings, ageQuery(group, subjects)),
  ]);
  return { requests, p95, age };
};

/** One caller's abort must not take the batch from the others: it only stops waiting. null: aborted. */
const unlessAborted = <T>(answers: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> => {
  if (signal === undefined) return answers;
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve) => {
    const stop = (): void => resolve(null);
    signal.addEventListener('abort', stop, { once: true });
    void answers.then((value) => {
      signal.removeEventListener('abort', stop);
      resolve(value);
    });
  });
};

const noPrometheus = (cluster: string, query: string): Reading =>
  unknownReading('unreachable', query, `no Prometheus is configured for cluster ${cluster}`);

const allUnknown = (question: SampleQuestion, reading: Reading): WorkloadSample => ({
  requests: reading,
  errors: reading,
  rps: reading,
  p95Ms: reading,
  ageMs: reading,
  own: Object.fromEntries(question.own.map((rule) => [rule.id, reading])),
});
