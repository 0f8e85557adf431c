import type { Place } from './workloads.ts';

export interface PodDiagnosis {
  readonly name: string;
  readonly isReady: boolean;
  /** `ImagePullBackOff`, `CrashLoopBackOff`…; null when it runs. */
  readonly waiting: string | null;
  readonly restarts: number;
  /** How a container of it ended last; null: none has ended. */
  readonly lastExit: {
    readonly container: string;
    /** `OOMKilled`, `Error`… */
    readonly reason: string;
    readonly exitCode: number;
    /** ms since the epoch; null: not told. */
    readonly at: number | null;
  } | null;
}

export interface EventDiagnosis {
  /** ms since the epoch, of its last time; null: not told. */
  readonly at: number | null;
  readonly reason: string;
  readonly text: string;
  readonly object: string;
  readonly count: number;
}

export interface Diagnosis {
  /** Sick ones first. */
  readonly pods: readonly PodDiagnosis[];
  /** Warnings alone, newest first; null: the bot may not read Events there. */
  readonly warnings: readonly EventDiagnosis[] | null;
}

/**
 * What an engineer would look at first. Throws DabbawalaError `forbidden` or `cluster_unavailable` when not even the pods
 * can be listed.
 */
export interface Diagnostics {
  /** @param workloads names of Deployments, StatefulSets or DaemonSets: their pods are told by their names */
  look(place: Place, workloads: readonly string[], signal?: AbortSignal): Promise<Diagnosis>;
  /** Last lines of a pod's first container, secrets redacted; of the run before where it restarted. null: not allowed, or none. */
  lastLines(
    place: Place,
    pod: string,
    lines: number,
    signal?: AbortSignal,
  ): Promise<readonly string[] | null>;
}
