/** What waits for a second person on an alert's card: all that they decide on, and their two buttons. */
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { AlertRequest, AlertSubject } from '../core/alert/alert-request.ts';
import { ACTIONS } from './actions.ts';
import { matcherWords, matchingWords } from './alert-silence.ts';
import { votesLine, whoMayApprove } from './approval-parts.ts';
import { actions, both, button, confirm, NOTHING, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { duration, person } from './format.ts';
import { escapeEntities, escapeText, plainText, when } from './text.ts';

/** As everywhere: enough of a digest to tell two apart. */
const PREFIX = 12;

export function alertRequests(group: AlertGroup): Part {
  const pending = (group.requests ?? []).filter(({ state }) => state === 'pending');
  if (pending.length === 0) return NOTHING;
  return both(...pending.flatMap((request) => [section(words(request)), decision(group, request)]));
}

function words(request: AlertRequest): string {
  const { subject, requester, requestedAt, expiresAt } = request;
  return [
    `*Approval wanted: ${escapeEntities(title(subject))}*`,
    `Asked by ${person(requester)} ${when(requestedAt)}: ${escapeText(subject.reason, 400)}`,
    ...facts(subject),
    `${votesLine(request)} · Expires at ${when(expiresAt)}`,
    whoMayApprove(request),
  ].join('\n');
}

/** Plain text. */
function title(subject: AlertSubject): string {
  if (subject.kind === 'silence') return `silence for ${duration(subject.durationMs)}`;
  return `${subject.kind} pod ${plainText(subject.pod.name, 80)}`;
}

function facts(subject: AlertSubject): readonly string[] {
  if (subject.kind !== 'silence') {
    const { cluster, namespace, uid } = subject.pod;
    const what =
      subject.kind === 'kill'
        ? 'Its memory and its own disk are lost.'
        : 'It loses its network and its Services; another one is started; it runs on as evidence.';
    return [
      what,
      `In ${escapeText(namespace, 63)} of ${escapeText(cluster, 63)}, uid ${escapeText(uid, 40)}`,
    ];
  }
  return [`Holds back ${matchingWords(subject.matching)}`, matcherWords(subject.matchers)];
}

const decision = (group: AlertGroup, request: AlertRequest) => {
  const part = `${request.id}.${request.planDigest.slice(0, PREFIX)}`;
  const value = encodeCardValue({ id: group.id, part, shown: String(group.episode) });
  return actions(
    button({
      actionId: ACTIONS.alertApprove,
      label: 'Approve',
      value,
      style: 'primary',
      confirm: confirm(
        'Approve?',
        `${plainText(group.title, 80)}: ${title(request.subject)}. It is done at once.`,
        'Approve',
        'Not yet',
      ),
    }),
    button({ actionId: ACTIONS.alertReject, label: 'Reject', value }),
  );
};
