import { beforeEach, describe, expect, it } from 'vitest';
import { SIX_HOURS_MS } from '../../../src/core/incident/clocks.ts';
import { createIncidentActs } from '../../../src/services/incidents/create-incident-acts.ts';
import { remindOfFilings } from '../../../src/services/incidents/filings.ts';
import type { IncidentActs } from '../../../src/services/incidents/incident-acts.ts';
import { makeIncident } from '../../support/incident-fixtures.ts';
import { ASHA, BHARAT } from '../../support/rollout-fixtures.ts';
import { actorOf } from '../alerts/alert-ground.ts';
import { createIncidentGround, type IncidentGround } from './incident-ground.ts';

let ground: IncidentGround;
let acts: IncidentActs;
const asha = actorOf(ASHA);
/** Declared so long ago. */
const seen = (agoMs: number, more: object = {}): void => {
  const at = ground.now - agoMs;
  ground.incidents.put(makeIncident({ declaredAt: at, detectedAt: at, ...more }));
};
const said = () => ground.incidents.lines.map(({ text, mentions }) => `${text} ${mentions.join(' ')}`);
beforeEach(() => {
  ground = createIncidentGround({ onCall: [ASHA.id] });
  acts = createIncidentActs(ground.ports);
});

describe('what regulators want within six hours', () => {
  it('is recorded as filed once, by whom and when, and that it was late', async () => {
    seen(SIX_HOURS_MS + 1);
    await acts.filed(asha, 'INC-1', 'rbi', 'R-77');
    const { incident } = await acts.load('INC-1');
    expect(incident.filings).toEqual({ rbi: { by: ASHA, at: ground.now, reference: 'R-77' } });
    expect(said()).toEqual(['Asha: filed with RBI, late: R-77 ']);
    expect((await ground.incidents.readAudit('INC-1')).at(-1)).toMatchObject({
      ...{ action: 'incident.filed', actor: ASHA, at: ground.now },
      data: { regulator: 'rbi', reference: 'R-77', late: true },
    });
    await expect(acts.filed(asha, 'INC-1', 'rbi', 'again')).rejects.toThrow('by Asha already');
    await expect(acts.filed(actorOf(BHARAT), 'INC-1', 'cert-in', '')).rejects.toThrow('You may not incident');
  });

  it('is drafted as a text file, with what is on record and what must be completed', async () => {
    seen(60_000);
    await acts.report(asha, 'INC-1', 'cert-in');
    expect(ground.files).toEqual([
      {
        id: 'INC-1',
        name: 'INC-1-cert-in.txt',
        content: expect.stringMatching(
          /DRAFT: .* to CERT-In\. Due by .*[\s\S]*Payments fail[\s\S]*\[numbers/,
        ),
      },
    ]);
  });

  it.each([
    ['nothing yet', 3 * 3_600_000, {}, []],
    [
      'two hours before',
      4 * 3_600_000,
      {},
      ['120 min until the six hours are over: not noted as filed with RBI and CERT-In U0ASHA U0ASHA'],
    ],
    [
      'when they are over',
      SIX_HOURS_MS,
      {},
      ['The six hours are over: nothing is noted as filed with RBI and CERT-In U0ASHA U0ASHA'],
    ],
    ['nothing of a SEV3', SIX_HOURS_MS, { severity: 3 }, []],
  ])('is reminded of by two replicas once: %s', async (_, agoMs, more, wanted) => {
    seen(agoMs, more);
    await Promise.all([remindOfFilings(ground.ports), remindOfFilings(ground.ports)]);
    await remindOfFilings(ground.ports);
    expect(said()).toEqual(wanted);
  });

  it('names what is missing alone, after the end of the incident too', async () => {
    const filings = { rbi: { by: ASHA, at: ground.now, reference: '' } };
    seen(SIX_HOURS_MS - 60_000, { state: 'resolved', resolvedAt: ground.now, filings });
    await remindOfFilings(ground.ports);
    expect(said()[0]).toContain('1 min until the six hours are over: not noted as filed with CERT-In');
  });
});
