import { type Condition, type Deployment, withCondition } from '../objects.ts';

/** What a Deployment says of itself; counts of zero are left out, as the real one leaves them out. */

export interface Tally {
  readonly desired: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly maxUnavailable: number;
  readonly currentName: string;
  /** Pods on their way out. */
  readonly terminating: number;
}

export function deploymentStatus(
  deployment: Deployment,
  tally: Tally,
  isOverdue: boolean,
  now: Date,
): Record<string, unknown> {
  const isPaused = (deployment.spec as { paused?: boolean }).paused === true;
  const before = deployment.status?.conditions?.find((entry) => entry.type === 'Progressing');
  // What has rolled out once stays so, whatever it is scaled to: only another template starts anew.
  const isDone =
    before?.reason === 'NewReplicaSetAvailable' &&
    before.message?.includes(`"${tally.currentName}"`) === true &&
    tally.replicas === tally.updated;
  const progress = isDone ? { ...before, status: 'True' } : progressing(tally, isOverdue);
  const conditions = [available(tally), isPaused ? PAUSED : progress].reduce<Condition[]>(
    (all, condition) => withCondition(all, condition, now, { hasUpdateTime: true }),
    deployment.status?.conditions ?? [],
  );
  const counts = {
    replicas: tally.replicas,
    updatedReplicas: tally.updated,
    readyReplicas: tally.ready,
    availableReplicas: tally.ready,
    unavailableReplicas: Math.max(0, Math.max(tally.desired, tally.replicas) - tally.ready),
  };
  return {
    observedGeneration: deployment.metadata.generation,
    terminatingReplicas: tally.terminating,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    conditions,
  };
}

const PAUSED: Condition = {
  type: 'Progressing',
  status: 'Unknown',
  reason: 'DeploymentPaused',
  message: 'Deployment is paused',
};

function available(tally: Tally): Condition {
  return tally.ready >= tally.desired - tally.maxUnavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progressing(tally: Tally, isOverdue: boolean): Condition {
  const isComplete =
    tally.updated === tally.desired && tally.ready === tally.desired && tally.replicas === tally.desired;
  const name = `ReplicaSet "${tally.currentName}"`;
  if (isComplete) {
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `${name} has successfully progressed.`,
    };
  }
  if (isOverdue) {
    return {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `${name} has timed out progressing.`,
    };
  }
  return {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `${name} is progressing.`,
  };
}
