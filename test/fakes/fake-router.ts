import { type Colour, otherColour } from '../../src/core/colour.ts';
import type { RouteSurvey } from '../../src/core/rollout/facts.ts';
import type { MeshSurvey } from '../../src/core/rollout/ground.ts';
import type { RouteRef } from '../../src/core/rollout/plan.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type {
  Recalled,
  RouteMarks,
  RouteNote,
  RouteState,
  TrafficRouter,
  WeightChange,
} from '../../src/ports/traffic-router.ts';

export interface FakePair {
  readonly blue: number;
  readonly green: number;
  /** Weights of further destinations in the same route; nobody touches them. */
  readonly others?: Readonly<Record<string, number>>;
  readonly owner?: string | null;
  /** One destination without a subset: before adoption. */
  readonly isPlain?: boolean;
  readonly hasSubsets?: boolean;
}

interface Held {
  weight: Record<Colour, number>;
  readonly others: Readonly<Record<string, number>>;
  readonly owner: string | null;
  isPlain: boolean;
  hasSubsets: boolean;
  revision: number;
  marks: RouteMarks | null;
  memory: Recalled['memory'];
  lastWriter: string | null;
  managers: Set<string>;
}

const OURS = 'dabbawala';
const keyOf = (route: RouteRef): string =>
  `${route.cluster}/${route.namespace}/${route.name}#${route.service}`;

/** Routes in memory. Held to the same contract suite as the Istio adapter. */
export class FakeRouter implements TrafficRouter {
  readonly #routes = new Map<string, Held>();
  #fault: DabbawalaError | null = null;
  /** Runs once, after a write has begun and before it is judged: the place of a race. */
  beforeWrite: (() => void) | null = null;
  /** Every weight that was stored, in order. */
  readonly writes: { readonly route: string; readonly candidate: Colour; readonly percent: number }[] = [];
  readonly released: string[] = [];
  readonly announced: string[] = [];

