import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouteRef } from '../../src/core/rollout/plan.ts';
import { memoryOf } from '../../src/core/rollout/route-memory.ts';
import { isDabbawalaError } from '../../src/lib/errors.ts';
import type { RouteMarks } from '../../src/ports/traffic-router.ts';
import { makePlan, makeRollout } from '../support/rollout-fixtures.ts';
import { ROUTE } from './objects.ts';
import type { RouterTarget } from './targets.ts';

export const MARKS: RouteMarks = {
  rolloutId: 'r-42',
  planDigest: 'a'.repeat(64),
  step: 0,
  token: 7,
  stableColour: 'blue',
};

export const codeOf = async (attempt: Promise<unknown>): Promise<string> => {
  try {
    await attempt;
    return 'nothing was thrown';
  } catch (error) {
    return isDabbawalaError(error) ? error.code : `a foreign error: ${String(error)}`;
  }
};

/** What every place that holds weights promises. */
export const describeTrafficRouter = (name: string, open: () => Promise<RouterTarget>): void => {
  describe(`traffic router: ${name}`, () => {
    let target: RouterTarget;
    beforeEach(async () => {
      target = await open();
      await target.seed(ROUTE, { blue: 100, green: 0 });
    });
    afterEach(() => target.close());

    const shift = async (percent: number, marks: Partial<RouteMarks> = {}) =>
      target.router.setWeight(ROUTE, {
        candidate: 'green',
        percent,
        marks: { ...MARKS, ...marks },
        seen: await target.router.read(ROUTE),
      });

    describe('read', () => {
      it('gives weights and percent of the pair, and says that nothing is ours yet', async () => {
        await target.seed(ROUTE, { blue: 30, green: 10, others: { legacy: 60 } });
        const state = await target.router.read(ROUTE);
        expect(state).toMatchObject({ weight: { blue: 30, green: 10 }, percent: { blue: 75, green: 25 } });
        expect(state.marks).toBeNull();
        expect(state.owner).toBeNull();
        expect(state.lastWriter).not.toBe('dabbawala');
      });

      it('an object that is not there is object_missing', async () => {
        await target.remove(ROUTE);
        expect(await codeOf(target.router.read(ROUTE))).toBe('object_missing');
      });

      it('a pair without any weight is route_unusable', async () => {
        await target.seed(ROUTE, { blue: 0, green: 0 });
        expect(await codeOf(target.router.read(ROUTE))).toBe('route_unusable');
      });

      it.each([
        ['argo', /Argo CD/],
        ['flux', /Flux/],
        ['helm', /Helm/],
      ] as const)('names the owner %s', async (owner, words) => {
        await target.seed(ROUTE, { blue: 100, green: 0, owner });
        expect((await target.router.read(ROUTE)).owner).toMatch(words);
      });
    });

    describe('a look around', () => {
      it('finds nothing where there is nothing', async () => {
        // What lies outside the namespace may be out of sight.
        expect(await target.router.surveyMesh(ROUTE)).toMatchObject({ owners: [], uncoloured: [] });
      });

      it('names the owner of the route, and other routes that name no colour', async () => {
        await target.seed(ROUTE, { blue: 100, green: 0, owner: 'argo' });
        await target.seedStranger(ROUTE, 'shop');
        const survey = await target.router.surveyMesh(ROUTE);
        expect(survey.owners).toEqual([
          { kind: 'VirtualService', name: ROUTE.name, owner: expect.stringMatching(/^Argo CD/) },
        ]);
        expect(survey.uncoloured).toEqual(['VirtualService payments/shop']);
      });

      it('of a route that is not there is object_missing', async () => {
        await target.remove(ROUTE);
        expect(await codeOf(target.router.surveyMesh(ROUTE))).toBe('object_missing');
      });
    });

    describe('a route of an adoption', () => {
      const PLAIN: RouteRef = {
        ...ROUTE,
        name: 'refunds',
        host: 'refunds',
        service: 'refunds',
        plainAs: 'green',
      };
      const move = async (percent: number) =>
        target.router.setWeight(PLAIN, {
          candidate: 'blue',
          percent,
          marks: { ...MARKS, stableColour: 'green' },
          seen: await target.router.read(PLAIN),
        });
      beforeEach(() => target.seedPlain(PLAIN));

      it('reads one destination without a subset as all weight on the colour that stands for it', async () => {
        expect((await target.router.read(PLAIN)).percent).toEqual({ blue: 0, green: 100 });
        expect(await target.router.survey(PLAIN)).toMatchObject({ shape: 'plain', coversMesh: true });
      });

      it('to a plan that knows no such destination it is route_unusable', async () => {
        const { plainAs: _plainAs, ...known } = PLAIN;
        expect(await codeOf(target.router.read(known))).toBe('route_unusable');
      });

      it('names no colour before the mesh has its subset', async () => {
        expect(await target.router.hasSubsets(PLAIN)).toBe(false);
        expect(await codeOf(move(100))).toBe('route_unusable');
      });

      it('adds the subsets, once', async () => {
        await target.router.addSubsets(PLAIN);
        await target.router.addSubsets(PLAIN);
        expect(await target.router.hasSubsets(PLAIN)).toBe(true);
      });

      it('becomes two colours and exactly what it was again', async () => {
        const before = await target.spec(PLAIN);
        await target.router.addSubsets(PLAIN);
        const split = await move(100);
        expect(split).toMatchObject({ percent: { blue: 100, green: 0 }, lastWriter: 'dabbawala' });
        expect(await target.router.survey(PLAIN)).toMatchObject({ shape: 'split' });
        expect((await move(100)).percent.blue).toBe(100);
        expect((await move(0)).percent).toEqual({ blue: 0, green: 100 });
        expect(await target.spec(PLAIN)).toEqual(before);
        expect(await target.router.survey(PLAIN)).toMatchObject({ shape: 'plain' });
      });

      it('takes no share between', async () => {
        await target.router.addSubsets(PLAIN);
        expect(await codeOf(move(50))).toBe('route_unusable');
      });

      it('a state that is no longer there is route_conflict', async () => {
        await target.router.addSubsets(PLAIN);
        const seen = await target.router.read(PLAIN);
        await move(100);
        const late = { candidate: 'blue', percent: 0, marks: MARKS, seen } as const;
        expect(await codeOf(target.router.setWeight(PLAIN, late))).toBe('route_conflict');
      });
    });

    describe('setWeight', () => {
      it('stores both weights and our marks, and returns what a read gives', async () => {
        const stored = await shift(25, { step: 2 });
        expect(stored).toMatchObject({
          weight: { blue: 75, green: 25 },
          percent: { blue: 75, green: 25 },
          marks: { ...MARKS, step: 2 },
          lastWriter: 'dabbawala',
        });
        expect(await target.router.read(ROUTE)).toEqual(stored);
      });

      it('takes either colour as the candidate', async () => {
        await target.seed(ROUTE, { blue: 0, green: 100 });
        const stored = await target.router.setWeight(ROUTE, {
          candidate: 'blue',
          percent: 10,
          marks: { ...MARKS, stableColour: 'green' },
          seen: await target.router.read(ROUTE),
        });
        expect(stored.weight).toEqual({ blue: 10, green: 90 });
      });

      it.each([
        [100, 10, 10],
        [60, 10, 6],
        [40, 33, 13],
        [10, 25, 3],
        [10, 1, 1],
        [3, 10, 1],
        [7, 50, 4],
        [100, 100, 100],
        [7, 100, 7],
        [7, 0, 0],
      ])('of a total of %i, %i %% is %i units and the sum stays', async (total, percent, units) => {
        await target.seed(ROUTE, { blue: total, green: 0, others: { legacy: 100 - total } });
        const { weight } = await shift(percent);
        expect(weight).toEqual({ blue: total - units, green: units });
      });

      it('leaves third destinations and every other byte as they were, over a whole rollout', async () => {
        await target.seed(ROUTE, { blue: 40, green: 0, others: { legacy: 50, shadow: 10 }, owner: 'argo' });
        const before = await target.rest(ROUTE);
        for (const percent of [10, 50, 100, 0]) await shift(percent);
        expect(await target.rest(ROUTE)).toEqual(before);
      });

      it('written twice, the same is harmless', async () => {
        await shift(25);
        expect((await shift(25)).weight).toEqual({ blue: 75, green: 25 });
      });

      it('an edit between read and write is route_conflict, and the edit stays', async () => {
        const seen = await target.router.read(ROUTE);
        await target.edit(ROUTE, { blue: 90, green: 10 }, 'kubectl-edit');
        const late = target.router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen });
        expect(await codeOf(late)).toBe('route_conflict');
        const state = await target.router.read(ROUTE);
        expect(state).toMatchObject({ weight: { blue: 90, green: 10 }, lastWriter: 'kubectl-edit' });
        expect(state.marks).toBeNull();
      });

      it('after a conflict a fresh read makes the write possible', async () => {
        await target.edit(ROUTE, { blue: 90, green: 10 }, 'kubectl-edit');
        expect((await shift(50)).weight).toEqual({ blue: 50, green: 50 });
      });

      it('a higher token on the object is fenced, and nothing is written', async () => {
        await shift(10, { token: 9 });
        expect(await codeOf(shift(50, { token: 8 }))).toBe('fenced');
        expect((await target.router.read(ROUTE)).weight).toEqual({ blue: 90, green: 10 });
      });

      it('the same token goes on', async () => {
        await shift(10, { token: 9 });
        expect((await shift(50, { token: 9 })).weight).toEqual({ blue: 50, green: 50 });
      });

      it('an object that is gone is object_missing', async () => {
        const seen = await target.router.read(ROUTE);
        await target.remove(ROUTE);
        const late = target.router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen });
        expect(await codeOf(late)).toBe('object_missing');
      });
    });

    describe('takeOver', () => {
      it('marks the object, moves resourceVersion and leaves the weights', async () => {
        await shift(25);
        const seen = await target.router.read(ROUTE);
        const taken = await target.router.takeOver(ROUTE, { ...MARKS, token: 8 }, seen);
        expect(taken.weight).toEqual({ blue: 75, green: 25 });
        expect(taken.marks?.token).toBe(8);
        expect(taken.resourceVersion).not.toBe(seen.resourceVersion);
      });

      it('makes the old owner lose: its write no longer fits', async () => {
        const seen = await target.router.read(ROUTE);
        await target.router.takeOver(ROUTE, { ...MARKS, token: 8 }, seen);
        const old = target.router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen });
        expect(await codeOf(old)).toBe('fenced');
      });

      it('is fenced by a higher token and refused after an edit', async () => {
        await shift(10, { token: 9 });
        const seen = await target.router.read(ROUTE);
        expect(await codeOf(target.router.takeOver(ROUTE, { ...MARKS, token: 8 }, seen))).toBe('fenced');
        await target.edit(ROUTE, { blue: 100, green: 0 }, 'kubectl-edit');
        expect(await codeOf(target.router.takeOver(ROUTE, { ...MARKS, token: 10 }, seen))).toBe(
          'route_conflict',
        );
      });
    });

    describe('release', () => {
      it('leaves no field with us, and weights and marks as they are', async () => {
        await shift(50);
        const before = await target.router.read(ROUTE);
        expect(await target.managers(ROUTE)).toContain('dabbawala');
        await target.router.release(ROUTE);
        expect(await target.managers(ROUTE)).not.toContain('dabbawala');
        const after = await target.router.read(ROUTE);
        expect(after).toMatchObject({ weight: before.weight, marks: before.marks });
      });

      it('may be done again, and when nothing was ever ours', async () => {
        await target.router.release(ROUTE);
        await shift(50);
        await target.router.release(ROUTE);
        await target.router.release(ROUTE);
        expect(await target.managers(ROUTE)).not.toContain('dabbawala');
      });

      it('of an object that is gone is done', async () => {
        await target.remove(ROUTE);
        expect(await codeOf(target.router.release(ROUTE))).toBe('nothing was thrown');
      });

      it('does not keep the next rollout from writing', async () => {
        await shift(50);
        await target.router.release(ROUTE);
        expect((await shift(75, { token: 8 })).weight).toEqual({ blue: 25, green: 75 });
      });
    });

    describe('recall', () => {
      const PLAN = makePlan({ route: ROUTE });
      const memory = (percent: number) => memoryOf(makeRollout({ plan: PLAN }), PLAN, percent);
      const recalled = async () => (await target.router.recall(ROUTE)).memory;

      it('gives what the last write left, with the weight or without', async () => {
        expect(await recalled()).toEqual({ kind: 'none' });
        const seen = await target.router.read(ROUTE);
        await target.router.takeOver(ROUTE, { ...MARKS, memory: memory(0) }, seen);
        expect(await recalled()).toEqual({ kind: 'known', value: memory(0) });
        await shift(25, { memory: memory(25) });
        expect(await recalled()).toEqual({ kind: 'known', value: memory(25) });
        expect((await target.router.recall(ROUTE)).marks).toEqual(MARKS);
      });

      it('keeps what stands there when a write says nothing of it', async () => {
        await shift(25, { memory: memory(25) });
        await shift(50);
        expect(await recalled()).toEqual({ kind: 'known', value: memory(25) });
      });

      it('changes nothing of the object but weights and annotations, and goes with the release', async () => {
        const before = await target.rest(ROUTE);
        await shift(25, { memory: memory(25) });
        expect(await target.rest(ROUTE)).toEqual(before);
        await target.router.release(ROUTE);
        expect(await recalled()).toEqual({ kind: 'none' });
        expect(await target.rest(ROUTE)).toEqual(before);
        expect(await target.managers(ROUTE)).not.toContain('dabbawala');
      });

      it('of an object that is gone is object_missing', async () => {
        await target.remove(ROUTE);
        expect(await codeOf(target.router.recall(ROUTE))).toBe('object_missing');
      });
    });

    describe('announce', () => {
      const note = { reason: 'RolledBack', text: 'Bharat rolled back', at: 1_700_000_000_000 };

      it('leaves a note at the object, each time, and the object as it is', async () => {
        const before = await target.router.read(ROUTE);
        await target.router.announce(ROUTE, note);
        await target.router.announce(ROUTE, { ...note, text: 'x'.repeat(5000) });
        const notes = await target.notes(ROUTE);
        expect(notes).toHaveLength(2);
        expect(notes).toContain('Bharat rolled back');
        expect(await target.router.read(ROUTE)).toEqual(before);
      });

      it('of an object that is gone is object_missing', async () => {
        await target.remove(ROUTE);
        expect(await codeOf(target.router.announce(ROUTE, note))).toBe('object_missing');
      });
    });

    it('names whoever wrote last', async () => {
      await shift(50);
      expect((await target.router.read(ROUTE)).lastWriter).toBe('dabbawala');
      await target.edit(ROUTE, { blue: 100, green: 0 }, 'argocd-server');
      expect((await target.router.read(ROUTE)).lastWriter).toBe('argocd-server');
    });
  });
};
