import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/core/audit-chain.ts';
import type { Incident } from '../../src/core/incident/incident.ts';
import type { Founding, IncidentStore } from '../../src/ports/incident-store.ts';
import { makeIncident } from '../support/incident-fixtures.ts';
import { draft } from './store-fixtures.ts';

export interface OpenedIncidents {
  readonly incidents: IncidentStore;
  /** A second process on the same state (the fake may return itself). */
  readonly other: IncidentStore;
  wipe(): Promise<void>;
  close(): Promise<void>;
}

const found =
  (more: Partial<Incident> = {}): Founding =>
  (id) => ({ next: makeIncident({ ...more, id }), lines: [], audit: [draft()] });

/** What every store of incidents must do. */
export const describeIncidents = (name: string, open: () => Promise<OpenedIncidents>): void => {
  describe(`incidents: ${name}`, () => {
    let store: OpenedIncidents;
    beforeAll(async () => {
      store = await open();
    });
    beforeEach(() => store.wipe());
    afterAll(async () => store?.close());

    it('gives each a number of its own, whoever declares at once', async () => {
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? store.incidents : store.other).create(found({ declaredAt: 1000 + index })),
        ),
      );
      expect(new Set(all.map(({ incident }) => incident.id)).size).toBe(10);
      expect(all.every(({ isNew, rev }) => isNew && rev === 1)).toBe(true);
      expect(await store.incidents.open()).toHaveLength(10);
    });

    it('finds the open one of the same key, and makes a new one when that is over', async () => {
      const [one, two] = await Promise.all([
        store.incidents.create(found({ key: 'heartbeat' })),
        store.other.create(found({ key: 'heartbeat' })),
      ]);
      expect([one.isNew, two.isNew].filter(Boolean)).toHaveLength(1);
      expect(two.incident.id).toBe(one.incident.id);
      const next = { ...one.incident, state: 'resolved', resolvedAt: 2000 } as const;
      await store.other.save(next.id, { next, expectedRev: 1, lines: [], audit: [], isDirty: true });
      const again = await store.incidents.create(found({ key: 'heartbeat' }));
      expect(again.isNew).toBe(true);
      expect(again.incident.id).not.toBe(one.incident.id);
    });

    it('is saved once a rev; the other one hears of the conflict', async () => {
      const { incident } = await store.incidents.create(found());
      const change = { expectedRev: 1, lines: [], audit: [draft()], isDirty: true };
      const results = await Promise.all([
        store.incidents.save(incident.id, { ...change, next: { ...incident, title: 'one' } }),
        store.other.save(incident.id, { ...change, next: { ...incident, title: 'two' } }),
      ]);
      expect([...results].sort()).toEqual(['conflict', 'done']);
      const winner = results[0] === 'done' ? 'one' : 'two';
      expect(await store.other.load(incident.id)).toEqual({
        incident: { ...incident, title: winner },
        rev: 2,
      });
    });

    it('lists the open ones by age and the newest first', async () => {
      const first = await store.incidents.create(found({ declaredAt: 1000 }));
      const second = await store.incidents.create(found({ declaredAt: 2000 }));
      const next = { ...first.incident, state: 'resolved', resolvedAt: 3000 } as const;
      await store.incidents.save(next.id, { next, expectedRev: 1, lines: [], audit: [], isDirty: false });
      expect((await store.other.open()).map(({ incident }) => incident.id)).toEqual([second.incident.id]);
      expect((await store.other.recent(5)).map(({ incident }) => incident.id)).toEqual([
        second.incident.id,
        first.incident.id,
      ]);
      expect(await store.other.recent(1)).toHaveLength(1);
      expect(await store.other.load('INC-99')).toBeNull();
    });

    it('leaves an unbroken chain of records', async () => {
      const { incident } = await store.incidents.create(found());
      await Promise.all([
        store.incidents.appendAudit(incident.id, [draft()]),
        store.other.appendAudit(incident.id, [draft(), draft()]),
      ]);
      const records = await store.other.readAudit(incident.id);
      expect(records).toHaveLength(4);
      expect(verifyChain(records)).toBeNull();
    });
  });
};
