/** The silence of an alert group, as Alertmanager has it: never more than is known. */
import type { Button } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { GroupSilence, Matcher, Matching } from '../core/alert/silence.ts';
import { ACTIONS } from './actions.ts';
import { both, button, confirm, context, NOTHING, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { count, person } from './format.ts';
import { escapeText, plainText, when, whenLong } from './text.ts';

const SERVICES_SHOWN = 8;
const MATCHERS_SHOWN = 8;

/** `3 alerts now: ledger (2), wallet (1)`. mrkdwn. */
export function matchingWords({ alerts, services }: Matching): string {
  if (alerts === 0) return 'no alert now';
  const shown = services
    .slice(0, SERVICES_SHOWN)
    .map(({ name, alerts: many }) => `${escapeText(name, 60)} (${many})`);
  const more = services.length - shown.length;
  return `*${count(alerts, 'alert')} of ${count(services.length, 'service')}* now: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** mrkdwn. */
export function matcherWords(matchers: readonly Matcher[]): string {
  const shown = matchers
    .slice(0, MATCHERS_SHOWN)
    .map(({ name, value }) => `${escapeText(name, 60)}="${escapeText(value, 120)}"`);
  const more = matchers.length - shown.length;
  return `By ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function alertSilence(group: AlertGroup): Part {
  const { silence } = group;
  if (!silence) return NOTHING;
  switch (silence.state) {
    case 'creating':
      return both(
        context(
          `⏳ ${person(silence.by)} asked Alertmanager for a silence until ${whenLong(silence.endsAt)}: *not confirmed*. It is looked up until that is known.`,
        ),
      );
    case 'open':
      return open(group, silence);
    case 'ended':
      return group.state === 'resolved' ? NOTHING : both(context(`🔊 ${endedWords(silence)}`));
    case 'refused':
      return both(
        context(`⚠️ Not silenced, as ${person(silence.by)} wanted: ${escapeText(silence.failure ?? '', 300)}`),
      );
  }
}

function open(group: AlertGroup, silence: GroupSilence): Part {
  const { by, approvedBy, reason, silenceId, endsAt, startsAt } = silence;
  const approved = approvedBy === null ? '' : `, approved by ${person(approvedBy)}`;
  const words = [
    `🔇 *Silenced until ${whenLong(endsAt)}* by ${person(by)} ${when(startsAt)}${approved}: ${escapeText(reason, 300)}`,
    `${stillFiring(group, silence)} Silence ${escapeText(silenceId ?? '?', 60)}`,
  ].join('\n');
  if (silenceId === null) return both(section(words));
  return both({ ...section(words), accessory: end(group, silenceId) });
}

/** Alertmanager says nothing of its own accord meanwhile, so this is what was asked for. */
function stillFiring({ state }: AlertGroup, { firing }: GroupSilence): string {
  if (state === 'resolved') return 'Alertmanager tells of no such alert until then.';
  if (firing === null) return 'Alertmanager tells nothing more of it; whether it fires is not known.';
  return firing === 0
    ? 'Alertmanager tells nothing more of it; none of these alerts fires just now.'
    : `Alertmanager tells nothing more of it; ${count(firing, 'alert')} ${firing === 1 ? 'fires' : 'fire'} behind it.`;
}

function endedWords({ ended, endedAt, endedBy, silenceId }: GroupSilence): string {
  const at = endedAt === null ? '' : ` ${when(endedAt)}`;
  const id = escapeText(silenceId ?? '', 60);
  if (ended === 'by-person' && endedBy !== null) return `${person(endedBy)} ended the silence${at} · ${id}`;
  return ended === 'expired' ? `The silence was over${at} · ${id}` : `Ended in Alertmanager${at} · ${id}`;
}

const end = (group: AlertGroup, silenceId: string): Button =>
  button({
    actionId: ACTIONS.endSilence,
    label: 'End silence',
    value: encodeCardValue({ id: group.id, part: silenceId, shown: String(group.episode) }),
    confirm: confirm(
      'End the silence?',
      `${plainText(group.title, 100)}: Alertmanager tells of these alerts again at once, and whoever is on call is called.`,
      'End it',
      'Leave it',
    ),
  });

/** Where it may be silenced and is not. */
export const maySilence = ({ source, state, silence }: AlertGroup): boolean =>
  source === 'alertmanager' &&
  state === 'firing' &&
  silence?.state !== 'open' &&
  silence?.state !== 'creating';
