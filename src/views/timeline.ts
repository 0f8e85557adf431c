/** A timeline as text: each line a moment, in UTC, since it is read by people of several places and by auditors. */
import type { Timeline, TimelineEntry } from '../core/incident/timeline.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { escapeText } from './text.ts';

const SHOWN = 25;

export const clock = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const outcomeWord = ({ outcome }: TimelineEntry): string => (outcome === 'done' ? '' : ` (${outcome})`);

/** What must be known of what is not in it. */
export function caveats({ leftOut, broken }: Timeline): readonly string[] {
  return [
    ...(leftOut > 0 ? [`${leftOut} entries in the middle are left out.`] : []),
    ...(broken.length > 0
      ? [`The audit trail of ${broken.join(', ')} does not verify: its records were altered or are missing.`]
      : []),
    'Alerts that were over before and were not its own are not in it.',
  ];
}

/** The newest entries, for one person. */
export function timelineView(id: string, timeline: Timeline): Message {
  const shown = timeline.entries.slice(-SHOWN);
  const rest = timeline.entries.length + timeline.leftOut - shown.length;
  const title = `*Timeline of ${escapeText(id, 20)}*, UTC${rest > 0 ? ` · ${rest} older entries are in its post-mortem` : ''}`;
  const lines = shown.map(
    (entry) =>
      `\`${clock(entry.at).slice(11)}\` *${escapeText(entry.action, 60)}*${outcomeWord(entry)} · ${escapeText(entry.who ?? 'the bot', 60)} · ${escapeText(entry.chain, 80)} · ${escapeText(entry.text, 200)}`,
  );
  const halves = [lines.slice(0, 13), lines.slice(13)].filter((half) => half.length > 0);
  const blocks = [
    section(title),
    ...halves.map((half) => section(half.join('\n'))),
    context(
      caveats(timeline)
        .map((line) => escapeText(line, 400))
        .join(' '),
    ),
  ];
  return fitMessage({ text: [title, ...lines].join('\n'), blocks, classic: blocks });
}
