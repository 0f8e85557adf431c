import {
  knownReading,
  type Reading,
  type UnknownReason,
  unknownReading,
  type WorkloadSample,
} from '../../src/core/analysis/reading.ts';
import type { Clients, MetricsSource, SampleQuestion } from '../../src/ports/metrics-source.ts';

export interface FakeTraffic {
  /** Requests in the window. */
  readonly requests: number;
  readonly errors?: number;
  readonly p95Ms?: number;
  readonly ageMs?: number;
  /** Answers of own rules, by rule id. */
  readonly own?: Readonly<Record<string, Reading>>;
}

/** Numbers in memory, by workload. Held to the same contract suite as the Prometheus adapter. */
export class FakeMetrics implements MetricsSource {
  readonly #traffic = new Map<string, FakeTraffic>();
  readonly #answers = new Map<string, Reading>();
  #outage: { readonly reason: UnknownReason; readonly detail: string } | null = null;
  /** Every question asked, in order. */
  readonly asked: SampleQuestion[] = [];

  set(workload: string, traffic: FakeTraffic | null): void {
    if (traffic === null) this.#traffic.delete(workload);
    else this.#traffic.set(workload, traffic);
  }

  /** What ask() says to one text. */
  answer(query: string, reading: Reading): void {
    this.#answers.set(query, reading);
  }

  /** Everything is unknown for this reason until it is null again. */
  failWith(reason: UnknownReason | null, detail = 'outage'): void {
    this.#outage = reason === null ? null : { reason, detail };
  }

  async sample(questions: readonly SampleQuestion[]): Promise<readonly WorkloadSample[]> {
    this.asked.push(...questions);
    return questions.map((question) => this.#sampleOne(question));
  }

  /** Who sends to a workload, by its name. */
  readonly senders = new Map<string, readonly { readonly name: string; readonly requests: number }[]>();

  async clients({ workload }: Pick<SampleQuestion, 'workload'>): Promise<Clients> {
    return this.#outage
      ? { kind: 'unknown', detail: this.#outage.detail }
      : { kind: 'known', clients: this.senders.get(workload) ?? [] };
  }

  async ask(_cluster: string, query: string): Promise<Reading> {
    if (this.#outage) return unknownReading(this.#outage.reason, query, this.#outage.detail);
    return this.#answers.get(query) ?? unknownReading('no_data', query, 'no series');
  }

  #sampleOne(question: SampleQuestion): WorkloadSample {
    const traffic = this.#traffic.get(question.workload);
    const query = `fake{destination_workload="${question.workload}"}`;
    const reading = (value: number | undefined): Reading => {
      if (this.#outage) return unknownReading(this.#outage.reason, query, this.#outage.detail);
      if (value === undefined) return unknownReading('no_data', query, 'no series');
      return Number.isFinite(value) ? knownReading(value) : unknownReading('not_finite', query, `${value}`);
    };
    const requests = reading(traffic?.requests);
    return {
      requests,
      errors: reading(traffic && (traffic.errors ?? 0)),
      rps: requests.kind === 'value' ? knownReading(requests.value / (question.windowMs / 1000)) : requests,
      p95Ms: reading(traffic && (traffic.p95Ms ?? 100)),
      ageMs: reading(traffic && (traffic.ageMs ?? 1000)),
      own: Object.fromEntries(
        question.own.map((rule) => [
          rule.id,
          (!this.#outage && traffic?.own?.[rule.id]) || reading(undefined),
        ]),
      ),
    };
  }
}
