import type { Colour } from '../../src/core/colour.ts';
import type { AutoscalerRef, AutoscalerState, BudgetState } from '../../src/core/rollout/autoscaler.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Autoscalers, TwinSpec } from '../../src/ports/autoscalers.ts';
import type { Place } from '../../src/ports/workloads.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Autoscalers and budgets in memory. Held to the same contract suite as the Kubernetes adapter. */
export class FakeAutoscalers implements Autoscalers {
  readonly #states = new Map<string, Mutable<AutoscalerState>>();
  readonly #log: string[];
  #uids = 0;
  budgetStates: BudgetState[] = [];

  /** @param log where writes are noted, such as `floor payment-gateway 6` */
  constructor(log: string[]) {
    this.#log = log;
  }

  seed(name: string, target: string, overrides: Partial<AutoscalerState> = {}): void {
    const kind = overrides.kind ?? 'HorizontalPodAutoscaler';
    this.#states.set(`${kind}/${name}`, {
      kind,
      name,
      uid: `scaler-${++this.#uids}`,
      target,
      min: kind === 'ScaledObject' ? 0 : 1,
      max: 9,
      floor: null,
      madeBy: null,
      owner: null,
      manager: null,
      fault: null,
      isBeingDeleted: false,
      ...overrides,
    });
  }

  /** As it stands; undefined: there is none. */
  find({ kind, name }: AutoscalerRef): Mutable<AutoscalerState> | undefined {
    return this.#states.get(`${kind}/${name}`);
  }

  async autoscalers(_place: Place, deployments: readonly string[]) {
    const all = [...this.#states.values()];
    return {
      found: structuredClone(all.filter(({ target }) => deployments.includes(target))),
      taken: all.map(({ name }) => name),
    };
  }

  async readAutoscaler(_place: Place, ref: AutoscalerRef): Promise<AutoscalerState | null> {
    return structuredClone(this.find(ref)) ?? null;
  }

  async raiseFloor(
    _place: Place,
    ref: AutoscalerRef,
    { rolloutId, replicas }: { readonly rolloutId: string; readonly replicas: number },
  ): Promise<void> {
    const state = this.#must(ref);
    if (state.madeBy === rolloutId ? state.min >= replicas : state.floor?.rolloutId === rolloutId) return;
    const own = state.floor?.ownMin ?? state.min;
    const floor = Math.max(own, replicas);
    if (state.madeBy === null) state.floor = { rolloutId, replicas: floor, ownMin: own };
    state.min = floor;
    this.#log.push(`floor ${ref.name} ${floor}`);
  }

  async createTwin(_place: Place, spec: TwinSpec): Promise<void> {
    const like = this.#must(spec.like);
    const existing = this.find({ kind: like.kind, name: spec.name });
    if (existing?.madeBy === spec.rolloutId) return;
    if (existing) throw new DabbawalaError('state_conflict', `${spec.name} already exists.`);
    this.seed(spec.name, spec.target, {
      kind: like.kind,
      min: spec.floor,
      max: like.max,
      madeBy: spec.rolloutId,
    });
    this.#log.push(`twin ${spec.name} ${spec.floor}`);
  }

  async deleteTwin(_place: Place, ref: AutoscalerRef, _uid: string): Promise<void> {
    const state = this.find(ref);
    if (!state) return;
    if (state.madeBy === null) throw new DabbawalaError('plan_refused', `${ref.name} is not ours.`);
    this.#states.delete(`${ref.kind}/${ref.name}`);
    this.#log.push(`delete twin ${ref.name}`);
  }

  async settleAutoscaler(_place: Place, ref: AutoscalerRef, to: string | null): Promise<void> {
    const state = this.find(ref);
    if (!state || (state.floor === null && (to === null || state.target === to))) return;
    if (state.floor !== null && state.min === state.floor.replicas) state.min = state.floor.ownMin;
    state.floor = null;
    state.target = to ?? state.target;
    this.#log.push(`settle ${ref.name} ${state.target} ${state.min}`);
  }

  async moveAutoscaler(
    _place: Place,
    ref: AutoscalerRef,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<void> {
    const state = this.#must(ref);
    if (state.target === to) return;
    if (state.target !== from)
      throw new DabbawalaError('state_conflict', `${ref.name} scales ${state.target}.`);
    state.target = to;
    this.#log.push(`autoscaler ${ref.name} ${to}`);
  }

  async budgets(): Promise<readonly BudgetState[] | null> {
    return structuredClone(this.budgetStates);
  }

  async budgetColour(_place: Place, name: string): Promise<Colour | null> {
    return this.budgetStates.find((entry) => entry.name === name)?.colour ?? null;
  }

  async moveBudget(_place: Place, name: string, to: Colour): Promise<void> {
    const before = await this.budgetColour(_place, name);
    if (before === null || before === to) return;
    this.budgetStates = this.budgetStates.map((entry) =>
      entry.name === name ? { ...entry, colour: to } : entry,
    );
    this.#log.push(`budget ${name} ${to}`);
  }

  #must(ref: AutoscalerRef): Mutable<AutoscalerState> {
    const state = this.find(ref);
    if (!state) throw new DabbawalaError('object_missing', `${ref.kind} ${ref.name} is not there.`);
    return state;
  }
}
