/** What scales a service's pods and what protects them from eviction, as their objects say. Data and its arithmetic. */
import type { Colour } from '../colour.ts';

export type AutoscalerKind = 'HorizontalPodAutoscaler' | 'ScaledObject';

export interface AutoscalerRef {
  readonly kind: AutoscalerKind;
  readonly name: string;
}

export interface AutoscalerState extends AutoscalerRef {
  readonly uid: string;
  /** Deployment that it scales. */
  readonly target: string;
  /** As its object says now, a floor of ours included; where it names none, what that means. */
  readonly min: number;
  readonly max: number;
  /** A minimum of ours that stands on it for the time of a rollout; null: none. */
  readonly floor: { readonly rolloutId: string; readonly replicas: number; readonly ownMin: number } | null;
  /** Rollout that made it, as a candidate's twin; null: it is somebody's own. */
  readonly madeBy: string | null;
  /** Controller that writes it and would take back what we write; null: none. */
  readonly owner: string | null;
  /** Argo CD, Flux or Helm marks; null: none. */
  readonly manager: string | null;
  /** Why no rollout can rely on it, as the end of a sentence; null: one can. */
  readonly fault: string | null;
  readonly isBeingDeleted: boolean;
}

/** A PodDisruptionBudget that selects pods of the service. */
export interface BudgetState {
  readonly name: string;
  /** Colour that its selector asks for by our label; null: it asks for none. */
  readonly colour: Colour | null;
  readonly selectsStable: boolean;
  readonly selectsCandidate: boolean;
}

/** `HPA payment-gateway`, as people call it. */
export const autoscalerWords = ({ kind, name }: AutoscalerRef): string =>
  `${kind === 'HorizontalPodAutoscaler' ? 'HPA' : kind} ${name}`;

/** Its own minimum, whatever a rollout that nobody drives any more left on it. */
export const ownMin = ({ min, floor }: AutoscalerState): number => floor?.ownMin ?? min;

/** Minimum while a rollout lives: never below its own, never above its own maximum. */
export const floorFor = (own: { readonly min: number; readonly max: number }, replicas: number): number =>
  Math.min(own.max, Math.max(own.min, replicas));