  seed(route: RouteRef, pair: FakePair): void {
    this.#routes.set(keyOf(route), {
      weight: { blue: pair.blue, green: pair.green },
      others: pair.others ?? {},
      owner: pair.owner ?? null,
      isPlain: pair.isPlain ?? false,
      hasSubsets: pair.hasSubsets ?? pair.isPlain !== true,
      revision: 1,
      marks: null,
      memory: { kind: 'none' },
      lastWriter: 'kubectl-client-side-apply',
      managers: new Set(['kubectl-client-side-apply']),
    });
  }

  /** Somebody else's edit. */
  edit(route: RouteRef, weight: Readonly<Record<Colour, number>>, manager = 'kubectl-edit'): void {
    const held = this.#held(route);
    held.weight = { ...weight };
    held.revision += 1;
    held.lastWriter = manager;
    held.managers.add(manager);
  }

  remove(route: RouteRef): void {
    this.#routes.delete(keyOf(route));
  }

  /** Every call throws this until it is null again. */
  failWith(fault: DabbawalaError | null): void {
    this.#fault = fault;
  }

  /** What a write must leave alone. */
  rest(route: RouteRef): unknown {
    const { others, owner } = this.#held(route);
    return structuredClone({ others, owner });
  }

  managers(route: RouteRef): readonly string[] {
    return [...this.#held(route).managers];
  }

  async read(route: RouteRef): Promise<RouteState> {
    return toState(route, this.#held(route));
  }

  async setWeight(route: RouteRef, change: WeightChange): Promise<RouteState> {
    const held = this.#guard(route, change.marks, change.seen);
    if (route.plainAs !== undefined) this.#turn(route.plainAs, held, change);
    const total = held.weight.blue + held.weight.green;
    const units =
      change.percent <= 0
        ? 0
        : change.percent >= 100
          ? total
          : Math.max(1, Math.round((change.percent * total) / 100));
    held.weight = {
      ...held.weight,
      [change.candidate]: units,
      [otherColour(change.candidate)]: total - units,
    };
    this.writes.push({ route: keyOf(route), candidate: change.candidate, percent: change.percent });
    return this.#store(route, held, change.marks, true);
  }

  async takeOver(route: RouteRef, marks: RouteMarks, seen: RouteState): Promise<RouteState> {
    return this.#store(route, this.#guard(route, marks, seen), marks, false);
  }

  async release(route: RouteRef): Promise<void> {
    if (this.#fault) throw this.#fault;
    const held = this.#routes.get(keyOf(route));
    held?.managers.delete(OURS);
    if (held) held.memory = { kind: 'none' };
    this.released.push(keyOf(route));
  }

  async recall(route: RouteRef): Promise<Recalled> {
    const { marks, memory } = this.#held(route);
    return structuredClone({ marks, memory });
  }

  async announce(route: RouteRef, { text }: RouteNote): Promise<void> {
    this.#held(route);
    this.announced.push(text);
  }

  canKeep(): boolean {
    return true;
  }

  /** Somebody wrote something else where the memory stood. */
  spoilMemory(route: RouteRef): void {
    this.#held(route).memory = { kind: 'unreadable', why: 'it is no state of ours' };
  }

  async survey(route: RouteRef): Promise<RouteSurvey> {
    const { isPlain, hasSubsets } = this.#held(route);
    return {
      shape: isPlain ? 'plain' : 'split',
      fault: '',
      coversMesh: true,
      rules: hasSubsets ? [route.host] : [],
    };
  }

  /** What surveyMesh() says beside the owners of the routes. */
  readonly mesh: { uncoloured: string[]; unseenRoutes: string | null; policies: MeshSurvey['policies'] } = {
    uncoloured: [],
    unseenRoutes: null,
    policies: { kind: 'known', value: [] },
  };

  async surveyMesh(route: RouteRef): Promise<MeshSurvey> {
    const { owner } = this.#held(route);
    return {
      ...this.mesh,
      owners: owner === null ? [] : [{ kind: 'VirtualService', name: route.name, owner }],
    };
  }

  async hasSubsets(route: RouteRef): Promise<boolean> {
    return this.#held(route).hasSubsets;
  }

  async addSubsets(route: RouteRef): Promise<void> {
    this.#held(route).hasSubsets = true;
  }

  #turn(plainAs: Colour, held: Held, { candidate, percent }: WeightChange): void {
    if (percent !== 0 && percent !== 100)
      throw new DabbawalaError('route_unusable', 'An adoption moves all or nothing.');
    const live = percent === 100 ? candidate : otherColour(candidate);
    if (live !== plainAs && !held.hasSubsets)
      throw new DabbawalaError('route_unusable', 'The subsets are not there.');
    held.isPlain = live === plainAs;
    held.weight = { blue: 50, green: 50 };
  }

  #store(route: RouteRef, held: Held, marks: RouteMarks, isSpec: boolean): RouteState {
    const { memory, ...rest } = marks;
    held.marks = rest;
    if (memory) held.memory = { kind: 'known', value: structuredClone(memory) };
    held.revision += 1;
    if (isSpec) held.lastWriter = OURS;
    held.managers.add(OURS);
    return toState(route, held);
  }

  #guard(route: RouteRef, marks: RouteMarks, seen: RouteState): Held {
    const race = this.beforeWrite;
    this.beforeWrite = null;
    race?.();
    const held = this.#held(route);
    if (held.marks !== null && held.marks.token > marks.token)
      throw new DabbawalaError('fenced', `The route is held by token ${held.marks.token}.`);
    if (String(held.revision) !== seen.resourceVersion)
      throw new DabbawalaError('route_conflict', 'The route was changed between read and write.');
    return held;
  }

  #held(route: RouteRef): Held {
    if (this.#fault) throw this.#fault;
    const held = this.#routes.get(keyOf(route));
    if (held === undefined)
      throw new DabbawalaError(
        'object_missing',
        `VirtualService ${route.namespace}/${route.name} is not there.`,
      );
    return held;
  }
}

const toState = (route: RouteRef, held: Held): RouteState => {
  if (held.isPlain && route.plainAs === undefined)
    throw new DabbawalaError('route_unusable', 'The route names no colour.');
  if (held.isPlain)
    held.weight = { blue: route.plainAs === 'blue' ? 100 : 0, green: route.plainAs === 'green' ? 100 : 0 };
  const total = held.weight.blue + held.weight.green;
  if (total === 0)
    throw new DabbawalaError('route_unusable', 'Neither colour has any weight: their sum is 0.');
  const blue = (held.weight.blue / total) * 100;
  return {
    resourceVersion: String(held.revision),
    percent: { blue, green: 100 - blue },
    weight: { ...held.weight },
    marks: held.marks,
    lastWriter: held.lastWriter,
    isHeld: held.managers.has(OURS),
    owner: held.owner,
  };
};
