/** What belongs together, and what is the same thing told twice. */
import { createHash } from 'node:crypto';
import type { Incoming, IncomingEvent, IncomingGroup } from './alert-group.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same for the same labels in any order; no label can pose as two. */
export const labelsHash = (labels: Readonly<Record<string, string>>): string =>
  sha256(
    JSON.stringify(
      Object.keys(labels)
        .sort()
        .map((name) => [name, labels[name]]),
    ),
  ).slice(0, 16);

const groupOf = ({ receiver, groupKey, groupLabels, members }: IncomingGroup): string => {
  if (groupKey !== '') return JSON.stringify([receiver, groupKey]);
  const labels = Object.keys(groupLabels).length > 0 ? groupLabels : (members[0]?.labels ?? {});
  return JSON.stringify([receiver, labelsHash(labels)]);
};

/**
 * A pod's workload, from its name alone: a ReplicaSet's, DaemonSet's, Job's or StatefulSet's pod without what the
 * controllers append (kubernetes.io: pod names are `<replicaset>-<5>`, `<daemonset>-<5>`, `<statefulset>-<ordinal>`;
 * generated suffixes have no vowels and no 0, 1 or 3).
 */
export const workloadOfPod = (pod: string): string => {
  const suffix = '[bcdfghjklmnpqrstvwxz2456789]';
  return pod
    .replace(new RegExp(`-${suffix}{6,10}-${suffix}{5}$`), '')
    .replace(new RegExp(`-${suffix}{5}$`), '')
    .replace(/-\d{1,4}$/, '');
};

/** Nodes and copies of a workload tell of one thing. */
const workloadKey = ({ rule, priority, namespace, pod }: IncomingEvent): string =>
  JSON.stringify([rule, priority.toLowerCase(), namespace, workloadOfPod(pod)]);

/** The whole key of the group that it folds into. */
export const groupKeyOf = (incoming: Incoming): string =>
  incoming.source === 'alertmanager' ? groupOf(incoming) : workloadKey(incoming);

/** Id of the group: `a-` and 16 hex digits. */
export const groupIdOf = (incoming: Incoming): string =>
  `a-${sha256(JSON.stringify([incoming.source, groupKeyOf(incoming)])).slice(0, 16)}`;

/** The same event by two ways (Falcosidekick adds a new uuid to each receipt) has the same hash; two nodes have two. */
export const eventHash = ({ time, rule, hostname, output }: IncomingEvent): string =>
  sha256(JSON.stringify([normalTime(time), rule, hostname, output])).slice(0, 16);

/** Falcosidekick drops the zeros at the end of a fraction. */
const normalTime = (time: string): string =>
  time.replace(
    /\.(\d*?)0*(Z|[+-]\d\d:?\d\d)?$/,
    (_, digits: string, zone: string | undefined) => `${digits === '' ? '' : `.${digits}`}${zone ?? ''}`,
  );

/** Groups are spread over so many slots of the store; what is waiting is looked for in each. */
export const ALERT_SHARDS = 64;

/** Shard of a group id: the same everywhere and for ever. */
export const shardOf = (id: string): number => Number.parseInt(id.slice(2, 4), 16) % ALERT_SHARDS;
