/** What could be sent to one channel next, and which of it comes first. Pure. */
import type { CardState, ThreadLine } from '../ports/rollout-store.ts';
import { bornAt, facts, isOver, priority, textOf } from './card-subject.ts';

/** What a budget is asked with. `alarm`: goes back, ended badly or needs a person, and not shown yet. */
export type Urgency = 'routine' | 'urgent' | 'alarm';

export type CardJob =
  | {
      readonly kind: 'post' | 'edit';
      readonly card: CardState;
      readonly readyAt: number;
      readonly urgency: Urgency;
    }
  | {
      readonly kind: 'line';
      readonly card: CardState;
      readonly line: ThreadLine;
      readonly cardTs: string;
      readonly readyAt: number;
      readonly urgency: Urgency;
    };

/** What is known in this process of a card's last delivery. */
export interface Delivered {
  readonly at: number;
  /** facts() of the state that it shows. */
  readonly facts: string;
  /** The whole state that it shows. */
  readonly state: string;
}

export const deliveredNow = (card: CardState, at: number): Delivered => ({
  at,
  facts: facts(card),
  state: textOf(card),
});

export interface JobInputs {
  readonly delivered: ReadonlyMap<string, Delivered>;
  /** Not before this time, after a failure of this card alone. */
  readonly heldUntil: ReadonlyMap<string, number>;
  /** The same of lines, by their id. */
  readonly linesHeldUntil?: ReadonlyMap<string, number>;
  /** Cards that must be drawn again at once. */
  readonly urged: ReadonlySet<string>;
  readonly editIntervalMs: number;
}

const isCardDirty = (card: CardState): boolean => card.ts === null || card.cardRev > card.postedRev;

function cardJob(card: CardState, inputs: JobInputs): CardJob | null {
  if (!isCardDirty(card)) return null;
  const heldUntil = inputs.heldUntil.get(card.id) ?? 0;
  const isAlarming = priority(card) <= 1;
  if (card.ts === null)
    return { kind: 'post', card, readyAt: heldUntil, urgency: isAlarming ? 'alarm' : 'urgent' };
  const last = inputs.delivered.get(card.id);
  const isNews = last === undefined || last.facts !== facts(card);
  const isUrgent =
    isNews ||
    inputs.urged.has(card.id) ||
    isOver(card) ||
    // Dirty without a change: a click took the buttons away and the card must bring them back.
    last.state === textOf(card);
  const paced = last === undefined || isUrgent ? 0 : last.at + inputs.editIntervalMs;
  // Only what no card says yet: clicks on a card that says it already must not use up what is kept for alarms.
  const isUnsaid = last === undefined ? !inputs.urged.has(card.id) : isNews;
  const urgency = isUnsaid && isAlarming ? 'alarm' : isUrgent ? 'urgent' : 'routine';
  return { kind: 'edit', card, readyAt: Math.max(heldUntil, paced), urgency };
}

function lineJob(card: CardState, inputs: JobInputs): CardJob | null {
  const [line] = card.lines;
  if (line === undefined || card.ts === null) return null;
  // A mention is the push that a person waits for; what stands before it in the thread goes first all the same.
  const isPush = card.lines.some((pending) => pending.mentions.length > 0);
  return {
    kind: 'line',
    card,
    line,
    cardTs: card.ts,
    readyAt: Math.max(inputs.heldUntil.get(card.id) ?? 0, inputs.linesHeldUntil?.get(line.id) ?? 0),
    urgency: !isPush ? 'routine' : priority(card) <= 1 ? 'alarm' : 'urgent',
  };
}

const rank = (job: CardJob): number => {
  const urgency = priority(job.card);
  if (job.kind !== 'line') return urgency;
  if (job.line.isList) return 5;
  return job.urgency === 'routine' ? 4 : urgency + 0.5;
};

/** All that is undelivered, most urgent first; among equals the one that waited longest. */
export function planJobs(cards: readonly CardState[], inputs: JobInputs): readonly CardJob[] {
  const waitedSince = (job: CardJob): number =>
    inputs.delivered.get(job.card.id)?.at ?? Number.NEGATIVE_INFINITY;
  return cards
    .flatMap((card) => [cardJob(card, inputs), lineJob(card, inputs)])
    .filter((job) => job !== null)
    .sort(
      (a, b) =>
        rank(a) - rank(b) || Math.sign(waitedSince(a) - waitedSince(b)) || bornAt(a.card) - bornAt(b.card),
    );
}
