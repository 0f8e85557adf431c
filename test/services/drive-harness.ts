/** The drive loop against a world in memory: time moves only while the loop sleeps, and a process can die at any call. */
import type { Sample } from '../../src/core/analysis/reading.ts';
import type { PlanOutcome } from '../../src/core/rollout/decision.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { planDigest, sha256OfJson } from '../../src/core/rollout/plan-digest.ts';
import { hasEnded, type Rollout } from '../../src/core/rollout/rollout.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Wakeups } from '../../src/ports/drive-queue.ts';
import type { MetricsSource } from '../../src/ports/metrics-source.ts';
import { createReconciler } from '../../src/services/rollout-reconciler.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import { createMemoryStores, MemoryClock } from '../fakes/memory-store.ts';
import { BLIND, type Numbers, workload } from '../support/observed.ts';
import { MINUTE, makePlan, makeRollout, POLICY, SECOND, T0, TARGET } from '../support/rollout-fixtures.ts';

export const ID = 'r-aaaaaaaaaaaa';
export const BLUE = 'payment-gateway-blue';
export const GREEN = 'payment-gateway-green';
export const PLACE = { cluster: 'mumbai-1', namespace: 'payments' };
const TEMPLATE = {
  metadata: { labels: { app: 'payment-gateway' } },
  spec: { containers: [{ name: 'app', image: 'registry.example/payments/payment-gateway:v1' }] },
};

const DRAFT = makePlan({
  steps: [25, 100],
  probes: [],
  templateHash: sha256OfJson(TEMPLATE),
  approval: { ...POLICY, needed: 0 },
  times: {
    ...makePlan().times,
    tickMs: SECOND,
    stepMs: 2 * SECOND,
    bakeMs: 2 * SECOND,
    drainMs: 2 * SECOND,
    scrapeIntervalMs: SECOND,
    readinessMs: MINUTE,
  },
});
export const PLAN = { ...DRAFT, digest: planDigest(DRAFT) };

type Call = (...args: readonly never[]) => unknown;

/** A process that dies: from its last call on nothing it does reaches the world, and nothing answers it. */
export class Process {
  calls = 0;
  readonly died: Promise<'died'>;
  #die: () => void = () => {};
  #isDead = false;
  readonly #at: number;
  readonly #when: 'before' | 'after';

  /** @param at number of the call with an effect at which it dies; 0: never */
  constructor(at = 0, when: 'before' | 'after' = 'before') {
    this.#at = at;
    this.#when = when;
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
  }

  /** `of` as this process reaches it. */
  through<T extends object>(of: T, effects: readonly string[]): T {
    return new Proxy(of, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: readonly never[]) =>
          this.#call(() => (value as Call).apply(target, args as never), effects.includes(String(name)));
      },
    });
  }

  async #call(work: () => unknown, isEffect: boolean): Promise<unknown> {
    if (this.#isDead) return new Promise(() => {});
    if (isEffect) this.calls += 1;
    const isLast = isEffect && this.calls === this.#at;
    if (!isLast) return work();
    if (this.#when === 'after') await work();
    this.#isDead = true;
    this.#die();
    return new Promise(() => {});
  }
}

export class World {
  readonly clock = new MemoryClock(T0);
  readonly stores = createMemoryStores(this.clock);
  readonly router = new FakeRouter();
  readonly workloads = new FakeWorkloads();
  /** The candidate's numbers beside its requests, by what it has of the traffic. */
  candidate: (percent: number) => Numbers = () => ({});
  isPrometheusDown = false;
  /** What the planner answers. */
  plan: Plan = PLAN;
  beforeSample: () => Promise<void> = async () => {};
  /** Runs when a sample is taken and not yet handed out: the place of a long sleep. */
  afterSample: () => Promise<void> = async () => {};
  /** Runs after each sleep of the loop. */
  onSleep: (sleeps: number) => Promise<void> | void = () => {};
  sleeps = 0;
  /** What the mesh serves goes on while its API does not answer. */
  #served = 0;
  /** What must never happen, seen at the moment it happened. */
  readonly faults: string[] = [];

  constructor() {
    const live = { colour: 'blue' as const, rolloutId: 'r-000000000001', digest: PLAN.from.digest };
    this.workloads.seed(PLACE, BLUE, live);
    // What the last promotion left behind.
    this.workloads.seed(PLACE, GREEN, { colour: 'green', rolloutId: 'r-000000000000', replicas: 0 });
    this.workloads.seed(PLACE, PLAN.template, { replicas: 0, template: TEMPLATE });
    this.router.seed(PLAN.route, { blue: 100, green: 0 });
    this.#watchDeployments();
  }

