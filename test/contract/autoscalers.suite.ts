import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AutoscalerKind, AutoscalerState } from '../../src/core/rollout/autoscaler.ts';
import type { PodTemplate } from '../../src/ports/workloads.ts';
import { until } from '../support/until.ts';
import { PLACE, type WorkloadsTarget } from './targets.ts';
import { codeOf } from './traffic-router.suite.ts';

const BLUE = 'payment-gateway-blue';
const GREEN = 'payment-gateway-green';
const KINDS: readonly AutoscalerKind[] = ['HorizontalPodAutoscaler', 'ScaledObject'];

/** What every place that holds autoscalers and budgets promises. */
export const describeAutoscalers = (name: string, open: () => Promise<WorkloadsTarget>): void => {
  describe(`autoscalers: ${name}`, () => {
    let target: WorkloadsTarget;
    beforeEach(async () => {
      target = await open();
      await target.seed({ name: BLUE, colour: 'blue', rolloutId: 'r-1' });
    });
    afterEach(() => target.close());

    describe.each(KINDS)('%s', (kind) => {
      const OWN = { kind, name: 'scaler' };
      const TWIN = { kind, name: GREEN };
      const seed = (min: number, max = 9) => target.seedAutoscaler('scaler', BLUE, { kind, min, max });
      const read = async (ref = OWN): Promise<AutoscalerState> => {
        const state = await target.workloads.readAutoscaler(PLACE, ref);
        if (state === null) throw new Error(`there is no ${ref.name}`);
        return state;
      };
      const raise = (rolloutId: string, replicas: number, ref = OWN) =>
        target.workloads.raiseFloor(PLACE, ref, { rolloutId, replicas });
      const twin = (rolloutId: string) =>
        target.workloads.createTwin(PLACE, {
          like: OWN,
          name: GREEN,
          target: GREEN,
          colour: 'green',
          service: 'payment-gateway',
          floor: 3,
          rolloutId,
        });

      it('is found by what it scales', async () => {
        await seed(2);
        await target.seedAutoscaler('other', 'ledger', { kind });
        const { found, taken } = await target.workloads.autoscalers(PLACE, [BLUE, GREEN]);
        expect(found).toMatchObject([
          { kind, name: 'scaler', target: BLUE, min: 2, max: 9, floor: null, madeBy: null, owner: null },
        ]);
        expect(taken).toEqual(expect.arrayContaining(['scaler', 'other']));
        expect(await target.workloads.readAutoscaler(PLACE, { kind, name: 'nobody' })).toBeNull();
      });

      it('has its floor raised once, and remembers its own minimum over a second rollout', async () => {
        await seed(2);
        await raise('r-42', 6);
        await raise('r-42', 8);
        expect(await read()).toMatchObject({
          min: 6,
          floor: { rolloutId: 'r-42', replicas: 6, ownMin: 2 },
        });
        await raise('r-43', 5);
        expect(await read()).toMatchObject({
          min: 5,
          floor: { rolloutId: 'r-43', replicas: 5, ownMin: 2 },
        });
      });

      it('never has its own minimum lowered', async () => {
        await seed(4);
        await raise('r-42', 3);
        expect((await read()).min).toBe(4);
      });

      it('gets its own minimum and another target back in one write, and twice is once', async () => {
        await seed(2);
        await raise('r-42', 6);
        await target.workloads.settleAutoscaler(PLACE, OWN, GREEN);
        await target.workloads.settleAutoscaler(PLACE, OWN, GREEN);
        expect(await read()).toMatchObject({ min: 2, target: GREEN, floor: null });
      });

      it('keeps a minimum that somebody set meanwhile', async () => {
        await seed(2);
        await raise('r-42', 6);
        await target.editMinimum(OWN, 4);
        await target.workloads.settleAutoscaler(PLACE, OWN, null);
        expect(await read()).toMatchObject({ min: 4, target: BLUE, floor: null });
      });

      it('that is gone has nothing to settle', async () => {
        const settled = target.workloads.settleAutoscaler(PLACE, OWN, GREEN);
        expect(await codeOf(settled)).toBe('nothing was thrown');
        expect(await codeOf(raise('r-42', 6))).toBe('object_missing');
      });

      it('gets a twin on the candidate, once', async () => {
        await seed(2);
        await twin('r-42');
        await twin('r-42');
        expect(await read(TWIN)).toMatchObject({
          target: GREEN,
          min: 3,
          max: 9,
          madeBy: 'r-42',
          floor: null,
        });
        expect(await codeOf(twin('r-43'))).toBe('state_conflict');
        await raise('r-42', 5, TWIN);
        expect(await read(TWIN)).toMatchObject({ min: 5, floor: null });
      });

      it('loses its twin, and nothing that is not ours', async () => {
        await seed(2);
        await twin('r-42');
        const { uid } = await read(TWIN);
        await target.workloads.deleteTwin(PLACE, TWIN, uid);
        await until('the twin is gone', async () => {
          return (await target.workloads.readAutoscaler(PLACE, TWIN)) === null;
        });
        const again = target.workloads.deleteTwin(PLACE, TWIN, uid);
        expect(await codeOf(again)).toBe('nothing was thrown');
        const own = target.workloads.deleteTwin(PLACE, OWN, (await read()).uid);
        expect(await codeOf(own)).toBe('plan_refused');
        expect((await read()).isBeingDeleted).toBe(false);
      });

      it('is given away and comes back', async () => {
        await seed(2);
        const move = (from: string, to: string) => target.workloads.moveAutoscaler(PLACE, OWN, { from, to });
        await move(BLUE, 'payment-gateway');
        await move(BLUE, 'payment-gateway');
        expect((await read()).target).toBe('payment-gateway');
        expect(await codeOf(move('ledger', 'upi'))).toBe('state_conflict');
      });
    });

    it('of a ScaledObject is never named beside it', async () => {
      await target.seedAutoscaler('pay', BLUE, { kind: 'ScaledObject', min: 2 });
      await target.seedAutoscaler('keda-hpa-pay', BLUE, { ofScaledObject: 'pay' });
      const { found } = await target.workloads.autoscalers(PLACE, [BLUE]);
      expect(found).toMatchObject([{ kind: 'ScaledObject', name: 'pay' }]);
    });

    describe('budgets', () => {
      const template: PodTemplate = {
        metadata: { labels: { app: 'payment-gateway' } },
        spec: { containers: [] },
      };
      const list = () =>
        target.workloads.budgets(PLACE, {
          stable: { template, colour: 'blue' },
          candidate: { template, colour: 'green' },
        });

      it('say whose pods they select', async () => {
        await target.seedBudget('both', null);
        await target.seedBudget('blue-only', 'blue');
        expect((await list())?.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
          { name: 'blue-only', colour: 'blue', selectsStable: true, selectsCandidate: false },
          { name: 'both', colour: null, selectsStable: true, selectsCandidate: true },
        ]);
      });

      it('of one colour follow the winner, others stay', async () => {
        await target.seedBudget('blue-only', 'blue');
        await target.seedBudget('both', null);
        for (const budget of ['blue-only', 'blue-only', 'both', 'nobody'])
          await target.workloads.moveBudget(PLACE, budget, 'green');
        expect(await target.workloads.budgetColour(PLACE, 'blue-only')).toBe('green');
        expect(await target.workloads.budgetColour(PLACE, 'both')).toBeNull();
        expect(await target.workloads.budgetColour(PLACE, 'nobody')).toBeNull();
      });
    });
  });
};
