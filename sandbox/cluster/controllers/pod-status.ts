import { type Condition, type ContainerStatus, formatTime, type Pod, withCondition } from '../objects.ts';

/** What a kubelet reports of a pod. */

export type ContainerState =
  | { readonly is: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly is: 'running'; readonly startedAt: Date }
  | { readonly is: 'ended'; readonly exitCode: number; readonly startedAt: Date; readonly finishedAt: Date };

export interface PodReport {
  readonly podIp: string;
  readonly state: ContainerState;
  readonly lastEnd: Extract<ContainerState, { is: 'ended' }> | null;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly imageId: string;
  /** It has run once, so it is no longer pending. */
  readonly hasStarted: boolean;
}

export function podStatus(pod: Pod, report: PodReport, now: Date): Record<string, unknown> {
  const { state, isReady } = report;
  const ready = isReady ? 'True' : 'False';
  const ended = state.is === 'ended' ? { reason: 'PodCompleted' } : {};
  const unready =
    isReady || state.is === 'ended'
      ? ended
      : {
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${pod.spec.containers.map((entry) => entry.name).join(' ')}]`,
        };
  const wanted: Condition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True', ...ended },
    { type: 'ContainersReady', status: ready, ...unready },
    { type: 'Ready', status: ready, ...unready },
  ];
  return {
    phase: phaseOf(report),
    conditions: wanted.reduce<Condition[]>(
      (all, condition) => withCondition(all, condition, now),
      pod.status?.conditions ?? [],
    ),
    hostIP: '10.244.255.2',
    podIP: report.podIp,
    podIPs: [{ ip: report.podIp }],
    startTime: pod.status?.startTime ?? formatTime(now),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, report)),
    qosClass: 'BestEffort',
  };
}

function phaseOf({ state, hasStarted }: PodReport): string {
  if (state.is === 'ended') return state.exitCode === 0 ? 'Succeeded' : 'Failed';
  return hasStarted ? 'Running' : 'Pending';
}

function containerStatus(container: { name: string; image: string }, report: PodReport): ContainerStatus {
  return {
    name: container.name,
    image: container.image,
    imageID: report.hasStarted ? report.imageId : '',
    ready: report.isReady,
    started: report.state.is === 'running',
    restartCount: report.restarts,
    state: stateBody(report.state),
    lastState: report.lastEnd ? stateBody(report.lastEnd) : {},
  };
}

function stateBody(state: ContainerState): Record<string, unknown> {
  switch (state.is) {
    case 'waiting':
      return {
        waiting: {
          reason: state.reason,
          ...(state.message === undefined ? {} : { message: state.message }),
        },
      };
    case 'running':
      return { running: { startedAt: formatTime(state.startedAt) } };
    default:
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.exitCode === 0 ? 'Completed' : 'Error',
          startedAt: formatTime(state.startedAt),
          finishedAt: formatTime(state.finishedAt),
        },
      };
  }
}
