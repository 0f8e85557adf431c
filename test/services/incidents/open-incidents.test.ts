import { beforeEach, describe, expect, it } from 'vitest';
import {
  assertMayFix,
  assertNoIncident,
  openIncidents,
} from '../../../src/services/incidents/open-incidents.ts';
import { MemoryIncidents } from '../../fakes/memory-incidents.ts';
import { makeIncident } from '../../support/incident-fixtures.ts';
import { ASHA, BHARAT, TARGET } from '../../support/rollout-fixtures.ts';
import { actorOf } from '../alerts/alert-ground.ts';

let incidents: MemoryIncidents;
beforeEach(() => {
  incidents = new MemoryIncidents();
});
const found = async () => (await openIncidents(incidents, TARGET)).map(({ id }) => id);

describe('incidents that keep deploys of a target away', () => {
  it('are open, SEV1 or SEV2, and name the service there', async () => {
    incidents.put(makeIncident({ id: 'INC-1' }));
    incidents.put(makeIncident({ id: 'INC-2', environment: TARGET.environment }));
    incidents.put(makeIncident({ id: 'INC-3', environment: 'staging' }));
    incidents.put(makeIncident({ id: 'INC-4', severity: 3 }));
    incidents.put(makeIncident({ id: 'INC-5', services: ['ledger'] }));
    incidents.put(makeIncident({ id: 'INC-6', state: 'resolved' }));
    expect(await found()).toEqual(['INC-1', 'INC-2']);
  });

  it('keep a promotion away, that of the fix excepted', async () => {
    incidents.put(makeIncident());
    await expect(assertNoIncident(incidents, TARGET, undefined)).rejects.toThrow('is not promoted meanwhile');
    await expect(assertNoIncident(incidents, TARGET, 'INC-2')).rejects.toThrow('INC-1 is open');
    await assertNoIncident(incidents, TARGET, 'INC-1');
  });

  it('are fixed at the wish of anybody but their leader, who must approve', async () => {
    incidents.put(makeIncident());
    await expect(assertMayFix(incidents, actorOf(ASHA), 'INC-1')).rejects.toThrow('You lead INC-1');
    await assertMayFix(incidents, actorOf(BHARAT), 'INC-1');
    await expect(assertMayFix(incidents, actorOf(BHARAT), 'INC-9')).rejects.toThrow('no incident INC-9');
  });
});
