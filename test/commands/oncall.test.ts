import { beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { type CommandDeps, runCommand } from '../../src/commands/run-command.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { T0 } from '../support/rollout-fixtures.ts';
import { makeConfig } from '../support/slack-config.ts';

let services: FakeServices;
let deps: CommandDeps;
beforeEach(() => {
  services = createFakeServices();
  deps = { config: makeConfig(), commands, services, people: createFakePeople(), now: () => T0 };
});
const type = async (text: string): Promise<string> => {
  const typed = { slash: '/dabba', text, userId: 'U0ASHA', team: 'T0DABBA', channel: 'C0WARROOM' };
  const reply = await runCommand(deps, typed);
  return reply.kind === 'ephemeral' ? reply.message.text : 'modal';
};

describe('oncall', () => {
  it('shows', async () => {
    expect(await type('oncall')).toContain('On call now');
    expect(services.of('onCall.show')).toHaveLength(1);
  });

  it.each([
    ['user=<@U0ASHA|asha> for=4h', { level: 1, people: ['U0ASHA'], forMs: 14_400_000 }],
    [
      'level=2 user=<@U0ASHA>,<!subteam^S0ONCALL|@oncall> for=30m',
      { level: 2, people: ['U0ASHA', 'S0ONCALL'], forMs: 1_800_000 },
    ],
    ['<@U0ASHA|asha> me level=1 for=10m', { level: 1, people: ['U0ASHA'], forMs: 600_000 }],
    ['user=me for=1.5d', { level: 1, people: ['U0ASHA'], forMs: 129_600_000 }],
  ])('override %s', async (words, wanted) => {
    expect(await type(`oncall override ${words}`)).toContain(`is called on level ${wanted.level} until`);
    expect(services.of('onCall.standIn')[0]?.args[1]).toEqual(wanted);
  });

  it('clears', async () => {
    expect(await type('oncall clear level=2')).toContain('Nobody stood in on level 2');
    expect(services.of('onCall.clear')[0]?.args[1]).toBe(2);
  });

  it.each([
    ['override for=4h', 'Who stands in?'],
    ['override user=me', 'For how long?'],
    ['override user=me for=4', '"4" is no time'],
    ['override user=@asha for=4h', '"@asha" is nobody that Slack knows: type @ and pick'],
    ['override user=me for=4h level=first', '"first" is no level'],
    ['overide user=me for=4h', 'does not know "overide"'],
    ['level=1', '"level" belongs to `override` or `clear`'],
    ['clear 1', 'does not know what to do with "1"'],
  ])('%s is refused in words', async (words, said) => {
    await expect(type(`oncall ${words}`)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(said),
    });
    expect(services.calls.filter(({ method }) => method.startsWith('onCall.'))).toEqual([]);
  });
});
