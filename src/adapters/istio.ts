import { randomBytes } from 'node:crypto';
import type { Colour } from '../core/colour.ts';
import { otherColour } from '../core/colour.ts';
import type { RouteSurvey } from '../core/rollout/facts.ts';
import type { MeshSurvey } from '../core/rollout/ground.ts';
import type { Plan, RouteRef } from '../core/rollout/plan.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import { unitsOf } from '../lib/whole-units.ts';
import type {
  Recalled,
  RouteMarks,
  RouteNote,
  RouteState,
  TrafficRouter,
  WeightChange,
} from '../ports/traffic-router.ts';
import {
  forgetOperations,
  lastSpecWriter,
  markOperations,
  readMarks,
  readRecalled,
  readToken,
} from './istio-marks.ts';
import {
  findPlain,
  joinOperations,
  newRule,
  splitOperations,
  subsetOperations,
  surveyOf,
} from './istio-plain.ts';
import {
  findPair,
  findSubsetFault,
  findUncoloured,
  type KnownVirtualService,
  type Pair,
  parseVirtualService,
  rulesFor,
  unusable,
} from './istio-route.ts';
import { surveyMesh } from './istio-survey.ts';
import {
  FIELD_MANAGER,
  type KubeClient,
  type KubeObject,
  type PatchOperation,
  pointer,
} from './kubernetes/client.ts';
import { eventAbout } from './kubernetes/event.ts';
import { findOwner } from './kubernetes/owner.ts';
import {
  destinationRule,
  EVENT,
  type Kind,
  peerAuthentication,
  virtualService,
} from './kubernetes/resources.ts';
import { fitsOnRoute } from './route-memory.ts';

const VERSIONS = ['v1', 'v1beta1'] as const;
const MAX_RELEASE_ROUNDS = 8;

export interface IstioRouterOptions {
  /** How long the DestinationRules of a namespace may serve looks at its routes; a weight rises on fresh ones alone. */
  readonly rulesValidMs?: number;
  /** Seals what a route remembers. Without it nobody but this very object believes what it wrote. */
  readonly sealKey?: Buffer;
}

/** Weights of two subsets in an Istio VirtualService. One router per cluster. */
export class IstioRouter implements TrafficRouter {
  readonly #client: KubeClient;
  readonly #rulesValidMs: number;
  readonly #sealKey: Buffer;
  /** By namespace: a hundred rollouts would else list all rules of it a hundred times a tick. */
  readonly #rules = new Map<
    string,
    { readonly at: number; readonly rules: Promise<readonly KubeObject[]> }
  >();
  /** The version that the cluster was last seen to serve. */
  #version: (typeof VERSIONS)[number] = 'v1';

  constructor(client: KubeClient, { rulesValidMs = 0, sealKey }: IstioRouterOptions = {}) {
    this.#client = client;
    this.#sealKey = sealKey ?? randomBytes(32);
    this.#rulesValidMs = rulesValidMs;
  }

