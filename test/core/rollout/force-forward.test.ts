/** A broken stable: what may be forced past it, and what the engine does then. */
import { describe, expect, it } from 'vitest';
import { unknownReading } from '../../../src/core/analysis/reading.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, seen } from '../../../src/core/rollout/decision.ts';
import type { DeploymentFacts, PlanFacts, PlanSettings } from '../../../src/core/rollout/facts.ts';
import { lastGood } from '../../../src/core/rollout/last-good.ts';
import { makePlan as plan } from '../../../src/core/rollout/make-plan.ts';
import type { StableTrouble } from '../../../src/core/rollout/plan.ts';
import { ground, SAFETY } from '../../support/ground.ts';
import { BLIND, look, pods, sampleAt, stablePods, workload } from '../../support/observed.ts';
import { makePlan, makeRollout } from '../../support/rollout-fixtures.ts';
import { NO_SCALING } from '../../support/scaling.ts';

const base = makePlan();
const settings: PlanSettings = {
  ...base,
  repository: base.to.repository,
  workloadLabel: 'destination_workload',
  safety: SAFETY,
};
const forced: PlanSettings = { ...settings, forceForward: true, steps: [100] };
const deployment = (overrides: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  replicas: 3,
  ready: 3,
  isOurs: true,
  isBeingDeleted: false,
  digest: base.from.digest,
  tag: 'v2.3.0',
  template: { metadata: { labels: { app: 'payment-gateway' } }, spec: { containers: [] } },
  selects: 'blue',
  ...overrides,
});
const facts = (blue: Partial<DeploymentFacts> = {}, overrides: Partial<PlanFacts> = {}): PlanFacts => ({
  version: 'v2.3.1',
  resolved: { digest: base.to.digest, tag: 'v2.3.1' },
  template: deployment({ replicas: 0, ready: 0 }),
  colours: { blue: deployment(blue), green: null },
  route: { percent: { blue: 100, green: 0 }, weight: { blue: 100, green: 0 } },
  lock: null,
  incidents: [],
  claimedBy: null,
  windowRequests: 2000,
  ground: ground(),
  scaling: NO_SCALING,
  liveSample: workload(),
  ...overrides,
});
const BREAKS = workload({ errors: 300 });

describe('a plan past a broken stable', () => {
  it('is refused while no pod of it is ready, and names the way past it', () => {
    expect(plan(settings, facts({ ready: 0 }))).toMatchObject({
      kind: 'refused',
      code: 'stable_unready',
      text: expect.stringContaining('has no ready pod'),
      hint: expect.stringContaining('force-forward'),
    });
  });

  it('is made when it is asked for, says what is wrong and needs the same approval', () => {
    const outcome = plan(forced, facts({ ready: 0 }));
    expect(outcome).toMatchObject({
      kind: 'planned',
      plan: {
        steps: [100],
        forceForward: true,
        stableTrouble: { kind: 'unready', text: 'payment-gateway-blue has no ready pod' },
        approval: base.approval,
      },
    });
  });

  it('is another plan than one with a way back', () => {
    const made = [settings, { ...settings, steps: [100] }, { ...forced, steps: settings.steps }].map(
      (with_) => plan(with_, facts({}, { liveSample: BREAKS })),
    );
    const digests = made.map((outcome) => outcome.kind === 'planned' && outcome.plan.digest);
    expect(new Set(digests).size).toBe(3);
    expect(digests).not.toContain(false);
  });

  it('may be forced too where stable breaks a rule, and a plain one says so', () => {
    const broken = { kind: 'rule', text: expect.stringMatching(/blue breaks its own rule: Error rate 30 %/) };
    for (const with_ of [forced, settings])
      expect(plan(with_, facts({}, { liveSample: BREAKS }))).toMatchObject({
        kind: 'planned',
        plan: { stableTrouble: broken },
      });
  });

  it('is not forced where stable is healthy, or where nothing is known of it', () => {
    for (const liveSample of [workload(), BLIND.stable, workload({ requests: null }), null]) {
      const outcome = plan(forced, facts({}, { liveSample }));
      expect(outcome).toMatchObject({
        kind: 'refused',
        code: 'plan_refused',
        text: expect.stringContaining('there is nothing to force'),
        hint: expect.stringContaining('Deploy without'),
      });
    }
    expect(plan(settings, facts())).toMatchObject({ kind: 'planned' });
  });

  it('is refused where stable is scaled to 0: nobody knows how many pods are needed', () => {
    for (const with_ of [settings, forced])
      expect(plan(with_, facts({ ready: 0, replicas: 0 }))).toMatchObject({
        kind: 'refused',
        code: 'plan_refused',
        text: expect.stringContaining('is scaled to 0'),
      });
  });

  it('back to the last good version needs no word: it leads away from what is broken', () => {
    expect(plan({ ...settings, kind: 'rollback' }, facts({ ready: 0 }))).toMatchObject({ kind: 'planned' });
  });

  it('leaves nothing to go back to in what was broken', () => {
    const revision = (tag: string) => ({ digest: `sha256:${tag.padEnd(64, '0')}`, tag, repository: 'r' });
    const promoted = (from: string, to: string, forceForward?: true) =>
      makeRollout({
        phase: 'promoted',
        plan: makePlan({ from: revision(from), to: revision(to), ...(forceForward ? { forceForward } : {}) }),
      });
    const first = promoted('a', 'b');
    expect(lastGood([promoted('b', 'c'), first], revision('c').digest)?.tag).toBe('b');
    expect(lastGood([promoted('b', 'c', true), first], revision('c').digest)?.tag).toBe('a');
  });
});

