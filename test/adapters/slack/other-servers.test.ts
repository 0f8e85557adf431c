import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSlack } from '../../../sandbox/slack/index.ts';
import type { Slack } from '../../../sandbox/slack/types.ts';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { SlackDirectory } from '../../../src/adapters/slack/slack-directory.ts';
import { recordVote } from '../../../src/services/record-approval.ts';
import type { UseCasePorts } from '../../../src/services/use-case-ports.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createMemoryStores } from '../../fakes/memory-store.ts';
import { BHARAT, makeApproval, makeRollout } from '../../support/rollout-fixtures.ts';

let slack: Slack;

beforeEach(async () => {
  slack = await startSlack({ signingSecret: 'secret', botToken: 'xoxb-local', bot: () => null });
});
afterEach(() => slack.close());

describe('a server that knows no user groups', () => {
  it('closes approvals by a group: nothing is recorded, and the person reads what to do', async () => {
    slack.unknownMethods(['usergroups.users.list']);
    const stores = createMemoryStores();
    const now = await stores.clock.now();
    const approval = makeApproval({ votes: [], expiresAt: now + 60_000 });
    const rollout = makeRollout({ phase: 'awaiting-approval', approvals: [approval] });
    await stores.rollouts.create(rollout, []);
    const logger = boltLogger(createFakeLog());
    const directory = new SlackDirectory(
      createSlackClients({ apiUrl: slack.apiUrl, token: 'xoxb-local', logger }),
    );
    const ports = { store: stores.rollouts, clock: stores.clock, directory } as unknown as UseCasePorts;
    const actor = { person: BHARAT, origin: { via: 'button', team: null, channel: null } } as const;

    const vote = recordVote(ports, actor, {
      rolloutId: rollout.id,
      approvalId: approval.id,
      decision: 'approve',
      reason: null,
      digestPrefix: approval.planDigest.slice(0, 12),
    });
    await expect(vote).rejects.toMatchObject({
      code: 'groups_unavailable',
      message: expect.stringContaining('unknown_method'),
      hint: expect.stringContaining('name people by id under `users`'),
    });
    expect((await stores.rollouts.load(rollout.id))?.rollout.approvals).toEqual([approval]);
  });
});
