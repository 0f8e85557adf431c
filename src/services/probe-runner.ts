/** Looks at one probe once. What cannot be seen is a failed attempt with its reason, never a pass. */
import { fillQuery } from '../core/analysis/promql.ts';
import { workloadOf } from '../core/rollout/adoption.ts';
import type { ProbeSeen } from '../core/rollout/decision.ts';
import type { Plan, ProbeCheck, ProbeSpec } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { toDabbawalaError } from '../lib/errors.ts';
import type { MetricsSource } from '../ports/metrics-source.ts';
import type { TcpProber } from '../ports/tcp-prober.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';

export interface ProbeQuestion {
  readonly rollout: Rollout;
  readonly plan: Plan;
  readonly candidate: DeploymentState;
  readonly spec: ProbeSpec;
  /** Failed attempts so far: names the Job of this attempt. */
  readonly attempt: number;
}

export interface ProbeRunner {
  look(question: ProbeQuestion, signal: AbortSignal): Promise<ProbeSeen>;
}

export interface ProbePorts {
  readonly workloads: Workloads;
  readonly metrics: MetricsSource;
  readonly tcp: TcpProber;
}

export const createProbeRunner = (ports: ProbePorts): ProbeRunner => ({
  async look(question, signal) {
    try {
      return await look(ports, question, signal);
    } catch (error) {
      return { state: 'failed', evidence: toDabbawalaError(error).message };
    }
  },
});

function look(ports: ProbePorts, question: ProbeQuestion, signal: AbortSignal): Promise<ProbeSeen> {
  const { check } = question.spec;
  switch (check.kind) {
    case 'podHttp':
      return lookAtPods(ports.workloads, question, check, signal);
    case 'job':
      return ports.workloads.readProbeJob(
        placeOf(question.plan),
        question.rollout.id,
        question.spec,
        question.attempt,
        signal,
      );
    case 'promql':
      return askPrometheus(ports.metrics, question, check, signal);
    case 'tcp':
      return connect(ports.tcp, question, check);
  }
}

const placeOf = (plan: Plan) => ({ cluster: plan.cluster, namespace: plan.namespace });

/** Every pod of the candidate must answer: a pod that is not there fails it too. */
async function lookAtPods(
  workloads: Workloads,
  { plan, candidate, spec }: ProbeQuestion,
  check: Extract<ProbeCheck, { kind: 'podHttp' }>,
  signal: AbortSignal,
): Promise<ProbeSeen> {
  const pods = await workloads.pods(placeOf(plan), candidate, plan.container, signal);
  if (pods.length < plan.replicas)
    return { state: 'failed', evidence: `${pods.length} pods where ${plan.replicas} are expected` };
  const request = { scheme: check.scheme, port: check.port, path: check.path, timeoutMs: spec.timeoutMs };
  const answers = await Promise.all(
    pods.map(async (pod) => ({
      pod: pod.name,
      ...(await workloads.podHttp(placeOf(plan), pod.name, request, signal)),
    })),
  );
  const requests = answers.length;
  const bad = answers.find((answer) => answer.status !== check.status);
  if (bad)
    return {
      state: 'failed',
      requests,
      evidence: `${bad.pod}${check.path}: ${bad.status ?? 'no answer'}${bad.detail ? `, ${bad.detail}` : ''}`,
    };
  const slowest = Math.max(...answers.map((answer) => answer.ms));
  return {
    state: 'passed',
    requests,
    evidence: `${answers.length} of ${answers.length} pods answered ${check.status} on ${check.path}, slowest ${Math.round(slowest)} ms`,
  };
}

async function askPrometheus(
  metrics: MetricsSource,
  { plan }: ProbeQuestion,
  check: Extract<ProbeCheck, { kind: 'promql' }>,
  signal: AbortSignal,
): Promise<ProbeSeen> {
  const workload = workloadOf(plan, 'candidate');
  const query = fillQuery(check.query, { workload, windowMs: plan.times.windowMs });
  const reading = await metrics.ask(plan.cluster, query, signal);
  if (reading.kind === 'unknown')
    return { state: 'failed', evidence: `${reading.reason}: ${reading.detail || query}` };
  const isMet = compare(reading.value, check.op, check.value);
  return { state: isMet ? 'passed' : 'failed', evidence: `${reading.value} ${check.op} ${check.value}` };
}

const compare = (value: number, op: Extract<ProbeCheck, { kind: 'promql' }>['op'], limit: number): boolean =>
  ({
    '<': value < limit,
    '<=': value <= limit,
    '>': value > limit,
    '>=': value >= limit,
    '==': value === limit,
  })[op];

async function connect(
  tcp: TcpProber,
  { spec }: ProbeQuestion,
  check: Extract<ProbeCheck, { kind: 'tcp' }>,
): Promise<ProbeSeen> {
  const answer = await tcp.connect(check.host, check.port, spec.timeoutMs);
  return {
    state: answer.ok ? 'passed' : 'failed',
    evidence: `${check.host}:${check.port} ${answer.ok ? `open in ${Math.round(answer.ms)} ms` : answer.detail}`,
  };
}
