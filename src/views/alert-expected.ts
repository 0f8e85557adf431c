/** That a rule is expected of a workload: by whom, why, until when, and what came all the same. */
import type { Button, ModalView } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { ACTIONS, MODALS } from './actions.ts';
import { both, button, NOTHING, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { count, person } from './format.ts';
import { choice, oneLine, reason, text } from './modal-inputs.ts';
import { FIELDS, modal } from './modals.ts';
import { escapeText, whenLong } from './text.ts';

export function alertExpected(group: AlertGroup): Part {
  const { expected, events } = group;
  if (!expected) return NOTHING;
  // A later episode counts from nothing.
  const since = events >= expected.events ? events - expected.events : events;
  const words = `🙈 *Expected until ${whenLong(expected.until)}*, says ${person(expected.by)}: ${escapeText(expected.reason, 300)}\n${count(since, 'event')} since; nobody is called.`;
  if (group.state === 'resolved') return both(section(words));
  return both({ ...section(words), accessory: unmark(group) });
}

const cardValueOf = ({ id, episode }: AlertGroup): string =>
  encodeCardValue({ id, part: null, shown: String(episode) });

const unmark = (group: AlertGroup): Button =>
  button({ actionId: ACTIONS.unexpect, label: 'Not expected', value: cardValueOf(group) });

/** Where it may be: never what is critical, as the sender or the configuration ranks it. */
export const expectButton = (group: AlertGroup): readonly Button[] =>
  group.source === 'falco' &&
  group.severity !== 'critical' &&
  group.expected === undefined &&
  !/^(?:emergency|alert|critical)$/i.test(group.labels['priority'] ?? '')
    ? [button({ actionId: ACTIONS.expect, label: 'Mark expected…', value: cardValueOf(group) })]
    : [];

const DURATIONS = [
  ['24h', '1 day'],
  ['3d', '3 days'],
  ['7d', '7 days'],
  ['custom', 'Another time, below'],
] as const;

export const expectModal = (input: {
  readonly card: string;
  readonly channel: string;
  readonly group: AlertGroup;
}): ModalView => {
  const { namespace = '' } = input.group.labels;
  const pods = Object.keys(input.group.pods).slice(0, 3).join(', ');
  return modal(
    MODALS.expect,
    'Mark expected',
    'Mark expected',
    [
      text(
        `*${escapeText(input.group.title, 120)}*\nof this workload alone${namespace === '' ? '' : ` in ${escapeText(namespace, 63)}`}${pods === '' ? '' : `, seen on ${escapeText(pods, 300)}`}. Its events are counted and shown, and nobody is called until the mark ends by itself.`,
      ),
      choice(FIELDS.duration, 'For how long', DURATIONS, '24h'),
      oneLine(FIELDS.custom, 'Another time', 'Such as 6h or 2d; 7 days at most', true),
      reason('Reason, shown on the card', false),
    ],
    { channel: input.channel, card: input.card },
  );
};
