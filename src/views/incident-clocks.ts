/** The regulators' clocks on the card, and the draft of what they are sent. */
import type { Clock, Regulator } from '../core/incident/clocks.ts';
import type { Incident } from '../core/incident/incident.ts';
import { both, NOTHING, type Part, section } from './blocks.ts';
import { person, personPlain } from './format.ts';
import { escapeText, plainText, whenLong } from './text.ts';
import { clock as utc } from './timeline.ts';

export const REGULATOR_NAMES: Readonly<Record<Regulator, string>> = { rbi: 'RBI', 'cert-in': 'CERT-In' };

export function clockLines(clocks: readonly Clock[], incident: Incident, root: string): Part {
  if (clocks.length === 0) return NOTHING;
  const lines = clocks.map(({ regulator, dueAt, filed }) => {
    const name = REGULATOR_NAMES[regulator];
    if (filed === null)
      return `⏱ *${name}*: to be filed until ${whenLong(dueAt)}, six hours after it was seen`;
    const reference = filed.reference === '' ? '' : `: ${escapeText(filed.reference, 100)}`;
    const late = filed.at > dueAt ? ', late' : '';
    return `✅ *${name}*: filed by ${person(filed.by)} ${whenLong(filed.at)}${late}${reference}`;
  });
  const hint = clocks.some(({ filed }) => filed === null)
    ? [
        `\`${escapeText(root)} incident report ${incident.id} rbi\` drafts it, \`… filed ${incident.id} rbi "reference"\` notes it`,
      ]
    : [];
  return both(section([...lines, ...hint].join('\n')));
}

/** Plain text, to be read, completed and sent by a person. Nothing is sent by the bot. */
export function regulatorReport(incident: Incident, regulator: Regulator, dueAt: number): string {
  const name = (who: Incident['commander']): string => (who === null ? 'nobody yet' : personPlain(who));
  const { id, title, severity, services, environment, state, detectedAt, declaredAt, resolvedAt } = incident;
  const updates = incident.updates.map(
    ({ at, state: then, text }) => `  ${utc(at)} UTC  ${then}: ${plainText(text, 1000)}`,
  );
  return [
    `DRAFT: incident report to ${REGULATOR_NAMES[regulator]}. Due by ${utc(dueAt)} UTC (six hours after detection).`,
    'Facts below are from the record; what stands in [brackets] must be completed. Check the form that applies to you.',
    '',
    'Reporting entity: [name, licence or registration, address]',
    `Contact: [name, phone, e-mail]; incident commander: ${name(incident.commander)}`,
    `Reference: ${id}`,
    `Subject: ${plainText(title, 200)}`,
    `Internal severity: SEV${severity} (1 is the worst)`,
    `Detected: ${utc(detectedAt)} UTC`,
    `Declared: ${utc(declaredAt)} UTC`,
    `State: ${state}${resolvedAt === null ? '' : `, resolved ${utc(resolvedAt)} UTC`}`,
    `Systems affected: ${services.map((each) => plainText(each, 40)).join(', ') || '[name them]'}${environment === null ? '' : ` (${plainText(environment, 30)})`}`,
    'Nature of the incident: [outage, unauthorised access, data breach, malicious code, fraud, other]',
    'Customers, transactions and money affected: [numbers, or "being determined"]',
    'Personal or payment data affected: [yes, no, being determined]',
    'Locations and addresses involved: [sites, IP addresses]',
    '',
    'Course so far:',
    ...(updates.length === 0 ? ['  [nothing was told yet]'] : updates),
    '',
    'Measures taken and planned: [complete]',
    'Root cause: [known, suspected, being determined]',
    '',
  ].join('\n');
}
