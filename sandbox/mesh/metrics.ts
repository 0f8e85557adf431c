import { Counter, Histogram, Registry } from 'prom-client';

/** One finished request, as a sidecar reports it. */
export interface RequestSeen {
  readonly reporter: 'source' | 'destination';
  readonly sourceWorkload: string;
  /** `unknown` when no pod was reached, as Istio has it. */
  readonly workload: string;
  readonly namespace: string;
  readonly service: string;
  readonly version: string;
  /** 0: the client went away first. */
  readonly code: number;
  /** Envoy's flags, `-` for none. */
  readonly flags: string;
  readonly durationMs: number;
}

const LABELS = [
  'reporter',
  'source_workload',
  'source_workload_namespace',
  'destination_workload',
  'destination_workload_namespace',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'destination_version',
  'response_code',
  'response_flags',
  'request_protocol',
] as const;

/** Istio's own bucket bounds. */
const BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** Everything that Prometheus scrapes from the mesh: Istio's standard metrics and the applications' own counter. */
export class MeshMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'istio_requests_total',
    help: 'Requests handled by a sidecar.',
    labelNames: LABELS,
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: 'istio_request_duration_milliseconds',
    help: 'Duration of requests.',
    labelNames: LABELS,
    buckets: BUCKETS_MS,
    registers: [this.#registry],
  });
  readonly #payments = new Counter({
    name: 'payments_total',
    help: 'Payments that came to a decision, by workload.',
    labelNames: ['destination_workload', 'destination_workload_namespace', 'version', 'status'] as const,
    registers: [this.#registry],
  });

  recordRequest(seen: RequestSeen): void {
    const labels = {
      reporter: seen.reporter,
      source_workload: seen.sourceWorkload,
      source_workload_namespace: seen.sourceWorkload === 'unknown' ? 'unknown' : seen.namespace,
      destination_workload: seen.workload,
      destination_workload_namespace: seen.workload === 'unknown' ? 'unknown' : seen.namespace,
      destination_service: `${seen.service}.${seen.namespace}.svc.cluster.local`,
      destination_service_name: seen.service,
      destination_service_namespace: seen.namespace,
      destination_version: seen.version,
      response_code: String(seen.code),
      response_flags: seen.flags,
      request_protocol: 'http',
    };
    this.#requests.inc(labels);
    this.#durations.observe(labels, seen.durationMs);
  }

  /** @param count 0 makes the series known before the first payment, as applications do when they start. */
  recordPayment(
    at: { readonly workload: string; readonly namespace: string; readonly version: string },
    status: 'success' | 'failed',
    count = 1,
  ): void {
    this.#payments.inc(
      {
        destination_workload: at.workload,
        destination_workload_namespace: at.namespace,
        version: at.version,
        status,
      },
      count,
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  expose(): Promise<string> {
    return this.#registry.metrics();
  }
}
