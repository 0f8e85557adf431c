/** The forms of alert cards. */
import type { ModalView } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { Matcher, Matching } from '../core/alert/silence.ts';
import { MODALS } from './actions.ts';
import { matcherWords, matchingWords } from './alert-silence.ts';
import { choice, oneLine, reason, text } from './modal-inputs.ts';
import { FIELDS, modal } from './modals.ts';
import { escapeText } from './text.ts';

export interface CardModalInput {
  /** encodeCardValue() of the button that opened it. */
  readonly card: string;
  readonly channel: string;
}

const DURATIONS = [
  ['1h', '1 hour'],
  ['4h', '4 hours'],
  ['24h', '24 hours'],
  ['custom', 'Another time, below'],
] as const;

export interface SilenceModalInput extends CardModalInput {
  readonly group: AlertGroup;
  readonly matchers: readonly Matcher[];
  readonly matching: Matching;
}

/** What it would hold back comes first. */
export function silenceModal(input: SilenceModalInput): ModalView {
  const { card, channel, group, matchers, matching } = input;
  const several =
    matching.services.length > 1 ? '\n⚠️ Of several services: a second person must approve.' : '';
  return modal(
    MODALS.silence,
    'Silence',
    'Silence',
    [
      text(
        `*${escapeText(group.title, 120)}*\nHolds back ${matchingWords(matching)}${several}\n${matcherWords(matchers)}`,
      ),
      choice(FIELDS.duration, 'For how long', DURATIONS, '1h'),
      oneLine(FIELDS.custom, 'Another time', 'Such as 90m, 6h or 2d; 7 days at most', true),
      reason('Reason, shown on the card and in Alertmanager', false),
    ],
    { channel, card },
  );
}

export const alertRejectModal = (input: CardModalInput & { readonly title: string }): ModalView =>
  modal(
    MODALS.alertReject,
    'Reject',
    'Reject',
    [
      text(`Reject ${escapeText(input.title, 200)}? One reject ends it.`),
      reason('Reason, shown in the thread', false),
    ],
    { channel: input.channel, card: input.card },
  );
