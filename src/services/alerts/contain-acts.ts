/** Quarantine of a pod that Falco saw, and only after it its end: each asked of a second person, bound to the pod's uid. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertSubject } from '../../core/alert/alert-request.ts';
import {
  type ContainedPod,
  containedPod,
  type PodRef,
  whyNotContain,
  withContained,
} from '../../core/alert/contained.ts';
import { DabbawalaError, toDabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { Containment, FoundPod } from '../../ports/containment.ts';
import type { Place } from '../../ports/workloads.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { ContainAsked, SeenGroup } from './alert-acts.ts';
import { handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { askSecond } from './ask-second.ts';
import { changeByClock } from './change-by-clock.ts';
import { loadSeen, placeOfGroup } from './change-group.ts';
import type { SubjectActs } from './subject-acts.ts';

const LOOKED_AT = 10;
const TURN_MS = 15_000;

type Kind = 'quarantine' | 'kill';

function containmentOf(ports: AlertPorts): Containment {
  const { containment } = handsOf(ports);
  if (!containment) throw new DabbawalaError('not_configured', 'No cluster can be reached from here.');
  return containment;
}

/** Namespaces of the configuration alone: nowhere else has the bot a right. */
export const placesOf = (
  { config }: Pick<AlertPorts, 'config'>,
  { labels }: AlertGroup,
): readonly Place[] => {
  const namespace = labels['namespace'] ?? '';
  const clusters = Object.values(config.environments)
    .filter((environment) => environment.namespace === namespace)
    .flatMap((environment) => environment.clusters);
  return [...new Set(clusters)].map((cluster) => ({ cluster, namespace }));
};

/** Pods of the card that are still there and are those that were seen, the most frequent first. Throws where there is none. */
export async function podsToContain(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
): Promise<{ readonly group: AlertGroup; readonly pods: readonly FoundPod[] }> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'quarantine', placeOfGroup(ports, group));
  const places = placesOf(ports, group);
  if (group.source !== 'falco' || places.length === 0)
    throw new DabbawalaError(
      'not_now',
      `"${group.title}" is about no pod in a namespace of the configuration.`,
      {
        hint: 'Quarantine it by hand.',
      },
    );
  const names = Object.entries(group.pods)
    .sort(([, a], [, b]) => b - a)
    .slice(0, LOOKED_AT)
    .map(([name]) => name);
  const containment = containmentOf(ports);
  const found = await Promise.all(
    places.flatMap((place) => names.map((name) => containment.find(place, name))),
  );
  const pods = found.filter(
    (one) =>
      one !== null &&
      // One that came after the last event only has its name.
      (one.createdAt ?? 0) <= group.lastAt &&
      whyNotContain(group, 'quarantine', one.pod.uid) === null,
  );
  if (pods.length > 0) return { group, pods: pods.filter((one) => one !== null) };
  throw new DabbawalaError(
    'not_now',
    'None of the pods that were seen is there any more, or it is quarantined.',
    {
      hint: 'Read the card: it names them.',
    },
  );
}

export async function askContain(
  ports: AlertPorts,
  actor: Actor,
  seen: SeenGroup,
  { kind, uid, reason }: ContainAsked,
): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, kind, placeOfGroup(ports, group));
  const why = whyNotContain(group, kind, uid);
  if (why !== null) throw new DabbawalaError('not_now', `Not asked: ${why}.`);
  const pod =
    kind === 'kill'
      ? containedPod(group, uid)?.pod
      : (await podsToContain(ports, actor, seen)).pods.find((one) => one.pod.uid === uid)?.pod;
  if (!pod)
    throw new DabbawalaError('not_now', 'That pod is gone.', {
      hint: 'Open the form again for those that are there.',
    });
  return askSecond(ports, actor, seen, { kind, pod, reason }, reason);
}

export const containActs = (
  ports: AlertPorts,
  kind: Kind,
): SubjectActs<Extract<AlertSubject, { readonly kind: Kind }>> => ({
  judge: (group, { pod }) => {
    const why = whyNotContain(group, kind, pod.uid);
    if (why !== null) throw new DabbawalaError('not_now', `Pod ${pod.name}: ${why}.`);
  },
  recheck: async (_group, { pod }) => {
    const found = await containmentOf(ports).find(pod, pod.name);
    return found?.pod.uid === pod.uid ? null : `pod ${pod.name} is gone`;
  },
  begin: (group, { subject, requester }, approvedBy, at) =>
    withContained(group, {
      pod: (subject as { readonly pod: PodRef }).pod,
      state: kind === 'kill' ? 'killing' : 'quarantining',
      ...{ by: requester, approvedBy, at, failure: null },
    }),
  run: (stored) => finishContained(ports, stored),
});

/** Does what was approved and is not done. Run at the click, and by the clock until it is. */
export async function finishContained(ports: AlertPorts, stored: StoredGroup): Promise<StoredGroup> {
  let last = stored;
  for (const one of stored.group.contained ?? [])
    if (one.state === 'quarantining' || one.state === 'killing') last = await finishOne(ports, last, one);
  return last;
}

async function finishOne(ports: AlertPorts, stored: StoredGroup, one: ContainedPod): Promise<StoredGroup> {
  const { pod, state } = one;
  if (!(await handsOf(ports).deliveries.isFirst(`contain:${pod.uid}:${state}`, TURN_MS))) return stored;
  const containment = containmentOf(ports);
  try {
    const done = await (state === 'killing' ? containment.kill(pod) : containment.quarantine(pod));
    const after = done === 'gone' ? 'gone' : state === 'killing' ? 'killed' : 'quarantined';
    return await settle(ports, stored.group.id, one, after, null);
  } catch (thrown) {
    const error = toDabbawalaError(thrown);
    // Away for a moment: the clock tries again. What was refused stays refused.
    if (error.code !== 'cluster_unavailable')
      await settle(ports, stored.group.id, one, 'failed', `${error.message} ${error.hint}`.trim());
    throw error;
  }
}

const LINES: Readonly<Record<ContainedPod['state'], string>> = {
  quarantining: '',
  killing: '',
  quarantined:
    'is quarantined: cut off by a NetworkPolicy and off its Services, and running on for whoever looks into it',
  killed: 'was killed',
  gone: 'was gone already: nothing was done',
  failed: 'could not be touched',
};

const settle = (
  ports: AlertPorts,
  id: string,
  before: ContainedPod,
  state: ContainedPod['state'],
  failure: string | null,
): Promise<StoredGroup> =>
  changeByClock(ports, id, (group, at) => {
    const known = containedPod(group, before.pod.uid);
    if (known?.state !== before.state) return null;
    const { name, namespace, cluster, uid } = before.pod;
    return {
      next: withContained(group, { ...known, state, at, failure }),
      line: `Pod ${name} ${LINES[state]}${failure === null ? '' : `: ${failure}`}`,
      action: `alert.pod.${state}`,
      data: { pod: name, namespace, cluster, uid, by: known.by.id, approvedBy: known.approvedBy.id },
    };
  });
