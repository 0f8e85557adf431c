/** What fires now, as `alerts` lists it and the page in short. */
import type { KnownBlock } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { Message } from '../ports/chat.ts';
import { DOT, nameOf } from './alert-headline.ts';
import { context, fitMessage, section } from './blocks.ts';
import { count, lasting, person } from './format.ts';
import { escapeEntities, escapeText, grouped, whenLong } from './text.ts';

export interface FiringInput {
  readonly items: readonly { readonly group: AlertGroup; readonly link: string | null }[];
  readonly total: number;
  readonly unacknowledged: number;
  /** Open groups that were not even read: a storm. */
  readonly notLookedAt: number;
  /** The service asked for; null: all. */
  readonly service: string | null;
  readonly root: string;
  /** ms since the epoch. */
  readonly now: number;
}

const PER_SECTION = 10;

export function firingView(input: FiringInput): Message {
  const of = input.service === null ? '' : ` of *${escapeText(input.service, 60)}*`;
  if (input.total === 0) {
    const none = `Nothing fires${of}.${unread(input)}`;
    const blocks = [section(none)];
    return fitMessage({ text: none, blocks, classic: blocks });
  }
  const title = `*Firing${of}* · ${summary(input)}`;
  const lines = input.items.map((item) => line(item, input.now));
  const rest = input.total - input.items.length;
  const blocks: KnownBlock[] = [section(title)];
  for (let at = 0; at < lines.length; at += PER_SECTION)
    blocks.push(section(lines.slice(at, at + PER_SECTION).join('\n')));
  const foot = [
    rest > 0 ? `and ${grouped(rest)} more, less urgent: name a service to see its own.` : '',
    unread(input).trim(),
  ].filter((words) => words !== '');
  if (foot.length > 0) blocks.push(context(foot.join(' ')));
  return fitMessage({ text: [title, ...lines, ...foot].join('\n'), blocks, classic: blocks });
}

/** For the page. */
export function firingSections(input: FiringInput): readonly KnownBlock[] {
  if (input.total === 0) return [section(`*Firing*\nNothing fires.${unread(input)}`)];
  const lines = input.items.map((item) => line(item, input.now));
  const rest = input.total - input.items.length;
  const more = rest > 0 ? [`and ${grouped(rest)} more: \`${escapeText(input.root)} alerts\` lists them`] : [];
  return [section([`*Firing* · ${summary(input)}`, ...lines, ...more].join('\n'))];
}

const summary = ({ total, unacknowledged }: FiringInput): string =>
  `${count(total, 'alert group')}, ${unacknowledged === 0 ? 'somebody looks at each' : `${grouped(unacknowledged)} with nobody looking`}`;

const unread = ({ notLookedAt }: FiringInput): string =>
  notLookedAt === 0 ? '' : ` ${grouped(notLookedAt)} older ones were not looked at: this is a storm.`;

/** Worst sign first, then what, how many, how long, who looks. */
function line({ group, link }: FiringInput['items'][number], now: number): string {
  const name = escapeEntities(nameOf(group));
  const named = link === null ? `*${name}*` : `*<${link}|${name.replace(/\|/g, '¦')}>*`;
  const many =
    group.source === 'falco' ? `seen ${grouped(group.events)}×` : `${grouped(group.firing)} firing`;
  const who =
    group.acknowledged === null ? 'nobody looks at it' : `👀 ${person(group.acknowledged.by)} looks at it`;
  const held =
    group.silence?.state === 'open' ? ` · 🔇 silenced until ${whenLong(group.silence.endsAt)}` : '';
  const mark = group.expected ? ` · 🙈 expected until ${whenLong(group.expected.until)}` : '';
  return `${DOT[group.severity]} ${named} · ${many} · for ${lasting(now - group.since)} · ${who}${held}${mark}`;
}
