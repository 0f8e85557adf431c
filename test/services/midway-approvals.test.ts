/** What is asked of the approvers inside a running rollout, and what is heard of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalSubject } from '../../src/core/approval/approval.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Person } from '../../src/core/target.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { RolloutChange } from '../../src/ports/rollout-store.ts';
import { createServices } from '../../src/services/create-services.ts';
import type { Actor, Services } from '../../src/services/services.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import { MemoryAlerts } from '../fakes/memory-alerts.ts';
import { MemoryIncidents } from '../fakes/memory-incidents.ts';
import { MemoryOnCall } from '../fakes/memory-on-call.ts';
import { createMemoryStores, MemoryClock, type MemoryStores } from '../fakes/memory-store.ts';
import {
  APPROVED,
  ASHA,
  BHARAT,
  CHITRA,
  makePlan,
  makeRollout,
  T0,
  TARGET,
} from '../support/rollout-fixtures.ts';
import { PLAN } from './drive-harness.ts';
import { configWith } from './use-case-config.ts';

const by = (person: Person): Actor => ({
  person,
  origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' },
});
const HELD: Partial<Rollout> = {
  hold: { code: 'too_few_requests', text: 'too few', since: T0, mayBeApproved: true },
};

let stores: MemoryStores;
let services: Services;
let lines: RolloutChange['lines'][number][];

async function start(overrides: Partial<Rollout> = {}): Promise<void> {
  const plan = makePlan({ analysis: { ...makePlan().analysis, lowTraffic: 'approve' } });
  const rollout = makeRollout({ plan, ...overrides });
  await stores.rollouts.create(rollout, []);
  await stores.targets.takeClaim(TARGET, rollout.id);
}
const stored = async (): Promise<Rollout> => {
  const found = await stores.rollouts.load(makeRollout().id);
  if (!found) throw new Error('the rollout is gone');
  return found.rollout;
};
const vote = (person: Person, decision: 'approve' | 'reject', approvalId = 'a2') =>
  services.vote(by(person), {
    rolloutId: makeRollout().id,
    approvalId,
    decision,
    reason: decision === 'reject' ? 'not now' : null,
    digestPrefix: makePlan().digest.slice(0, 12),
  });

beforeEach(fresh);

function fresh(): void {
  stores = createMemoryStores(new MemoryClock(T0 + 10));
  lines = [];
  const save = stores.rollouts.save.bind(stores.rollouts);
  stores.rollouts.save = async (id, change) => {
    lines.push(...change.lines);
    return save(id, change);
  };
  const people = { users: [ASHA.id, BHARAT.id] };
  const config = configWith(PLAN.to.repository, ASHA.id);
  services = createServices({
    config: { ...config, rights: { ...config.rights, promote: { ...people, groups: [], emails: [] } } },
    store: stores.rollouts,
    targets: stores.targets,
    alerts: new MemoryAlerts(),
    onCall: new MemoryOnCall(),
    incidents: new MemoryIncidents(),
    audit: stores.audit,
    queue: { wake: async () => {}, wakeChannel: async () => {} },
    clock: stores.clock,
    directory: {
      members: async () => [BHARAT.id, CHITRA.id],
      person: async () => ({ name: null, email: null, isBot: false }),
    },
    registry: new FakeRegistry(),
    router: new FakeRouter(),
    workloads: new FakeWorkloads(),
    planner: async () => {
      throw new Error('a plan that runs is not made again');
    },
    log: silentLog as never,
    cardLink: async () => null,
    attachToCard: async () => false,
    newId: () => '000000000001',
  });
}

describe('promote', () => {
  it('is asked for the step under way, under the plan’s own policy, and moves nothing by itself', async () => {
    await start();
    await services.promote(by(ASHA), TARGET);
    const { approvals, desiredPercent } = await stored();
    expect(approvals[1]).toMatchObject({
      subject: { kind: 'promote', step: 1 },
      planDigest: makePlan().digest,
      requester: ASHA,
      state: 'pending',
      policy: { needed: 1, groups: ['S0APPROVE'] },
    });
    expect(desiredPercent).toBe(25);
    expect(lines).toMatchObject([
      { text: expect.stringMatching(/^Asha asks to promote/), mentions: ['S0APPROVE'] },
    ]);
  });

  it('is for the step that a shift leads to', async () => {
    await start({ phase: 'shifting', desiredPercent: 50 });
    await services.promote(by(ASHA), TARGET);
    expect((await stored()).approvals[1]?.subject).toEqual({ kind: 'promote', step: 2 });
  });

  it.each<[string, Partial<Rollout>, RegExp]>([
    ['paused', { phase: 'paused', pausedFrom: 'analysing' }, /paused/],
    ['baking', { phase: 'baking', desiredPercent: 100, confirmedPercent: 100 }, /never skipped/],
    ['on its way to 100 %', { phase: 'shifting', desiredPercent: 100 }, /never skipped/],
    ['probing', { phase: 'probing', desiredPercent: 0, confirmedPercent: 0 }, /nothing to promote/],
    ['draining', { phase: 'draining', drainTowards: 'stable' }, /nothing to promote/],
  ])('is refused while it is %s', async (_, overrides, words) => {
    await start(overrides);
    await expect(services.promote(by(ASHA), TARGET)).rejects.toMatchObject({
      code: 'not_now',
      message: expect.stringMatching(words),
    });
    expect((await stored()).approvals).toEqual([APPROVED]);
  });

  it('is a right of its own', async () => {
    await start();
    await expect(services.promote(by(CHITRA), TARGET)).rejects.toMatchObject({ code: 'not_allowed' });
  });
});

describe('go on a step that lacks requests', () => {
  it('asks to go on without evidence to the next step', async () => {
    await start(HELD);
    await services.go(by(ASHA), TARGET);
    const { approvals, asks } = await stored();
    expect(approvals[1]?.subject).toEqual({ kind: 'evidence', step: 1, percent: 50 });
    expect(asks).toEqual([]);
    expect(lines).toMatchObject([
      { text: 'Asha asks for going on to 50 % without evidence', mentions: ['S0APPROVE'] },
    ]);
  });

  it.each<[string, Partial<Rollout>]>([
    ['that nothing holds', {}],
    ['that is held by blindness', { hold: { code: 'metrics_unknown', text: 'x', since: T0 } }],
    [
      'of a plan that waits',
      { hold: { code: 'too_few_requests', text: 'x', since: T0, mayBeApproved: false } },
    ],
  ])('asks nothing on a step %s', async (_, overrides) => {
    await start(overrides);
    await expect(services.go(by(ASHA), TARGET)).rejects.toMatchObject({ code: 'not_now' });
    expect((await stored()).approvals).toEqual([APPROVED]);
  });
});

describe('go that has to wait', () => {
  it('says what the plan waits for', async () => {
    const plan = makePlan();
    await start({
      plan,
      hold: { code: 'too_few_requests', text: '12 of 50', since: T0, mayBeApproved: false },
    });
    await expect(services.go(by(ASHA), TARGET)).rejects.toMatchObject({
      code: 'not_now',
      message: expect.stringContaining('12 of 50'),
      hint: expect.stringContaining('`traffic`'),
    });
  });
});

describe('a question inside a rollout', () => {
  it('is never answered by who asked it, though the rollout is another’s', async () => {
    await start({ requester: ASHA });
    await services.promote(by(BHARAT), TARGET);
    await expect(vote(BHARAT, 'approve')).rejects.toMatchObject({ code: 'self_approval' });
    await expect(vote(ASHA, 'approve')).rejects.toMatchObject({ code: 'not_allowed' });
    expect((await stored()).approvals[1]?.state).toBe('pending');
    expect(await vote(CHITRA, 'approve')).toEqual({ kind: 'decided', decision: 'approved' });
  });

  it.each<[ApprovalSubject['kind'], () => Promise<unknown>, string]>([
    ['traffic', () => services.shiftTraffic(by(ASHA), TARGET, 60), '60 %'],
    ['promote', () => services.promote(by(BHARAT), TARGET), 'promoting'],
    ['evidence', () => services.go(by(ASHA), TARGET), 'going on to 50 % without evidence'],
  ])('of %s leaves one line for a yes and one for a no, which mentions who asked', async (_, ask, words) => {
    for (const [decision, text, isMentioned] of [
      ['approve', `Chitra approved ${words}`, false],
      ['reject', `Chitra rejected ${words}: not now`, true],
    ] as const) {
      fresh();
      await start(HELD);
      await ask();
      const asked = (await stored()).approvals[1];
      lines.length = 0;
      await vote(CHITRA, decision);
      expect(lines).toMatchObject([{ text, mentions: isMentioned ? [asked?.requester.id] : [] }]);
    }
  });

  it('takes the place of one that waits, and the same twice is told who asked', async () => {
    await start();
    await services.promote(by(BHARAT), TARGET);
    await expect(services.promote(by(ASHA), TARGET)).rejects.toMatchObject({
      code: 'not_now',
      message: 'Bharat asked for this already.',
    });
    await services.shiftTraffic(by(ASHA), TARGET, 60);
    expect((await stored()).approvals.map(({ state }) => state)).toEqual([
      'approved',
      'withdrawn',
      'pending',
    ]);
    expect(lines.at(-1)?.text).toBe('Asha asks to shift to 60 %, in place of promoting');
    await expect(vote(CHITRA, 'approve')).rejects.toMatchObject({ code: 'already_decided' });
    await vote(CHITRA, 'approve', 'a3');
    await expect(services.shiftTraffic(by(ASHA), TARGET, 60)).rejects.toMatchObject({
      message: expect.stringMatching(/approved already/),
    });
  });
});
