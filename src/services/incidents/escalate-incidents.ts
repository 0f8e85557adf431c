/**
 * The clock of the incidents: one that nobody commands is reminded and escalated as an alert is; whoever commands one that
 * heard no word for long is reminded. Every replica looks; the compare-and-set on the incident makes each act happen once.
 */
import { decideEscalation, type EscalationStep, type Watched } from '../../core/alert/escalation.ts';
import { incidentWords } from '../../core/alert/escalation-words.ts';
import type { Severity } from '../../core/alert/severity.ts';
import { type Incident, type IncidentSeverity, isOpen } from '../../core/incident/incident.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { StoredIncident } from '../../ports/incident-store.ts';
import type { OnCallStore } from '../../ports/on-call-store.ts';
import { escalationPolicy } from '../alerts/escalation-policy.ts';
import { draftOf } from './change-incident.ts';
import type { IncidentPorts } from './incident-ports.ts';

export type IncidentClockPorts = Pick<IncidentPorts, 'config' | 'incidents' | 'queue' | 'clock' | 'log'> & {
  readonly onCall: OnCallStore;
};

/** Whoever is called about a critical alert is called about these. */
const SEVERITY: Readonly<Record<IncidentSeverity, Severity>> = {
  1: 'critical',
  2: 'critical',
  3: 'warning',
  4: 'info',
};

/** Mutes are for alerts: an incident has no labels. */
export const watchedIncident = (incident: Incident): Watched => ({
  isOver: !isOpen(incident),
  severity: SEVERITY[incident.severity],
  labels: {},
  acknowledged: incident.commander && {
    by: incident.commander,
    at: incident.updates.at(-1)?.at ?? incident.declaredAt,
  },
  escalation: incident.escalation,
});

/** Never throws: with the store away nobody can be called, and the next look is seconds away. */
export async function escalateIncidents(ports: IncidentClockPorts): Promise<void> {
  const { config, incidents, onCall, clock, log } = ports;
  try {
    const [open, overrides, now] = await Promise.all([incidents.open(), onCall.overrides(), clock.now()]);
    const policy = { ...escalationPolicy(config), mutes: [] };
    for (const stored of open) {
      const step = decideEscalation(watchedIncident(stored.incident), policy, now, overrides);
      if (step.kind === 'change') await save(ports, stored, step, now, policy.timeZone);
    }
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    log[level]({ err: error }, 'open incidents not looked at for reminders');
  }
}

/** Whoever saved first has said it; the next look is seconds away. */
async function save(
  { incidents, queue }: IncidentClockPorts,
  { incident, rev }: StoredIncident,
  { next, act, calls }: Extract<EscalationStep, { readonly kind: 'change' }>,
  now: number,
  timeZone: string,
): Promise<void> {
  const text = act && incidentWords(act, { now, timeZone });
  const result = await incidents.save(incident.id, {
    next: { ...incident, escalation: next.escalation },
    expectedRev: rev,
    lines: text === null ? [] : [{ text, at: now, mentions: calls }],
    audit:
      act === null
        ? []
        : [draftOf(null, now, `incident.${act.code}`, incident.id, { text, called: calls.join(' ') })],
    isDirty: false,
  });
  if (result === 'done' && text !== null) await queue.wakeChannel(incident.channel);
}