describe('a rollout that was forced forward', () => {
  const rollout = (kind: StableTrouble['kind']) =>
    makeRollout({
      phase: 'baking',
      plan: makePlan({ steps: [100], forceForward: true, stableTrouble: { kind, text: 'blue is broken' } }),
      step: 0,
      desiredPercent: 100,
      confirmedPercent: 100,
      peakPercent: 100,
    });
  const critical = { errors: 1000 };
  const back = ({ next }: { next: { phase: string; drainTowards: string | null } }): boolean =>
    next.phase === 'draining' && next.drainTowards === 'stable';
  const at100 = (stable: Parameters<typeof workload>[0], overrides: Partial<Observed> = {}): Observed =>
    look(100, { sample: sampleAt(100, critical, stable), ...overrides });

  it('does not go back by itself to what breaks its rules, or did when it was left: a person decides', () => {
    for (const stable of [{ requests: 1000, errors: 300 }, { requests: 0 }]) {
      const decision = decide(rollout('rule'), at100(stable));
      expect(decision.next).toMatchObject({ phase: 'paused', cause: { code: 'both_breach' } });
      expect(decision.effects).toEqual([]);
      expect(decision.events.filter(({ mention }) => mention === 'page')).toHaveLength(1);
      const again = decide(decision.next, at100(stable, { now: decision.next.phaseSince + 10_000 }));
      expect(again.next.phase).toBe('paused');
      expect(again.events).toEqual([]);
    }
  });

  it('goes back where stable is seen to keep its rules, or has the pods that it lacked', () => {
    expect(back(decide(rollout('rule'), at100({ requests: 1000 })))).toBe(true);
    expect(back(decide(rollout('unready'), at100({ requests: 0 })))).toBe(true);
    const paused = decide(rollout('rule'), at100({ requests: 0 })).next;
    expect(back(decide(paused, at100({ requests: 1000 }, { now: paused.phaseSince + 10_000 })))).toBe(true);
  });

  it('goes back when a person says so, unless stable has no endpoint: that is refused and pages', () => {
    const by = { id: 'U0ASHA', name: 'Asha', email: null };
    const asked = {
      ...rollout('rule'),
      asks: [{ kind: 'rollback' as const, by, at: look(0).now, reason: null }],
    };
    expect(back(decide(asked, look(100)))).toBe(true);
    const gone = decide(asked, look(100, { stable: seen(stablePods({ ready: 0, rolloutId: null })) }));
    expect(gone.next).toMatchObject({ phase: 'paused', cause: { code: 'stable_unavailable' } });
  });

  it('is not kept from its probes by a service that Prometheus no longer sees', () => {
    const none = workload({ requests: null });
    const preparing = {
      ...rollout('unready'),
      phase: 'preparing' as const,
      step: -1,
      desiredPercent: 0,
      confirmedPercent: 0,
      peakPercent: 0,
    };
    const gone = seen(pods({ ready: 0, rolloutId: null, digest: base.from.digest }));
    const silent = look(0, { stable: gone, sample: { stable: none, candidate: none } });
    const now = { ...silent, now: preparing.phaseSince + 1000 };
    expect(decide(preparing, now).next.phase).toBe('probing');
    const unreachable = { ...none, requests: unknownReading('unreachable') };
    const blind = { ...now, sample: { stable: unreachable, candidate: unreachable } };
    expect(decide(preparing, blind).next).toMatchObject({
      phase: 'preparing',
      hold: { code: 'metrics_unknown' },
    });
  });
});
