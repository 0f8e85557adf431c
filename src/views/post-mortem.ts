/** The draft of a post-mortem, as Markdown: what is on record is filled in, what people must think about is asked. */
import type { Incident } from '../core/incident/incident.ts';
import type { Timeline } from '../core/incident/timeline.ts';
import { duration } from './format.ts';
import { plainText } from './text.ts';
import { caveats, clock } from './timeline.ts';

/** One cell of a table: no line, no bar, no markup of Markdown or HTML. */
const cell = (text: string): string => plainText(text, 400).replace(/[|\\*_#[\]]/g, (sign) => `\\${sign}`);

const name = (who: Incident['commander']): string => (who === null ? 'nobody' : cell(who.name ?? who.id));

export function postMortem(incident: Incident, timeline: Timeline): string {
  const { id, title, severity, services, environment, detectedAt, declaredAt, resolvedAt } = incident;
  const facts: readonly (readonly [string, string])[] = [
    ['Severity', `SEV${severity}`],
    ['Services', services.length === 0 ? 'none named' : services.map(cell).join(', ')],
    ['Environment', cell(environment ?? 'all')],
    ['Commander', name(incident.commander)],
    ['Declared by', incident.declaredBy === null ? 'the bot' : name(incident.declaredBy)],
    ['Detected', `${clock(detectedAt)} UTC`],
    ['Declared', `${clock(declaredAt)} UTC, ${duration(declaredAt - detectedAt)} after`],
    [
      'Resolved',
      resolvedAt === null
        ? '**not yet**'
        : `${clock(resolvedAt)} UTC, ${duration(resolvedAt - detectedAt)} after it was detected`,
    ],
  ];
  const rows = timeline.entries.map(
    (entry) =>
      `| ${clock(entry.at)} | ${cell(entry.who ?? 'the bot')} | ${cell(entry.action)}${entry.outcome === 'done' ? '' : ` (${entry.outcome})`} | ${cell(entry.text)} | ${cell(entry.chain)} |`,
  );
  return [
    `# Post-mortem of ${id}: ${cell(title)}`,
    '',
    '> Draft. Facts and times are from the audit trail; what stands in _italics_ is for people to write. Nobody is to blame: ask how it could happen, not who did it.',
    '',
    '| | |',
    '| --- | --- |',
    ...facts.map(([label, value]) => `| ${label} | ${value} |`),
    '',
    '## Summary',
    '',
    '_Two sentences: what failed, and what customers saw._',
    '',
    '## Impact',
    '',
    '_Payments that failed or were late, customers, money, duration._',
    '',
    '## Root cause',
    '',
    '_Why it could happen. Ask why five times._',
    '',
    '## What was said',
    '',
    ...(incident.updates.length === 0 ? ['_No update was given._'] : incident.updates.map(updateLine)),
    '',
    '## Timeline (UTC)',
    '',
    '| When | Who | What | Details | On record in |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...caveats(timeline).map((line) => `- ${cell(line)}`),
    '',
    '## What went well, what did not',
    '',
    '_Detection, escalation, rollback, words to customers._',
    '',
    '## Actions',
    '',
    '| Action | Owner | Due |',
    '| --- | --- | --- |',
    '| _What makes it impossible, or seen sooner_ | _name_ | _date_ |',
    '',
  ].join('\n');
}

const updateLine = ({ at, by, state, text }: Incident['updates'][number]): string =>
  `- ${clock(at)} **${state}** ${by === null ? 'the bot' : name(by)}: ${cell(text)}`;
