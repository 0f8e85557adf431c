import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrderedMute } from '../../src/core/alert/mute.ts';
import type { Override } from '../../src/core/alert/on-call.ts';
import { verifyChain } from '../../src/core/audit-chain.ts';
import type { OnCallStore } from '../../src/ports/on-call-store.ts';
import { ASHA } from '../support/rollout-fixtures.ts';
import { draft } from './store-fixtures.ts';

export interface OpenedOnCall {
  readonly onCall: OnCallStore;
  /** A second process on the same state (the fake may return itself). */
  readonly other: OnCallStore;
  wipe(): Promise<void>;
  close(): Promise<void>;
}

const override = (level: number, more: Partial<Override> = {}): Override => ({
  ...{ level, people: ['U0ASHA'], until: 2000, by: ASHA, at: 1000 },
  ...more,
});

const muted = (name: string, more: Partial<OrderedMute> = {}): OrderedMute => ({
  ...{
    name,
    match: { service: 'ledger' },
    from: 1000,
    until: 2000,
    weekly: [],
    timeZone: 'UTC',
    by: ASHA,
    at: 1000,
  },
  ...more,
});

/** What every store of stand-ins must do. */
export const describeOnCall = (name: string, open: () => Promise<OpenedOnCall>): void => {
  describe(`who stands in: ${name}`, () => {
    let store: OpenedOnCall;
    beforeAll(async () => {
      store = await open();
    });
    beforeEach(() => store.wipe());
    afterAll(async () => store?.close());

    it('is nobody at first, then one a level, the newest of it', async () => {
      expect(await store.onCall.overrides()).toEqual([]);
      await store.onCall.setOverride(override(1), draft());
      await store.onCall.setOverride(override(2, { people: ['S0NIGHT'] }), draft());
      await store.other.setOverride(override(1, { until: 3000 }), draft());
      const all = [...(await store.onCall.overrides())].sort((a, b) => a.level - b.level);
      expect(all).toEqual([override(1, { until: 3000 }), override(2, { people: ['S0NIGHT'] })]);
    });

    it('ends with a word, which names whom; a second time it changes nothing', async () => {
      await store.onCall.setOverride(override(1), draft());
      expect(await store.other.clearOverride(1, draft())).toEqual(override(1));
      expect(await store.onCall.clearOverride(1, draft())).toBeNull();
      expect(await store.onCall.overrides()).toEqual([]);
    });

    it('remembers mutes by name, the newest of each, until one is ended or long past', async () => {
      await store.onCall.setMute(muted('db upgrade'), draft());
      await store.other.setMute(muted('db upgrade', { until: 3000 }), draft());
      await store.onCall.setMute(muted('backup'), draft());
      const all = [...(await store.other.mutes())].sort((a, b) => a.name.localeCompare(b.name));
      expect(all).toEqual([muted('backup'), muted('db upgrade', { until: 3000 })]);
      expect(await store.other.endMute('backup', draft())).toEqual(muted('backup'));
      expect(await store.onCall.endMute('backup', draft())).toBeNull();
      expect(await store.onCall.overrides()).toEqual([]);
      expect(verifyChain(await store.onCall.readAudit())).toBeNull();
    });

    it('leaves an unbroken chain of records, whoever writes', async () => {
      await Promise.all([
        store.onCall.setOverride(override(1), draft()),
        store.other.setOverride(override(2), draft()),
        store.other.clearOverride(1, draft()),
      ]);
      const records = await store.onCall.readAudit();
      expect(records).toHaveLength(3);
      expect(verifyChain(records)).toBeNull();
    });
  });
};
