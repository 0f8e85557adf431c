/** What delivery must know of a card, whatever it is about: a table per kind of subject. Pure. */
import { isDone, worstOpen } from '../core/alert/digest.ts';
import type { Severity } from '../core/alert/severity.ts';
import { isOpen } from '../core/incident/incident.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import type { CardState } from '../ports/rollout-store.ts';
import { cardRevision } from '../views/card-revision.ts';
import { isGoingBack } from '../views/headline.ts';
import { alertDedupId, cardDedupId, digestDedupId } from './card-id.ts';
import { incidentDedupId, incidentPriority } from './incidents/incident-subject.ts';

/** 0 comes first: goes back or ended badly, needs a person, waits for an approval, the rest. */
export type Priority = 0 | 1 | 2 | 3;

/** The id that the card's message carries. */
export function dedupIdOf(card: CardState): string {
  if (card.kind === 'incident') return incidentDedupId(card.incident);
  if (card.kind === 'rollout') return cardDedupId(card.id);
  return card.kind === 'digest' ? digestDedupId(card.id) : alertDedupId(card.id, card.group.episode);
}

/** Nothing more is expected of it. */
export function isOver(card: CardState): boolean {
  if (card.kind === 'incident') return !isOpen(card.incident);
  if (card.kind === 'rollout') return hasEnded(card.rollout);
  return card.kind === 'digest' ? isDone(card.digest) : card.group.state === 'resolved';
}

/** ms since the epoch. */
export function bornAt(card: CardState): number {
  if (card.kind === 'incident') return card.incident.declaredAt;
  if (card.kind === 'rollout') return card.rollout.createdAt;
  return card.kind === 'digest' ? card.digest.createdAt : card.group.since;
}

/** What a person must see at once when it changes; metrics, clocks and counts are not among it. */
export const facts = (card: CardState): string => {
  // Its edits push nothing to anybody: they come at their own pace.
  if (card.kind === 'digest') return card.id;
  // It changes by people's hands alone: whatever they did is to be seen.
  if (card.kind === 'incident') return textOf(card);
  if (card.kind === 'alerts') {
    const { state, severity, episode, acknowledged, escalation, muted, changes = [] } = card.group;
    const ways = changes.filter(({ mayGoBack }) => mayGoBack).map(({ rolloutId }) => rolloutId);
    return [
      state,
      severity,
      episode,
      acknowledged?.by.id ?? '',
      escalation?.level ?? 0,
      muted?.name ?? '',
      ...ways,
    ].join('|');
  }
  const { rollout } = card;
  return [
    cardRevision(rollout),
    rollout.phase,
    rollout.hold?.code ?? '',
    rollout.needsSince === null ? '' : 'needs',
  ].join('|');
};

export function priority(card: CardState): Priority {
  if (card.kind === 'incident') return incidentPriority(card.incident);
  if (card.kind === 'rollout') return rolloutPriority(card.rollout);
  return card.kind === 'digest' ? digestPriority(card) : alertPriority(card);
}

function rolloutPriority(rollout: Rollout): Priority {
  if (isGoingBack(rollout) || rollout.phase === 'rolled-back' || rollout.phase === 'failed') return 0;
  if (hasEnded(rollout)) return 3;
  if (rollout.needsSince !== null || rollout.hold !== null || rollout.phase === 'paused') return 1;
  if (rollout.approvals.some((approval) => approval.state === 'pending')) return 2;
  return 3;
}

const BY_SEVERITY: Readonly<Record<Severity, Priority>> = { critical: 1, error: 2, warning: 2, info: 3 };

/** A rollout on its way back goes before every alert. */
const alertPriority = (card: CardState & { readonly kind: 'alerts' }): Priority =>
  card.group.state === 'resolved' ? 3 : BY_SEVERITY[card.group.severity];

/** Posted it has called whom it calls. */
function digestPriority({ digest, ts }: CardState & { readonly kind: 'digest' }): Priority {
  const severity = worstOpen(digest);
  return ts !== null || severity === null ? 3 : BY_SEVERITY[severity];
}

/** Written once: the same card is looked at many times while it waits for its turn. */
const texts = new WeakMap<object, string>();
/** The whole state that a card shows. */
export function textOf(card: CardState): string {
  if (card.kind === 'digest') return `${card.id} ${card.rev}`;
  const subject =
    card.kind === 'incident' ? card.incident : card.kind === 'rollout' ? card.rollout : card.group;
  const known = texts.get(subject);
  if (known !== undefined) return known;
  const text = JSON.stringify(subject);
  texts.set(subject, text);
  return text;
}
