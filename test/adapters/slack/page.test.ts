import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeApproval, makeRollout, TARGET } from '../../support/rollout-fixtures.ts';
import { ROOM, seenBy, services, slack, startWorld, stopWorld } from './bot-harness.ts';

beforeEach(startWorld);
afterEach(stopWorld);

const open = async (): Promise<string> => {
  await slack.command({ user: 'U0BHARAT', channel: ROOM, text: '/dabba' });
  return slack.views('U0BHARAT')[0]?.id ?? '';
};
const shown = (): string => JSON.stringify(slack.views('U0BHARAT'));

describe('the page behind /dabba alone', () => {
  it('rolls back a target that is picked as one types, after one more question', async () => {
    const viewId = await open();
    const options = await slack.suggest({
      user: 'U0BHARAT',
      viewId,
      actionId: 'page_rollback',
      query: 'pay',
    });
    expect(options).toMatchObject([{ value: 'payment-gateway/prod/-' }]);
    expect(services.of('rollbackTargets')[0]?.args).toEqual(['pay']);
    await slack.click({
      user: 'U0BHARAT',
      viewId,
      actionId: 'page_rollback',
      value: 'payment-gateway/prod/-',
    });
    await expect.poll(shown).toContain('rollback_modal');
    expect(services.of('requestRollback')).toEqual([]);
    const form = slack.views('U0BHARAT')[0]?.id ?? '';
    expect(await slack.submit({ user: 'U0BHARAT', viewId: form, values: { reason: 'errors' } })).toEqual({
      closed: true,
    });
    expect(services.of('requestRollback')[0]?.args.slice(1)).toEqual([TARGET, 'errors']);
    await expect.poll(() => seenBy('U0BHARAT')).toContain('is accepted');
  });

  it('opens the deploy form', async () => {
    const viewId = await open();
    await slack.click({ user: 'U0BHARAT', viewId, actionId: 'page_deploy' });
    await expect.poll(shown).toContain('deploy_modal');
  });

  it('lists what waits for this person, with the way to its card', async () => {
    const approval = makeApproval();
    const rollout = makeRollout({ phase: 'awaiting-approval', approvals: [approval] });
    services.answer('myApprovals', async () => ({
      items: [
        { rollout, approval, link: 'https://slack.example/archives/C0WARROOM/p1' },
        { rollout, approval, link: null },
      ],
      areGroupsKnown: false,
    }));
    await open();
    expect(shown()).toContain('https://slack.example/archives/C0WARROOM/p1');
    expect(shown()).toContain('The card is in <#C0WARROOM>');
    expect(shown()).toContain('some may be missing');
    expect(shown()).not.toContain('Nothing waits');
  });

  it('says that nothing waits', async () => {
    await open();
    expect(shown()).toContain('Nothing waits for you.');
  });
});
