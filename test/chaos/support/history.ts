/** What the outside saw, put together for the checker: API server, Prometheus' proxy, store, load. */
import type { Redis } from 'ioredis';
import type { AuditRecord } from '../../../src/core/audit.ts';
import { verifyChain } from '../../../src/core/audit-chain.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { rawClient } from '../../support/redis.ts';
import type { Breach, Decided, History, KnownRollout, RouteWrite } from '../checker.ts';
import type { ChaosWorld } from './chaos-world.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

const ROUTE = /\/virtualservices\/([^/]+)$/;

/** The candidate's percent: of the two weights that of the subset that is not stable. */
function percentOf(operations: readonly Operation[], stable: string): number | null {
  const weights = operations.filter(({ op, path }) => op === 'add' && path.endsWith('/weight'));
  const subsetAt = (path: string): string | undefined => {
    const destination = operations.find(
      (operation) => operation.op === 'test' && operation.path === path.replace(/weight$/, 'destination'),
    );
    return (destination?.value as { subset?: string } | undefined)?.subset;
  };
  const candidate = weights.find(({ path }) => subsetAt(path) !== stable);
  return candidate === undefined ? null : Number(candidate.value);
}

/** PATCHes with our marks that the API server took. */
export const routeWrites = ({ world }: ChaosWorld): readonly RouteWrite[] =>
  world.cluster.requests().flatMap(({ at, method, path, status, body }) => {
    const [, service = ''] = ROUTE.exec(path) ?? [];
    if (method !== 'PATCH' || service === '' || status !== 200) return [];
    const operations = body as readonly Operation[];
    const mark = (name: string): string =>
      String(
        operations.find((operation) => operation.path.endsWith(`dabbawala.dev~1${name}.${service}`))?.value,
      );
    const rollout = mark('rollout');
    if (rollout === 'undefined') return [];
    return [
      { at, service, rollout, token: Number(mark('token')), percent: percentOf(operations, mark('stable')) },
    ];
  });

export class Store {
  readonly #redis: Redis;
  readonly #since: number;

  constructor({ world, startedAt }: ChaosWorld) {
    this.#since = startedAt;
    this.#redis = rawClient(world.redis.port);
    // It is killed under this client too.
    this.#redis.on('error', () => undefined);
  }

  close(): void {
    this.#redis.disconnect();
  }

  async rollouts(): Promise<readonly Rollout[]> {
    const names = await this.#redis.keys('db:{r:*}:s');
    const docs = await Promise.all(names.map((name) => this.#redis.hget(name, 'doc')));
    return docs
      .flatMap((doc) => (doc === null ? [] : [JSON.parse(doc) as Rollout]))
      .filter(({ createdAt }) => createdAt >= this.#since);
  }

  async of(service: string, version: string): Promise<Rollout | null> {
    const found = await this.rollouts();
    return found.find((rollout) => rollout.target.service === service && rollout.version === version) ?? null;
  }

  async load(id: string): Promise<Rollout | null> {
    const doc = await this.#redis.hget(`db:{r:${id}}:s`, 'doc');
    return doc === null ? null : (JSON.parse(doc) as Rollout);
  }

  flush(): Promise<unknown> {
    return this.#redis.flushall();
  }

  async chains(): Promise<ReadonlyMap<string, readonly AuditRecord[]>> {
    const names = (await this.#redis.keys('db:{*}:a')).filter((name) => !name.endsWith('{act}'));
    const entries = await Promise.all(
      names.map(async (name) => {
        const rows = await this.#redis.xrange(name, '-', '+');
        const records = rows.map(([, fields]): AuditRecord => {
          const field = (key: string): string => fields[fields.indexOf(key) + 1] ?? '';
          return { ...JSON.parse(field('rec')), hash: field('hash') } as AuditRecord;
        });
        return [name, records] as const;
      }),
    );
    return new Map(entries);
  }
}

const decisionsOf = (records: readonly AuditRecord[], rollouts: readonly Rollout[]): readonly Decided[] =>
  records
    .filter(
      ({ action, data }) =>
        action === 'rollout.vote' && ['approved', 'rejected'].includes(String(data['state'])),
    )
    .map(({ at, object, data }) => {
      const rollout = object.split('#').at(-1) ?? '';
      const approval = String(data['approval']);
      const subject = rollouts
        .find(({ id }) => id === rollout)
        ?.approvals.find(({ id }) => id === approval)?.subject;
      return {
        rollout,
        approval,
        subject: subject?.kind ?? 'plan',
        percent: subject && 'percent' in subject ? subject.percent : null,
        state: data['state'] as Decided['state'],
        at,
      };
    });

const ticks = (ms: number, tickMs: number): number => Math.max(1, Math.ceil(ms / tickMs));

const known = (rollout: Rollout): readonly KnownRollout[] => {
  const { id, target, plan, phase, endedAt } = rollout;
  if (!plan) return [];
  return [
    {
      id,
      service: target.service,
      workload: `${target.service}-${plan.candidateColour}`,
      steps: plan.steps,
      stepLooks: ticks(plan.times.stepMs, plan.times.tickMs),
      bakeLooks: ticks(plan.times.bakeMs, plan.times.tickMs),
      minRequests: plan.analysis.minRequests,
      isFastLane: plan.approval.needed === 0,
      phase,
      endedAt,
    },
  ];
};

export async function collect(
  chaos: ChaosWorld,
  store: Store,
  told: { readonly breaches?: readonly Breach[]; readonly dark?: History['dark'] } = {},
): Promise<History> {
  const [rollouts, chains, counters] = await Promise.all([
    store.rollouts(),
    store.chains(),
    chaos.world.mesh.counters(),
  ]);
  const lost = Object.values(counters).some(({ failed }) => failed > 0)
    ? await chaos.world.mesh.failures()
    : [];
  return {
    writes: routeWrites(chaos),
    looks: chaos.looks,
    decisions: decisionsOf([...chains.values()].flat(), rollouts),
    rollouts: rollouts.flatMap(known),
    breaches: told.breaches ?? [],
    dark: told.dark ?? [],
    chainFaults: [...chains].flatMap(([name, records]) => {
      const fault = verifyChain(records);
      return fault ? [`${name}: ${fault.message}`] : [];
    }),
    lostRequests: lost.map(({ at, service, reason }) => `${service} ${at} ${reason}`),
  };
}
