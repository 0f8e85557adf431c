/** What calls nobody just now, or at times. */
import type { KnownBlock } from '@slack/types';
import type { Mute, OrderedMute } from '../core/alert/mute.ts';
import type { WeekWindow } from '../core/alert/time-table.ts';
import type { Message } from '../ports/chat.ts';
import { fitMessage, section } from './blocks.ts';
import { person } from './format.ts';
import { escapeText, whenLong } from './text.ts';

export interface MutesInput {
  readonly configured: readonly Mute[];
  readonly ordered: readonly OrderedMute[];
  readonly root: string;
}

const SHOWN = 30;

const labels = ({ match }: Pick<Mute, 'match'>): string =>
  Object.entries(match)
    .map(([name, value]) => `${escapeText(name, 60)}=${escapeText(value, 80)}`)
    .join(', ');

const reply = (...lines: readonly string[]): Message => {
  const blocks: readonly KnownBlock[] = [section(lines.join('\n'))];
  return fitMessage({ text: lines.join('\n'), blocks, classic: blocks });
};

export function mutesView({ configured, ordered, root }: MutesInput): Message {
  const form = `\`${escapeText(root)} mute match="service=ledger" for=2h reason="db upgrade"\` mutes.`;
  const all = [...ordered.map(byWord), ...configured.map(byConfiguration)];
  if (all.length === 0) return reply('Nothing is muted.', form);
  const more = all.length > SHOWN ? [`and ${all.length - SHOWN} more`] : [];
  return reply('*Muted: shown, and nobody is called*', ...all.slice(0, SHOWN), ...more, form);
}

const byWord = (mute: OrderedMute): string =>
  `• *${escapeText(mute.name, 60)}* ${labels(mute)} until ${whenLong(mute.until)}, by ${person(mute.by)}`;

function byConfiguration(mute: Mute): string {
  const from = mute.from === null ? '' : ` from ${whenLong(mute.from)}`;
  const until = mute.until === null ? '' : ` until ${whenLong(mute.until)}`;
  const weekly =
    mute.weekly.length === 0
      ? ''
      : `, ${mute.weekly.map(hours).join('; ')} (${escapeText(mute.timeZone, 40)})`;
  return `• *${escapeText(mute.name, 60)}* ${labels(mute)}${from}${until}${weekly}, by configuration`;
}

const hours = ({ days, from, until }: WeekWindow): string =>
  `${days.length === 0 ? 'every day' : days.join(' ')}${from === null ? '' : ` ${from} to ${until}`}`;

export const mutedReply = (mute: OrderedMute, root: string): Message =>
  reply(
    `Alerts with ${labels(mute)} call nobody until ${whenLong(mute.until)}; they are shown. What still fires then calls. \`${escapeText(root)} mute end "${escapeText(mute.name, 60)}"\` ends it sooner.`,
  );

export const muteEndedReply = (mute: OrderedMute): Message =>
  reply(`*${escapeText(mute.name, 60)}* mutes no longer: what still fires calls within seconds.`);
