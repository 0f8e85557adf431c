import type { Colour } from '../core/colour.ts';
import type { RouteSurvey } from '../core/rollout/facts.ts';
import type { MeshSurvey } from '../core/rollout/ground.ts';
import type { Plan, RouteRef } from '../core/rollout/plan.ts';
import type { RouteMemory } from '../core/rollout/route-memory.ts';

/** What stands on the route object besides the weights; written in the same patch as they are. */
export interface RouteMarks {
  readonly rolloutId: string;
  readonly planDigest: string;
  readonly step: number;
  /** Fencing token: a write is refused when the object holds a higher one. */
  readonly token: number;
  readonly stableColour: Colour;
  /** Written, never given by read(): what recall() gives. Left out: what stands there stays. */
  readonly memory?: RouteMemory;
}

/** What an object says of a rollout that has not ended. Whatever somebody wrote there, it is data, never a fault. */
export interface Recalled {
  readonly marks: RouteMarks | null;
  readonly memory:
    | { readonly kind: 'none' }
    | { readonly kind: 'known'; readonly value: RouteMemory }
    /** The end of a sentence. */
    | { readonly kind: 'unreadable'; readonly why: string };
}

export interface RouteState {
  /** Opaque; goes back into setWeight as the guard. */
  readonly resourceVersion: string;
  /** Percent of the pair's own total, 0 to 100, as the object says; blue + green = 100. */
  readonly percent: Readonly<Record<Colour, number>>;
  /** The two raw weights. An absent weight is read as the API defines it. */
  readonly weight: Readonly<Record<Colour, number>>;
  /** Our annotations, null where there are none or they are unreadable. */
  readonly marks: RouteMarks | null;
  /** Field manager that last wrote `spec`, from managedFields, for words like "edited by kubectl-edit". */
  readonly lastWriter: string | null;
  /** Fields of the object are ours: a rollout owns it and has not given it back. */
  readonly isHeld: boolean;
  /** Tracking marks of Argo CD, Flux or Helm found on the object; null: nobody else owns it. */
  readonly owner: string | null;
}

export interface WeightChange {
  readonly candidate: Colour;
  /** 0 to 100, of the pair's own total; rounded to the nearest whole unit, at least 1 unit while > 0. */
  readonly percent: number;
  readonly marks: RouteMarks;
  /** The state that the decision stood on: resourceVersion and both destinations are tested. */
  readonly seen: RouteState;
}

export interface RouteNote {
  /** CamelCase, for machines. */
  readonly reason: string;
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
}

/**
 * Where the share of two colours lives. Every method throws DabbawalaError: `object_missing`, `crd_missing`,
 * `forbidden`, `cluster_unavailable`, `route_unusable` (the sentence names the fault); the writes also
 * `route_conflict` (409 or a failed test: read again, compare, decide again) and `fenced` (the object holds a higher token).
 */
export interface TrafficRouter {
  /** Reads weights, marks and writer. No cache. */
  read(route: RouteRef, signal?: AbortSignal): Promise<RouteState>;
  /**
   * One guarded write of both weights and our marks; returns what the server stored. Writing what is there is harmless.
   * With `route.plainAs` only 0 and 100 can be written: all weight on that colour is the one destination without a subset.
   */
  setWeight(route: RouteRef, change: WeightChange, signal?: AbortSignal): Promise<RouteState>;
  /** Writes the token annotation alone: taking over starts with it, since it moves resourceVersion. */
  takeOver(route: RouteRef, marks: RouteMarks, seen: RouteState, signal?: AbortSignal): Promise<RouteState>;
  /**
   * The memory of an unfinished rollout; `none` where there is none or the last one has ended and given the object back.
   * No cache; looks at the annotations alone, so that an object of any shape can be recalled.
   */
  recall(route: RouteRef, signal?: AbortSignal): Promise<Recalled>;
  /** Whether an object can hold this plan in a memory. Asks nobody. */
  canKeep(plan: Plan): boolean;
  /** Leaves a note where people look at the object; written once per call. Throws what a write throws. */
  announce(route: RouteRef, note: RouteNote, signal?: AbortSignal): Promise<void>;
  /** What an adoption must know of the route, whatever its shape. */
  survey(route: RouteRef, signal?: AbortSignal): Promise<RouteSurvey>;
  /**
   * What else in the mesh has to do with the host: owners, routes without a colour, policies. What it has no right to see
   * it says, and throws for nothing but the route itself.
   */
  surveyMesh(route: RouteRef, signal?: AbortSignal): Promise<MeshSurvey>;
  /** Whether the mesh has a subset per colour. */
  hasSubsets(route: RouteRef, signal?: AbortSignal): Promise<boolean>;
  /** Creates the subsets, or adds what lacks to those that are there. Idempotent; they are never removed. */
  addSubsets(route: RouteRef, signal?: AbortSignal): Promise<void>;
  /** Ends our ownership: leaves weights and marks, removes the memory and our managedFields entry. Idempotent. */
  release(route: RouteRef, signal?: AbortSignal): Promise<void>;
}