  async begin(overrides: Partial<Rollout> = {}): Promise<void> {
    const rollout = makeRollout({
      id: ID,
      phase: 'planning',
      plan: null,
      approvals: [],
      step: -1,
      desiredPercent: 0,
      confirmedPercent: 0,
      peakPercent: 0,
      chart: [],
      verdicts: [],
      candidateUid: null,
      clock: { knownTicks: 0, neededTicks: 1, lastTickAt: null, blindSince: null },
      createdAt: T0,
      phaseSince: T0,
      ...overrides,
    });
    await this.stores.targets.takeClaim(TARGET, ID);
    await this.stores.rollouts.create(rollout, []);
  }

  /** Drives until the loop leaves, or the process dies. */
  drive(process = new Process(), signal = new AbortController().signal): Promise<'left' | 'died'> {
    const drive = createReconciler({
      store: process.through(this.stores.rollouts, ['save', 'takeToken']),
      targets: process.through(this.stores.targets, ['takeClaim', 'releaseClaim']),
      router: process.through(this.router, ['setWeight', 'takeOver', 'release']),
      workloads: process.through(this.workloads, [
        ...['createCandidate', 'deleteColour', 'scale'],
        ...['raiseFloor', 'createTwin', 'deleteTwin', 'settleAutoscaler', 'moveBudget'],
      ]),
      metrics: process.through(this.#metrics(), []),
      clock: this.clock,
      queue: { wake: async () => {}, wakeChannel: async () => {} },
      planner: async (): Promise<PlanOutcome> => ({ kind: 'planned', plan: this.plan }),
      probes: { look: async () => ({ state: 'passed', evidence: 'ok' }) },
      onCall: { users: [], groups: [] },
      log: silentLog as never,
    });
    return Promise.race([drive(ID, signal, this.wakeups()).then(() => 'left' as const), process.died]);
  }

  wakeups(): Wakeups {
    return {
      nextWake: () => new AbortController().signal,
      sleep: async (ms) => {
        this.sleeps += 1;
        if (this.sleeps > 2000) throw new Error('the loop sleeps for ever');
        this.clock.advance(ms);
        await this.onSleep(this.sleeps);
        return 'elapsed';
      },
    };
  }

  async rollout(): Promise<Rollout> {
    const stored = await this.stores.rollouts.load(ID);
    if (!stored) throw new Error('the rollout is gone');
    return stored.rollout;
  }

  async change(change: Partial<Rollout>): Promise<void> {
    const stored = await this.stores.rollouts.load(ID);
    if (!stored) throw new Error('the rollout is gone');
    await this.stores.rollouts.save(ID, {
      next: { ...stored.rollout, ...change },
      expectedRev: stored.rev,
      token: null,
      lines: [],
      audit: [],
      isDirty: true,
    });
  }

  async percent(): Promise<number> {
    return (await this.router.read(PLAN.route)).percent.green;
  }

  get writes(): readonly number[] {
    return this.router.writes.map((write) => write.percent);
  }

  async replicas(name: string): Promise<number | null> {
    return (await this.workloads.readDeployment(PLACE, name))?.replicas ?? null;
  }

  #metrics(): MetricsSource {
    return {
      ask: async () => ({ kind: 'value', value: 1 }),
      clients: async () => ({ kind: 'known', clients: [] }),
      sample: async () => {
        await this.beforeSample();
        if (this.isPrometheusDown) return [BLIND.stable, BLIND.candidate];
        this.#served = await this.percent().catch(() => this.#served);
        const percent = this.#served;
        const hadTraffic = this.router.writes.length > 0;
        const sample: Sample = {
          stable: workload({ requests: 40 * (100 - percent) }),
          candidate: workload({
            requests: percent > 0 || hadTraffic ? 40 * percent : null,
            ...this.candidate(percent),
          }),
        };
        await this.afterSample();
        return [sample.stable, sample.candidate];
      },
    };
  }

  /** A colour with traffic is neither deleted nor scaled down, by whomever. */
  #watchDeployments(): void {
    const { workloads } = this;
    const look = async (deed: string, name: string): Promise<void> => {
      const { percent } = await this.router.read(PLAN.route);
      if (percent[name === BLUE ? 'blue' : 'green'] > 0) this.faults.push(`${deed} ${name} with traffic`);
      const rollout = await this.rollout();
      if (hasEnded(rollout)) this.faults.push(`${deed} ${name} after the end`);
    };
    const scale = workloads.scale.bind(workloads);
    workloads.scale = async (place, name, uid, replicas) => {
      if (replicas === 0) await look('scaled down', name);
      return scale(place, name, uid, replicas);
    };
    const remove = workloads.deleteColour.bind(workloads);
    workloads.deleteColour = async (place, name, uid) => {
      await look('deleted', name);
      return remove(place, name, uid);
    };
  }
}
