import { beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../../src/core/incident/incident.ts';
import {
  escalateIncidents,
  type IncidentClockPorts,
} from '../../../src/services/incidents/escalate-incidents.ts';
import { MemoryOnCall } from '../../fakes/memory-on-call.ts';
import { MINUTE } from '../../support/escalation-fixtures.ts';
import { makeIncident } from '../../support/incident-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';
import { createIncidentGround, type IncidentGround } from './incident-ground.ts';

const LEVELS = {
  escalation: { levels: [{ onCall: [{ users: ['U0FIRST'] }] }, { onCall: [{ users: ['U0SECOND'] }] }] },
};
let ground: IncidentGround;
let ports: IncidentClockPorts;
let said: (readonly string[])[];
beforeEach(() => {
  ground = createIncidentGround({ onCall: [ASHA.id], alerts: LEVELS });
  said = [];
  const save = ground.incidents.save.bind(ground.incidents);
  ground.incidents.save = async (id, change) => {
    const result = await save(id, change);
    if (result === 'done') said.push(...change.lines.map(({ text, mentions }) => [text, ...mentions]));
    return result;
  };
  ports = { ...ground.ports, onCall: new MemoryOnCall() };
});
const put = (more: Partial<Incident> = {}): void =>
  ground.incidents.put(makeIncident({ declaredAt: ground.now, detectedAt: ground.now, ...more }));
/** Two replicas look at the same instant. */
const lookAfter = async (minutes: number): Promise<void> => {
  ground.clock.advance(minutes * MINUTE);
  await Promise.all([escalateIncidents(ports), escalateIncidents(ports)]);
};

describe('an incident that nobody leads', () => {
  it('is reminded, then the next level is called, each once by two replicas, on record', async () => {
    put({ commander: null });
    for (const minutes of [0, 5, 5, 1]) await lookAfter(minutes);
    expect(said).toEqual([
      ['Nobody leads it: level 1 was called 5 min ago.', 'U0FIRST'],
      ['Level 2 is called: nobody has led it for 10 min.', 'U0SECOND'],
    ]);
    const records = await ground.incidents.readAudit('INC-1');
    expect(records.map(({ action, actor }) => [action, actor])).toEqual([
      ['incident.remind', null],
      ['incident.escalate', null],
    ]);
  });

  it.each<[string, Partial<Incident>]>([
    ['is not bad enough', { severity: 3 }],
    ['is resolved', { state: 'resolved', resolvedAt: 1 }],
  ])('and %s calls nobody', async (_, more) => {
    put({ commander: null, ...more });
    for (const minutes of [0, 60, 60]) await lookAfter(minutes);
    expect(said).toEqual([]);
  });
});

describe('an incident that somebody leads', () => {
  it('without a word for long reminds who leads', async () => {
    put();
    for (const minutes of [0, 29, 1, 29]) await lookAfter(minutes);
    expect(said).toEqual([['No word for 30 min: say how it stands.', ASHA.id]]);
    const { incident, rev } = ground.incidents.rows.get('INC-1') ?? expect.fail();
    const at = await ground.clock.now();
    const updates = [{ at, by: ASHA, state: 'investigating' as const, text: 'looking' }];
    await ground.incidents.save('INC-1', {
      next: { ...incident, updates },
      expectedRev: rev,
      lines: [],
      audit: [],
      isDirty: true,
    });
    await lookAfter(29);
    expect(said).toHaveLength(1);
    await lookAfter(1);
    expect(said).toHaveLength(2);
  });
});
