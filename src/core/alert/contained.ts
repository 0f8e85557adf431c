/** Pods that were taken out of service from an alert's card. */
import type { Person } from '../target.ts';
import type { AlertGroup } from './alert-group.ts';

/** One pod, not whatever has its name next. */
export interface PodRef {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ContainedPod {
  readonly pod: PodRef;
  readonly state: 'quarantining' | 'quarantined' | 'killing' | 'killed' | 'gone' | 'failed';
  readonly by: Person;
  readonly approvedBy: Person;
  /** ms since the epoch, of the state. */
  readonly at: number;
  /** Why it failed. */
  readonly failure: string | null;
}

export const containedPod = (
  { contained = [] }: Pick<AlertGroup, 'contained'>,
  uid: string,
): ContainedPod | undefined => contained.find(({ pod }) => pod.uid === uid);

export const withContained = (group: AlertGroup, one: ContainedPod): AlertGroup => ({
  ...group,
  contained: [...(group.contained ?? []).filter(({ pod }) => pod.uid !== one.pod.uid), one].slice(-20),
});

/** Approved, and not known to be done. */
export const isUnderway = ({ state }: ContainedPod): boolean =>
  state === 'quarantining' || state === 'killing';

/** Why a pod may not be quarantined or killed now; null: it may. */
export function whyNotContain(group: AlertGroup, kind: 'quarantine' | 'kill', uid: string): string | null {
  if (group.source !== 'falco') return 'only a pod that Falco saw can be';
  const known = containedPod(group, uid);
  if (kind === 'kill') return known?.state === 'quarantined' ? null : 'it must be quarantined first';
  return known === undefined || known.state === 'failed' ? null : 'it was already';
}
