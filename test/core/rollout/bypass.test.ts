/** A candidate without weight must get no request; whoever sends one came past the route. */
import { describe, expect, it } from 'vitest';
import { wants } from '../../../src/core/rollout/agenda.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type ClientSeen, type Observed, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { Plan } from '../../../src/core/rollout/plan.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { BLIND, look, pods, sampleAt, stablePods, workload } from '../../support/observed.ts';
import { MINUTE, makePlan, makeRollout, probe, SECOND } from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const job = probe('smoke', { check: { kind: 'job', command: ['x'] } });
const planWith = (overrides: Partial<Plan> = {}) =>
  makePlan({ probes: [probe('healthz'), job], ...overrides });
const unshifted = (phase: 'preparing' | 'probing', overrides: Partial<Rollout> = {}): Rollout =>
  makeRollout({
    phase,
    plan: planWith(),
    phaseSince: NOW - MINUTE,
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
    candidateUid: pods().uid,
    candidateAt: NOW - MINUTE,
    clock: { knownTicks: 0, neededTicks: 1, lastTickAt: null, blindSince: null },
    probes:
      phase === 'preparing'
        ? []
        : ['healthz', 'smoke'].map((name) => ({
            name,
            status: 'passed' as const,
            attempts: 1,
            nextAt: NOW,
            evidence: '',
          })),
    ...overrides,
  });
const from = (...clients: readonly (readonly [string, number])[]): Partial<Observed> => ({
  strays: seen(clients.map(([name, requests]): ClientSeen => ({ name, requests }))),
  sample: sampleAt(0),
});

describe('in preparing', () => {
  it('requests to the candidate hold at once, with how many and from whom, ready or not', () => {
    const starting = seen(pods({ ready: 1 }));
    const { next } = decide(
      unshifted('preparing'),
      look(0, { ...from(['checkout', 60], ['unknown', 30]), candidate: starting }),
    );
    expect(next).toMatchObject({
      phase: 'preparing',
      hold: {
        code: 'traffic_bypasses_router',
        text: 'green gets about 3 requests/s past the route, before it has any weight, from checkout, clients without a sidecar',
      },
    });
  });

  it('the hold lasts between two questions and ends with its cause', () => {
    const held = decide(unshifted('preparing'), look(0, from(['checkout', 60]))).next;
    const between = decide(held, look(0, { strays: null })).next;
    expect(between.hold).toEqual(held.hold);
    expect(decide(between, look(0, from())).next).toMatchObject({ phase: 'probing', hold: null });
  });

  it('past the deadline it ends rolled back for it, and no other reason is named', () => {
    const held = decide(unshifted('preparing'), look(0, from(['checkout', 60]))).next;
    const { next, effects } = decide(held, look(0, { now: held.phaseSince + 10 * MINUTE, strays: null }));
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'stable',
      cause: {
        code: 'traffic_bypasses_router',
        text: expect.stringMatching(/from checkout; still so after 10 min$/),
      },
    });
    expect(effects).toContainEqual({ kind: 'set-weight', percent: 0 });
  });

  it('is not left before it was asked, nor while it is not known', () => {
    const asked = { sample: sampleAt(0) };
    expect(decide(unshifted('preparing'), look(0, { ...asked, strays: null })).next.phase).toBe('preparing');
    expect(
      decide(unshifted('preparing'), look(0, { ...asked, strays: unseen('timeout') })).next,
    ).toMatchObject({
      phase: 'preparing',
      hold: { code: 'metrics_unknown', text: expect.stringContaining('timeout') },
    });
    expect(decide(unshifted('preparing'), look(0, { ...asked, strays: seen([]) })).next.phase).toBe(
      'probing',
    );
  });

  it('requests of pods that had its name before are waited for in silence', () => {
    const { next } = decide(unshifted('preparing'), look(0, { strays: seen([]), sample: sampleAt(5) }));
    expect(next).toMatchObject({ phase: 'preparing', hold: null });
  });

  it('another Deployment of that name starts anew', () => {
    const { next } = decide(unshifted('preparing', { candidateUid: 'old' }), look(0, { strays: null }));
    expect(next.candidateAt).toBe(NOW);
  });
});

