import type { PodRef } from '../core/alert/contained.ts';
import type { Place } from './workloads.ts';

export interface FoundPod {
  readonly pod: PodRef;
  /** ms since the epoch; null: not told. */
  readonly createdAt: number | null;
  readonly isQuarantined: boolean;
}

/**
 * Takes a pod out of service without losing what it holds. Every method throws DabbawalaError: `forbidden` (hint = the
 * RBAC line), `cluster_unavailable`, `plan_refused`. A pod is named by its uid: another one of its name is never touched.
 */
export interface Containment {
  /** null: there is none of this name. */
  find(place: Place, name: string): Promise<FoundPod | null>;
  /**
   * Cuts it off by a NetworkPolicy that denies everything, and off its Services and its ReplicaSet, which starts another:
   * its labels are replaced by ours and kept in an annotation. It goes on running. Idempotent. `gone`: no pod of this uid.
   */
  quarantine(pod: PodRef): Promise<'done' | 'gone'>;
  /** Deletes it. Refuses one that is not quarantined (`plan_refused`). Idempotent. */
  kill(pod: PodRef): Promise<'done' | 'gone'>;
}
