/**
 * One alert group is one card: what belongs together, from its first firing to its end. Folding keeps it small whatever
 * arrives, since a storm must not make a document grow.
 */
import type { Person } from '../target.ts';
import type { AlertChart } from './alert-chart.ts';
import type { AlertRequest } from './alert-request.ts';
import type { ContainedPod } from './contained.ts';
import type { RelatedRollout } from './correlation.ts';
import type { EscalationState } from './escalation.ts';
import type { Expected } from './expected.ts';
import type { Muted } from './mute.ts';
import type { Severity } from './severity.ts';
import type { GroupSilence } from './silence.ts';

export type AlertSource = 'alertmanager' | 'falco';

/** Most members that a group remembers one by one; the counts stay exact. */
export const MEMBERS_AT_MOST = 200;

export interface AlertMember {
  /** Alertmanager's fingerprint, or a hash of the sorted labels. */
  readonly key: string;
  readonly state: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ms since the epoch, as the sender says. */
  readonly startsAt: number;
  readonly endsAt: number | null;
  /** Page of the expression; '' where the sender names none. */
  readonly generatorUrl: string;
}

/** Who said that they look at it. */
export interface Acknowledgement {
  readonly by: Person;
  readonly at: number;
}

export interface AlertGroup {
  readonly schemaVersion: 1;
  /** `a-` and 16 hex digits of the hash of source and key. */
  readonly id: string;
  readonly source: AlertSource;
  /** What folds into it: receiver and groupKey, or rule, priority, namespace and workload. */
  readonly key: string;
  /** Counts the times that it began anew: each has a card of its own. */
  readonly episode: number;
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly title: string;
  /** Labels that all members share. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Labels by which Alertmanager grouped; absent: not known, or Falco's. */
  readonly groupLabels?: Readonly<Record<string, string>>;
  /** The sender's own page; '' where it names none. */
  readonly externalUrl: string;
  /** Firing first, newest first; at most MEMBERS_AT_MOST. */
  readonly members: readonly AlertMember[];
  readonly firing: number;
  readonly resolved: number;
  /** Members that the sender itself left out of its last message. */
  readonly truncated: number;
  /** Events of this episode; of Alertmanager: messages that changed something. */
  readonly events: number;
  /** Of Falco: nodes and pods that it was seen on, with their counts; at most MEMBERS_AT_MOST each. */
  readonly hosts: Readonly<Record<string, number>>;
  readonly pods: Readonly<Record<string, number>>;
  /** Hashes of the last events, so that one that comes twice counts once. */
  readonly recent: readonly string[];
  /** ms since the epoch: of the episode. */
  readonly since: number;
  readonly lastAt: number;
  readonly resolvedAt: number | null;
  readonly acknowledged: Acknowledgement | null;
  /** Channel of the card. */
  readonly channel: string;
  /** Rollouts of its service around its beginning, newest first, as last looked at; absent: none was found yet. */
  readonly changes?: readonly RelatedRollout[];
  /** When its pods were told in the thread, ms since the epoch; absent: not in this episode. */
  readonly diagnosedAt?: number;
  /** The course of its expression, as last asked; absent: none could be drawn. */
  readonly chart?: AlertChart;
  /** Who was called in this episode; absent: nobody has looked yet. */
  readonly escalation?: EscalationState;
  /** The incident that was declared about this episode. */
  readonly incident?: string;
  /** The maintenance that keeps it from calling anybody. */
  readonly muted?: Muted | null;
  /** What was asked of a second person, oldest first. */
  readonly requests?: readonly AlertRequest[];
  /** The last silence of Alertmanager that was made from the card; it outlives an episode. */
  readonly silence?: GroupSilence;
  /** Pods that were taken out of service from the card, oldest first. */
  readonly contained?: readonly ContainedPod[];
  /** A rule that somebody expects of the workload; it outlives an episode. */
  readonly expected?: Expected;
}

/** A whole group, as Alertmanager sends it with every message. */
export interface IncomingGroup {
  readonly source: 'alertmanager';
  readonly receiver: string;
  /** '' where an old sender leaves it out. */
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly truncated: number;
  readonly members: readonly AlertMember[];
}

/** One event of one node. */
export interface IncomingEvent {
  readonly source: 'falco';
  readonly rule: string;
  /** As sent: `Critical`, `info`… */
  readonly priority: string;
  /** `syscall`, `k8s_audit`, `internal`…; '' where an old Falco leaves it out. */
  readonly kind: string;
  readonly hostname: string;
  /** Without the time and priority that Falco puts in front. */
  readonly output: string;
  readonly namespace: string;
  readonly pod: string;
  /** ms since the epoch. */
  readonly at: number;
  /** As sent, with all its digits: part of what tells one event from another. */
  readonly time: string;
  readonly tags: readonly string[];
  /** Scalars as text. */
  readonly fields: Readonly<Record<string, string>>;
}

export type Incoming = IncomingGroup | IncomingEvent;
