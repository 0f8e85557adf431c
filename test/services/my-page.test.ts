import { beforeEach, describe, expect, it } from 'vitest';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { myApprovals, rollbackTargets } from '../../src/services/my-page.ts';
import type { UseCasePorts } from '../../src/services/use-case-ports.ts';
import { createMemoryStores, type MemoryStores } from '../fakes/memory-store.ts';
import {
  ASHA,
  BHARAT,
  CHITRA,
  makeApproval,
  makePlan,
  makeRollout,
  TARGET,
  vote,
} from '../support/rollout-fixtures.ts';
import { makeConfig } from '../support/slack-config.ts';

let stores: MemoryStores;
let members: () => Promise<readonly string[]>;

beforeEach(() => {
  stores = createMemoryStores();
  members = async () => ['U0BHARAT', 'U0CHITRA'];
});

const ports = (): UseCasePorts =>
  ({
    config: makeConfig(),
    store: stores.rollouts,
    targets: stores.targets,
    clock: stores.clock,
    directory: { members: () => members() },
    cardLink: async () => 'https://slack.example/card',
  }) as unknown as UseCasePorts;
const as = (person: typeof ASHA) =>
  ({ person, origin: { via: 'command', team: null, channel: null } }) as const;
const waiting = (id: string, approval = makeApproval()) =>
  makeRollout({ id, phase: 'awaiting-approval', approvals: [approval] });
const mine = async (person: typeof ASHA): Promise<readonly string[]> =>
  (await myApprovals(ports(), as(person))).items.map(({ rollout }) => rollout.id);

describe('my approvals', () => {
  const [first, second] = ['r-00000000000a', 'r-00000000000b'];

  it('are those that I may decide and have not, the first to expire first', async () => {
    const now = await stores.clock.now();
    const open = makeApproval({ expiresAt: now + 60_000, votes: [] });
    await stores.rollouts.create(waiting(second, open), []);
    await stores.rollouts.create(waiting(first, { ...open, expiresAt: now + 30_000 }), []);
    expect(await mine(BHARAT)).toEqual([first, second]);
    expect(await mine(ASHA)).toEqual([]);
    members = async () => ['U0CHITRA'];
    expect(await mine(BHARAT)).toEqual([]);
  });

  it('leave out what has expired, what I said yes to and what has ended', async () => {
    const now = await stores.clock.now();
    const open = makeApproval({ expiresAt: now + 60_000, votes: [] });
    await stores.rollouts.create(waiting('r-00000000000c', { ...open, expiresAt: now }), []);
    await stores.rollouts.create(waiting('r-00000000000d', { ...open, votes: [vote(BHARAT)] }), []);
    await stores.rollouts.create({ ...waiting('r-00000000000e', open), phase: 'closed', endedAt: now }, []);
    expect(await mine(BHARAT)).toEqual([]);
    expect(await mine(CHITRA)).toEqual(['r-00000000000d']);
  });

  it('say that some may be missing while Slack cannot say who is in a group', async () => {
    members = async () => {
      throw new DabbawalaError('groups_unavailable', 'away');
    };
    const now = await stores.clock.now();
    const open = makeApproval({ expiresAt: now + 60_000, votes: [] });
    await stores.rollouts.create(waiting(first, open), []);
    await stores.rollouts.create(
      waiting(second, { ...open, policy: { ...open.policy, users: ['U0BHARAT'] } }),
      [],
    );
    const { items, areGroupsKnown } = await myApprovals(ports(), as(BHARAT));
    expect(areGroupsKnown).toBe(false);
    expect(items.map(({ rollout }) => rollout.id)).toEqual([second]);
    expect(items[0]?.link).toBe('https://slack.example/card');
  });
});

describe('targets that can go back', () => {
  it('have a running rollout, or a version that ended well before the newest', async () => {
    expect(await rollbackTargets(ports(), '')).toEqual([]);
    const running = makeRollout({ id: 'r-00000000000a' });
    await stores.rollouts.create(running, []);
    await stores.targets.takeClaim(TARGET, running.id);
    expect(await rollbackTargets(ports(), '')).toEqual([TARGET]);

    const staging = { ...TARGET, environment: 'staging' };
    const plan = makePlan();
    const ended = makeRollout({ id: 'r-00000000000b', target: staging, phase: 'promoted', plan });
    await stores.rollouts.create(ended, []);
    await stores.targets.appendHistory(staging, ended.id, 1);
    expect(await rollbackTargets(ports(), 'pg stag')).toEqual([staging]);
    expect(await rollbackTargets(ports(), 'ledger')).toEqual([]);
  });

  it('are not those where nothing ended well', async () => {
    const refused = makeRollout({ id: 'r-00000000000c', phase: 'closed', outcome: 'refused' });
    await stores.rollouts.create(refused, []);
    await stores.targets.appendHistory(TARGET, refused.id, 1);
    expect(await rollbackTargets(ports(), '')).toEqual([]);
  });
});
