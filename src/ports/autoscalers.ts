import type { Colour } from '../core/colour.ts';
import type { AutoscalerRef, AutoscalerState, BudgetState } from '../core/rollout/autoscaler.ts';
import type { Place, PodTemplate } from './workloads.ts';

export interface TwinSpec {
  /** What it is like: metrics, behaviour and maximum are its. */
  readonly like: AutoscalerRef;
  readonly name: string;
  /** Deployment that it scales. */
  readonly target: string;
  readonly colour: Colour;
  readonly service: string;
  /** Its minimum. */
  readonly floor: number;
  readonly rolloutId: string;
}

/** Pods as a budget's selector would see them: the template's labels and the colour. */
export interface PodsOfColour {
  readonly template: PodTemplate;
  readonly colour: Colour;
}

/**
 * HorizontalPodAutoscalers, KEDA's ScaledObjects and PodDisruptionBudgets. Every method throws DabbawalaError as those of
 * Workloads do; the writes also `state_conflict` (somebody wrote first: look again). A cluster without KEDA has no
 * ScaledObject, which is no fault.
 */
export interface Autoscalers {
  /**
   * Those that scale one of the Deployments, and the names that are taken. The HorizontalPodAutoscaler of a ScaledObject
   * is left out: KEDA writes it. Where ScaledObjects may not be read it stays in, with its owner.
   */
  autoscalers(
    place: Place,
    deployments: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ readonly found: readonly AutoscalerState[]; readonly taken: readonly string[] }>;
  /** null: there is none. */
  readAutoscaler(place: Place, ref: AutoscalerRef, signal?: AbortSignal): Promise<AutoscalerState | null>;
  /**
   * One guarded patch of its minimum, never below what it has. Its own one is remembered on the object beside the rollout,
   * once; on a twin of ours there is none to remember. Idempotent.
   */
  raiseFloor(
    place: Place,
    ref: AutoscalerRef,
    floor: { readonly rolloutId: string; readonly replicas: number },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Creates the candidate's; one of the same rollout that is there = done, any other is `state_conflict`. */
  createTwin(place: Place, spec: TwinSpec, signal?: AbortSignal): Promise<void>;
  /** Deletes an autoscaler of ours; refuses one without our annotation (`plan_refused`). Absent = done. */
  deleteTwin(place: Place, ref: AutoscalerRef, uid: string, signal?: AbortSignal): Promise<void>;
  /** One guarded patch: `to` as target (null: as it is), the remembered minimum back unless somebody changed it, our marks gone. Absent = done. Idempotent. */
  settleAutoscaler(place: Place, ref: AutoscalerRef, to: string | null, signal?: AbortSignal): Promise<void>;
  /** One guarded patch of its target's name; `state_conflict` when it scales neither `from` nor `to`. Idempotent. */
  moveAutoscaler(
    place: Place,
    ref: AutoscalerRef,
    move: { readonly from: string; readonly to: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Those that select pods of one of the colours. null: they may not be read. */
  budgets(
    place: Place,
    pods: { readonly stable: PodsOfColour; readonly candidate: PodsOfColour },
    signal?: AbortSignal,
  ): Promise<readonly BudgetState[] | null>;
  /** Colour that its selector asks for; null: there is no such budget, or it asks for none. */
  budgetColour(place: Place, name: string, signal?: AbortSignal): Promise<Colour | null>;
  /** One guarded patch of the colour in its selector. Absent = done. Idempotent. */
  moveBudget(place: Place, name: string, to: Colour, signal?: AbortSignal): Promise<void>;
}