describe('in probing', () => {
  it('ends rolled back at once, with the clients named, and nothing is raised', () => {
    const { next, effects, events } = decide(unshifted('probing'), look(0, from(['checkout', 1])));
    expect(next).toMatchObject({
      phase: 'draining',
      cause: { code: 'traffic_bypasses_router', text: expect.stringContaining('from checkout') },
    });
    expect(effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
    expect(events.find(({ code }) => code === 'rollback')).toMatchObject({ mention: 'page' });
    expect(decide(next, look(0)).next.phase).toBe('rolled-back');
  });

  it.each([
    ['a Job of a probe', ['probe-smoke-0a1b2c3d4e-0', 40]],
    ['as many nameless ones as its probes sent', ['unknown', 27]],
    ['nobody', ['checkout', 0]],
  ] as const)('goes on with requests of %s', (_, client) => {
    const { next } = decide(unshifted('probing', { probeRequests: 12 }), look(0, from(client)));
    expect(next).toMatchObject({ phase: 'shifting', desiredPercent: 10 });
  });

  it.each([
    ['more nameless ones than its probes can have sent', ['unknown', 28]],
    ['a workload that only begins like a Job of a probe', ['probe-other-x-0', 1]],
  ] as const)('ends with %s', (_, client) => {
    const { next } = decide(unshifted('probing', { probeRequests: 12 }), look(0, from(client)));
    expect(next.cause.code).toBe('traffic_bypasses_router');
  });

  it('without podHttp probes one nameless request is too many', () => {
    const plan = planWith({ probes: [job] });
    expect(decide(unshifted('probing', { plan }), look(0, from(['', 1]))).next.cause).toMatchObject({
      code: 'traffic_bypasses_router',
      text: expect.stringContaining('from clients without a sidecar'),
    });
  });

  it('counts what its probes send, look by look', () => {
    const running = unshifted('probing', {
      probes: [{ name: 'healthz', status: 'waiting', attempts: 0, nextAt: NOW, evidence: '' }],
    });
    const failed = { healthz: { state: 'failed' as const, evidence: '503', requests: 3 } };
    const once = decide(running, look(0, { probes: failed })).next;
    expect(decide(once, look(0, { probes: failed })).next.probeRequests).toBe(6);
  });

  it('lets those through whom the plan names', () => {
    const analysis = { ...makePlan().analysis, mayReachCandidate: ['prometheus', 'unknown'] };
    const plan = planWith({ analysis });
    const scraped = look(0, from(['prometheus', 500], ['', 500]));
    expect(decide(unshifted('probing', { plan }), scraped).next.phase).toBe('shifting');
    const also = look(0, from(['prometheus', 500], ['checkout', 1]));
    expect(decide(unshifted('probing', { plan }), also).next.cause.text).toMatch(/from checkout$/);
  });

  it.each([
    ['was not asked', { strays: null }],
    ['has no answer', { strays: unseen('timeout') }],
    ['was asked of a Prometheus that sees nothing', { strays: seen([]), sample: BLIND }],
  ] as const)('gives no weight while it %s, and ends at the deadline', (_, observed) => {
    const { next, effects } = decide(unshifted('probing'), look(0, observed));
    expect(next.phase).toBe('probing');
    expect(effects).toEqual([]);
    const late = decide(next, look(0, { ...observed, now: next.phaseSince + 5 * MINUTE })).next;
    expect(late.cause.code).toBe('probes_deadline');
  });
});

it('a mend that was forced forward is not kept from its traffic by a stable that no longer shows', () => {
  const none = workload({ requests: null });
  const gone = seen(stablePods({ rolloutId: null, ready: 0, digest: makePlan().from.digest }));
  const silent = { stable: gone, sample: { stable: none, candidate: none } };
  expect(decide(unshifted('probing'), look(0, silent)).next.phase).toBe('shifting');
});

describe('whom it asks', () => {
  it('before traffic, on a tick and at once when the probes are done, two scrapes after the candidate was seen', () => {
    const at = (rollout: Rollout, now = NOW) => wants(rollout, now).strays;
    expect(at(unshifted('preparing'))).toBe(true);
    expect(at(unshifted('probing'))).toBe(true);
    expect(at(unshifted('preparing', { candidateAt: NOW - SECOND }))).toBe(false);
    const ticked = { ...makeRollout().clock, lastTickAt: NOW - 1 };
    expect(at(unshifted('probing', { clock: ticked }))).toBe(true);
    const running = [{ name: 'smoke', status: 'running' as const, attempts: 0, nextAt: NOW, evidence: '' }];
    expect(at(unshifted('probing', { clock: ticked, probes: running }))).toBe(false);
    expect(at(makeRollout({ phase: 'analysing' }))).toBe(false);
  });

  it('nobody for an adoption, whose pods take Service traffic by plan', () => {
    const adoption = { original: 'a', colour: 'b', autoscaler: null, propagationMs: 0 };
    const plan = planWith({ kind: 'adopt', adoption });
    expect(wants(unshifted('preparing', { plan }), NOW).strays).toBe(false);
    expect(wants(unshifted('probing', { plan }), NOW).strays).toBe(false);
  });

  it('also of a rollout that an older version had begun to probe', () => {
    const { candidateAt: _, ...older } = unshifted('probing');
    expect(wants(older, NOW).strays).toBe(true);
  });
});
