import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { ABSENT, seen } from '../../../src/core/rollout/decision.ts';
import { look, pods } from '../../support/observed.ts';
import { makePlan, makeRollout, probe, SECOND } from '../../support/rollout-fixtures.ts';

const FAULT =
  'Cluster "mumbai-1" refused to patch VirtualService payments/payment-gateway: no right to (403).';
const NOW = look(0).now;

describe('a write that the cluster refuses', () => {
  const shifting = makeRollout({
    phase: 'shifting',
    desiredPercent: 50,
    confirmedPercent: 25,
    peakPercent: 25,
  });

  it('of a weight upwards holds with what refused it, keeps its start, and goes on when it is taken', () => {
    const first = decide(shifting, look(25, { fault: FAULT }));
    expect(first.effects).toContainEqual({ kind: 'set-weight', percent: 50 });
    expect(first.next).toMatchObject({
      phase: 'shifting',
      hold: { code: 'cluster_unavailable', text: `Not done yet: ${FAULT}`, since: NOW },
    });
    const later = decide(first.next, look(25, { now: NOW + 20 * SECOND, fault: FAULT }));
    expect(later.next.hold).toMatchObject({ since: NOW, isAnnounced: true });
    expect(later.events).toMatchObject([{ code: 'hold', mention: 'page' }]);
    expect(decide(later.next, look(50, { now: NOW + 21 * SECOND })).next.hold).toBeNull();
  });

  it('of the way back holds with what refused it, and writes it again', () => {
    const back = makeRollout({
      phase: 'draining',
      drainTowards: 'stable',
      desiredPercent: 0,
      peakPercent: 25,
    });
    const { next, effects } = decide(back, look(25, { fault: FAULT }));
    expect(effects).toContainEqual({ kind: 'set-weight', percent: 0 });
    expect(next.hold).toMatchObject({ code: 'cluster_unavailable', text: `Not done yet: ${FAULT}` });
  });

  it('of a probe Job holds with what refused it, and its deadline names it', () => {
    const plan = makePlan({ probes: [probe('smoke')] });
    const probing = makeRollout({
      phase: 'probing',
      plan,
      desiredPercent: 0,
      confirmedPercent: 0,
      peakPercent: 0,
      probes: [{ name: 'smoke', status: 'running', attempts: 0, nextAt: NOW, evidence: '' }],
    });
    const absent = { smoke: { state: 'absent' as const, evidence: 'no Job' } };
    const { next } = decide(probing, look(0, { probes: absent, fault: FAULT }));
    expect(next.hold?.text).toBe(`Not done yet: ${FAULT}`);
    const now = probing.phaseSince + plan.times.probesMs;
    expect(decide(next, look(0, { now, probes: absent, fault: FAULT })).next.cause).toMatchObject({
      code: 'probes_deadline',
      text: expect.stringContaining(`smoke (no Job); ${FAULT}`),
    });
  });
});

describe('pods that do not come', () => {
  const preparing = makeRollout({
    phase: 'preparing',
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
  });
  const holdOf = (waiting: string) =>
    decide(preparing, look(0, { candidate: seen(pods({ ready: 1, waiting })) })).next.hold;

  it.each(['ImagePullBackOff', 'CrashLoopBackOff', 'pods "x" is forbidden: exceeded quota: team'])(
    'are held with why at once: %s',
    (why) => {
      expect(holdOf(why)).toMatchObject({
        code: 'candidate_not_ready',
        text: expect.stringMatching(new RegExp(`^1 of \\d+ candidate pods ready: ${why}$`)),
      });
    },
  );

  it('are waited for in silence while a node is looked for', () => {
    expect(holdOf('Unschedulable')).toBeNull();
  });
});

describe('a route that is gone', () => {
  it('is named, with what to restore it to, and nothing advances', () => {
    const { next, effects } = decide(makeRollout(), look(25, { route: ABSENT }));
    expect(next.hold?.text).toMatch(
      /^The route cannot be read: the route object \S+\/\S+ is gone\. Restore it with all weight on v\S+ \((blue|green)\)$/,
    );
    expect(effects).toEqual([]);
  });
});
