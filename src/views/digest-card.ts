/** One message that names many alert groups: what is too much for cards of their own is told by name, all of it. */
import type { Digest, DigestEntry } from '../core/alert/digest.ts';
import type { Message } from '../ports/chat.ts';
import { DOT } from './alert-headline.ts';
import { context, fitMessage, header, section } from './blocks.ts';
import { count, lasting } from './format.ts';
import { LIMITS } from './limits.ts';
import { clipPlain, escapeEntities, escapeText, grouped, plainText } from './text.ts';
import { mention } from './thread.ts';

export interface DigestCardInput {
  readonly digest: Digest;
  /** Slack ids of whom the configuration calls about what is open in it. */
  readonly callees: readonly string[];
}

/** Characters of all names as JSON; the rest is for head, words and foot. */
const NAMES_ROOM = 10_200;
/** A name is cut to no less: below it nobody would know what is meant. */
const NAME_LEAST = 40;
const NAME_MOST = 120;
/** What stands around a name: mark, count, line feed, markup. */
const AROUND = 34;

export function digestCard({ digest, callees }: DigestCardInput): Message {
  const head = headlineOf(digest);
  const names = callees
    .map(mention)
    .filter((each) => each !== null)
    .slice(0, 10);
  const blocks = [
    header(head),
    section(
      `More alerts than one message each would take in time: here are their names. Each that still fires gets its own card when it is calmer.`,
    ),
    ...sections(linesOf(digest)).map(section),
    context(
      [names.join(' '), `${escapeText(digest.id, 20)} · the list with labels is in the thread`]
        .filter(Boolean)
        .join('\n'),
    ),
  ];
  return fitMessage({
    text: [plainText(head, 150), firstNames(digest), ...names].filter(Boolean).join('\n'),
    blocks,
    classic: blocks,
  });
}

function headlineOf({ entries }: Digest): string {
  const open = entries.filter((entry) => entry.endedAt === null);
  const all = count(entries.length, 'alert');
  if (open.length === 0) return `🟢 ${all} at once · all ended`;
  const worst = (['critical', 'error', 'warning', 'info'] as const).find((severity) =>
    open.some((entry) => entry.severity === severity),
  );
  const of = worst ? ` · ${grouped(open.filter(({ severity }) => severity === worst).length)} ${worst}` : '';
  const ended = entries.length - open.length;
  return `${DOT[worst ?? 'info']} ${all} at once${of}${ended > 0 ? ` · ${grouped(ended)} ended` : ''}`;
}

const firstNames = ({ entries }: Digest): string =>
  entries
    .filter(({ endedAt, hasCard }) => endedAt === null && !hasCard)
    .slice(0, 3)
    .map((entry) => plainText(nameOf(entry), 60))
    .join(', ');

const nameOf = ({ title, about }: DigestEntry): string =>
  [title || 'Alert without a name', about].filter((part) => part !== '').join(' · ');

/** Each name on a line of its own. Many share the room evenly: none is left out for the length of another. */
function linesOf({ entries }: Digest): readonly string[] {
  const share = Math.floor(NAMES_ROOM / Math.max(1, entries.length)) - AROUND;
  const room = Math.min(NAME_MOST, Math.max(NAME_LEAST, share));
  return entries.map((entry) => lineOf(entry, room));
}

function lineOf(entry: DigestEntry, room: number): string {
  const name = clipEscaped(nameOf(entry), room);
  if (entry.hasCard) return `↗ ${name} · _own card_`;
  if (entry.endedAt !== null)
    return `🟢 ~${name.replaceAll('~', '-')}~ · ${lasting(Math.max(0, entry.endedAt - entry.since))}`;
  const looked = entry.acknowledgedBy === null ? '' : ' 👀';
  const times = entry.isCounted === 'seen' ? ` · ${grouped(entry.count)}×` : '';
  const firing = entry.isCounted === 'firing' && entry.count !== 1 ? ` · ${grouped(entry.count)} firing` : '';
  return `${DOT[entry.severity]} ${name}${times}${firing}${looked}`;
}

/** Cut before it is escaped and measured after: `&amp;` is five characters to Slack. */
function clipEscaped(name: string, room: number): string {
  for (let most = room; most > 4; most -= 4) {
    const shown = escapeEntities(clipPlain(plainOf(name), most));
    if (JSON.stringify(shown).length - 2 <= room) return shown;
  }
  return '…';
}

/** As escapeText, without its note of how much is cut. */
const plainOf = (name: string): string => plainText(name, 400).replaceAll('‹', '<').replaceAll('›', '>');

/** As few sections as hold all lines. */
function sections(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let current = '';
  for (const line of lines) {
    if (current !== '' && current.length + 1 + line.length > LIMITS.text - 10) {
      found.push(current);
      current = line;
    } else current = current === '' ? line : `${current}\n${line}`;
  }
  return current === '' ? found : [...found, current];
}