  async read(route: RouteRef, signal?: AbortSignal): Promise<RouteState> {
    const subsets = this.#rulesSeen(route.namespace, signal)
      .then((rules) => findSubsetFault(route, rules))
      .catch((error: unknown) => error);
    const object = parseVirtualService(route, await this.#get(route, signal));
    if (isPlainNow(route, object)) {
      // Not a fault here: its adoption has yet to make them. What went wrong is said when they are asked for.
      await subsets;
      return toState(route, object);
    }
    const state = toState(route, object);
    const fault = await subsets;
    // While the candidate has traffic the way back must stay open whatever else is wrong: weight 0 stands on this answer.
    if (state.isHeld && isCandidateServing(state)) return state;
    if (fault instanceof Error) throw fault;
    const sentence = typeof fault === 'string' ? fault : findUncoloured(route, object);
    if (sentence !== null) throw unusable(route, sentence);
    return state;
  }

  async setWeight(route: RouteRef, change: WeightChange, signal?: AbortSignal): Promise<RouteState> {
    const object = await this.#unmoved(route, change.marks, change.seen, signal);
    if (route.plainAs !== undefined) {
      const turn = await this.#turn(route, route.plainAs, object, change, signal);
      const marks = markOperations(route.service, change.marks, object.metadata, this.#sealKey);
      return this.#write(route, change.seen, [...marks, ...turn], signal);
    }
    const pair = findPair(route, object);
    const before = percentOf(pair, change.candidate);
    if (change.percent > before) {
      const fault = findUncoloured(route, object) ?? (await this.#subsetFault(route, signal));
      if (fault !== null) throw unusable(route, fault);
    }
    const candidate = unitsOf(change.percent, pair.total);
    const operations = [
      ...weightOperations(pair, change.candidate, candidate),
      ...markOperations(route.service, change.marks, object.metadata, this.#sealKey),
    ];
    return this.#write(route, change.seen, operations, signal);
  }

  async takeOver(
    route: RouteRef,
    marks: RouteMarks,
    seen: RouteState,
    signal?: AbortSignal,
  ): Promise<RouteState> {
    const object = await this.#unmoved(route, marks, seen, signal);
    return this.#write(
      route,
      seen,
      markOperations(route.service, marks, object.metadata, this.#sealKey),
      signal,
    );
  }

  async recall(route: RouteRef, signal?: AbortSignal): Promise<Recalled> {
    const object = parseVirtualService(route, await this.#get(route, signal));
    return readRecalled(route.service, object.metadata, isHeld(object), this.#sealKey);
  }

  canKeep(plan: Plan): boolean {
    return fitsOnRoute(plan);
  }

  async announce(route: RouteRef, note: RouteNote, signal?: AbortSignal): Promise<void> {
    const { metadata } = parseVirtualService(route, await this.#get(route, signal));
    const about = { namespace: route.namespace, name: route.name, uid: metadata.uid };
    const event = eventAbout(virtualService(this.#version), about, note);
    await this.#client.create(EVENT, route.namespace, event, {}, signal);
  }

  async survey(route: RouteRef, signal?: AbortSignal): Promise<RouteSurvey> {
    const [object, rules] = await Promise.all([
      this.#get(route, signal),
      this.#listRules(route.namespace, signal),
    ]);
    return surveyOf(route, parseVirtualService(route, object), rules);
  }

  surveyMesh(route: RouteRef, signal?: AbortSignal): Promise<MeshSurvey> {
    const routes = (namespace: string) => () =>
      this.#served(virtualService, (kind) => this.#client.list(kind, namespace, '', signal));
    return surveyMesh(route, {
      route: () => this.#get(route, signal),
      rules: () => this.#listRules(route.namespace, signal),
      routesHere: routes(route.namespace),
      routesEverywhere: routes(''),
      policies: (namespace) =>
        this.#served(peerAuthentication, (kind) => this.#client.list(kind, namespace, '', signal)),
    });
  }

  async hasSubsets(route: RouteRef, signal?: AbortSignal): Promise<boolean> {
    return (await this.#subsetFault(route, signal)) === null;
  }

  async addSubsets(route: RouteRef, signal?: AbortSignal): Promise<void> {
    // What others remember of the rules is about to be wrong.
    this.#rules.delete(route.namespace);
    const [rule, ...more] = rulesFor(route, await this.#listRules(route.namespace, signal));
    if (more.length > 0)
      throw unusable(route, `has several DestinationRules for ${route.host}: one is expected.`);
    if (!rule) {
      await this.#served(destinationRule, (kind) =>
        this.#client.create(kind, route.namespace, newRule(route), {}, signal),
      );
      return;
    }
    const operations = subsetOperations(rule);
    // The guard alone: both are there, and whether they mean the colours is what hasSubsets() says.
    if (operations.length > 1)
      await this.#served(destinationRule, (kind) =>
        this.#client.patch(kind, route.namespace, rule.metadata.name, operations, 'route_conflict', signal),
      );
    const fault = await this.#subsetFault(route, signal);
    if (fault !== null) throw unusable(route, fault);
  }

  /** From the one plain destination to the colours and back; all or nothing. */
  async #turn(
    route: RouteRef,
    plainAs: Colour,
    object: KnownVirtualService,
    { candidate, percent }: WeightChange,
    signal?: AbortSignal,
  ): Promise<readonly PatchOperation[]> {
    if (percent !== 0 && percent !== 100)
      throw unusable(route, `cannot take ${percent} %: an adoption moves all or nothing.`);
    const live = percent === 100 ? candidate : otherColour(candidate);
    const plain = findPlain(route, object);
    if (live === plainAs) return plain ? [] : joinOperations(route, object, otherColour(plainAs));
    const fault = await this.#subsetFault(route, signal);
    if (fault !== null) throw unusable(route, fault);
    if (plain) return splitOperations(route, plain, live);
    const pair = findPair(route, object);
    return weightOperations(pair, live, pair.total);
  }

  async release(route: RouteRef, signal?: AbortSignal): Promise<void> {
    for (let round = 0; round < MAX_RELEASE_ROUNDS; round += 1) {
      try {
        const { metadata } = parseVirtualService(route, await this.#get(route, signal));
        // In two writes: what is forgotten in the write that gives the fields back would be owned by us again.
        const forget = forgetOperations(route.service, metadata);
        const operations = forget ?? releaseOperations(metadata);
        if (operations === null) return;
        await this.#patch(route, operations, signal);
      } catch (error) {
        if (isDabbawalaError(error, 'object_missing')) return;
        // The list moved between read and write: look again.
        if (!isDabbawalaError(error, 'route_conflict')) throw error;
      }
    }
    throw new DabbawalaError(
      'route_conflict',
      `VirtualService ${route.namespace}/${route.name} changes faster than it can be released.`,
    );
  }

  /** The object, if it is the one that the decision stood on and no newer owner holds it. */
  async #unmoved(
    route: RouteRef,
    marks: RouteMarks,
    seen: RouteState,
    signal?: AbortSignal,
  ): Promise<KnownVirtualService> {
    const object = parseVirtualService(route, await this.#get(route, signal));
    const token = readToken(route.service, object.metadata);
    if (token !== null && token > marks.token)
      throw new DabbawalaError(
        'fenced',
        `VirtualService ${route.namespace}/${route.name} is held by a newer owner (token ${token}, ours ${marks.token}).`,
        { data: { token, own: marks.token } },
      );
    if (object.metadata.resourceVersion !== seen.resourceVersion) throw moved(route);
    return object;
  }

  async #write(
    route: RouteRef,
    seen: RouteState,
    operations: readonly PatchOperation[],
    signal?: AbortSignal,
  ): Promise<RouteState> {
    const guard: PatchOperation = {
      op: 'test',
      path: '/metadata/resourceVersion',
      value: seen.resourceVersion,
    };
    try {
      const stored = await this.#patch(route, [guard, ...operations], signal);
      return toState(route, parseVirtualService(route, stored));
    } catch (error) {
      if (!isDabbawalaError(error, 'route_conflict')) throw error;
      // The server answers a lost race and a patch that cannot fit alike (422): only the object tells them apart.
      const now = parseVirtualService(route, await this.#get(route, signal));
      if (now.metadata.resourceVersion !== seen.resourceVersion) throw moved(route, error);
      throw unusable(route, `did not take our change though nobody else wrote it: ${error.message}`, error);
    }
  }

  #patch(route: RouteRef, operations: readonly PatchOperation[], signal?: AbortSignal): Promise<KubeObject> {
    return this.#served(virtualService, (kind) =>
      this.#client.patch(kind, route.namespace, route.name, operations, 'route_conflict', signal),
    );
  }

  #get(route: RouteRef, signal?: AbortSignal): Promise<KubeObject> {
    return this.#served(virtualService, (kind) =>
      this.#client.read(kind, route.namespace, route.name, signal),
    );
  }

  async #subsetFault(route: RouteRef, signal?: AbortSignal): Promise<string | null> {
    return findSubsetFault(route, await this.#listRules(route.namespace, signal));
  }

  #listRules(namespace: string, signal?: AbortSignal): Promise<readonly KubeObject[]> {
    return this.#served(destinationRule, (kind) => this.#client.list(kind, namespace, '', signal));
  }

  /** Asked without the caller's signal, since others wait for the same answer; a failure is not kept. */
  async #rulesSeen(namespace: string, signal?: AbortSignal): Promise<readonly KubeObject[]> {
    if (this.#rulesValidMs <= 0) return this.#listRules(namespace, signal);
    const known = this.#rules.get(namespace);
    if (known && performance.now() - known.at < this.#rulesValidMs) return known.rules;
    const rules = this.#listRules(namespace);
    const entry = { at: performance.now(), rules };
    this.#rules.set(namespace, entry);
    rules.catch(() => {
      if (this.#rules.get(namespace) === entry) this.#rules.delete(namespace);
    });
    return rules;
  }

  /** Asks in the version last seen, then in the other: older Istio serves v1beta1 alone. */
  async #served<T>(kindOf: (version: string) => Kind, ask: (kind: Kind) => Promise<T>): Promise<T> {
    try {
      return await ask(kindOf(this.#version));
    } catch (error) {
      if (!isDabbawalaError(error, 'crd_missing')) throw error;
      const other = this.#version === 'v1' ? 'v1beta1' : 'v1';
      try {
        const answer = await ask(kindOf(other));
        this.#version = other;
        return answer;
      } catch (second) {
        if (isDabbawalaError(second, 'crd_missing')) throw error;
        this.#version = other;
        throw second;
      }
    }
  }
}

const moved = (route: RouteRef, cause?: unknown): DabbawalaError =>
  new DabbawalaError(
    'route_conflict',
    `VirtualService ${route.namespace}/${route.name} was changed between read and write.`,
    { cause },
  );

const percentOf = (pair: Pair, colour: Colour): number => (pair.ends[colour].weight * 100) / pair.total;

const isPlainNow = (route: RouteRef, object: KnownVirtualService): boolean =>
  route.plainAs !== undefined && findPlain(route, object) !== null;

const weightsOf = (route: RouteRef, object: KnownVirtualService): Readonly<Record<Colour, number>> => {
  if (route.plainAs && isPlainNow(route, object))
    return { blue: route.plainAs === 'blue' ? 100 : 0, green: route.plainAs === 'green' ? 100 : 0 };
  const { ends } = findPair(route, object);
  return { blue: ends.blue.weight, green: ends.green.weight };
};

const toState = (route: RouteRef, object: KnownVirtualService): RouteState => {
  const weight = weightsOf(route, object);
  const blue = (weight.blue * 100) / (weight.blue + weight.green);
  return {
    resourceVersion: object.metadata.resourceVersion,
    percent: { blue, green: 100 - blue },
    weight,
    marks: readMarks(route.service, object.metadata),
    lastWriter: lastSpecWriter(object.metadata),
    isHeld: isHeld(object),
    owner: findOwner(object.metadata),
  };
};

/** A living rollout owns fields of the object; the end of one gives them back. */
const isHeld = (object: KnownVirtualService): boolean =>
  (object.metadata.managedFields ?? []).some((entry) => entry.manager === FIELD_MANAGER);

const isCandidateServing = (state: RouteState): boolean =>
  state.marks !== null && state.weight[otherColour(state.marks.stableColour)] > 0;

/** Tests both destinations, so that the numbers cannot land on another one; `add`, since a weight may be absent. */
const weightOperations = (pair: Pair, candidate: Colour, units: number): readonly PatchOperation[] => {
  const at = (colour: Colour, field: string): string =>
    pointer('spec', 'http', pair.route, 'route', pair.ends[colour].index, field);
  const stable = otherColour(candidate);
  return [
    { op: 'test', path: at(candidate, 'destination'), value: pair.ends[candidate].destination },
    { op: 'test', path: at(stable, 'destination'), value: pair.ends[stable].destination },
    { op: 'add', path: at(candidate, 'weight'), value: units },
    { op: 'add', path: at(stable, 'weight'), value: pair.total - units },
  ];
};

/** null: nothing in the object is ours. An empty list means "unchanged" to the server, `[{}]` is how it is emptied. */
const releaseOperations = (metadata: KnownVirtualService['metadata']): readonly PatchOperation[] | null => {
  const entries = metadata.managedFields ?? [];
  const index = entries.findIndex((entry) => entry.manager === FIELD_MANAGER);
  if (index < 0) return null;
  const test: PatchOperation = {
    op: 'test',
    path: pointer('metadata', 'managedFields', index, 'manager'),
    value: FIELD_MANAGER,
  };
  if (entries.every((entry) => entry.manager === FIELD_MANAGER))
    return [
      { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      test,
      { op: 'add', path: '/metadata/managedFields', value: [{}] },
    ];
  return [test, { op: 'remove', path: pointer('metadata', 'managedFields', index) }];
};
