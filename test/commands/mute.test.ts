import { beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { type CommandDeps, runCommand } from '../../src/commands/run-command.ts';
import { mutesView } from '../../src/views/mutes.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { ASHA, T0 } from '../support/rollout-fixtures.ts';
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

describe('mute', () => {
  it('lists', async () => {
    expect(await type('mute')).toContain('Nothing is muted.');
    expect(services.of('mutes.list')).toHaveLength(1);
  });

  it('takes labels, a time and a reason', async () => {
    const words = 'mute match="service=ledger, severity=~warning|error" for=2h reason="db upgrade"';
    expect(await type(words)).toContain('call nobody until');
    expect(services.of('mutes.mute')[0]?.args[1]).toEqual({
      ...{ name: 'db upgrade', forMs: 7_200_000 },
      match: { service: 'ledger', severity: '~warning|error' },
    });
  });

  it('ends one by its reason', async () => {
    expect(await type('mute end "db upgrade"')).toContain('mutes no longer');
    expect(services.of('mutes.end')[0]?.args[1]).toBe('db upgrade');
  });

  it.each([
    ['for=2h reason=x', 'Which alerts? Name their labels.'],
    ['match=service for=2h reason=x', '"service" is no label with its value'],
    ['match=service=ledger reason=x', 'For how long?'],
    ['match=service=ledger for=long reason=x', '"long" is no time'],
    ['match=service=ledger for=2h', 'Why?'],
    ['end', 'Which one ends?'],
    ['everything', 'does not know what to do with "everything"'],
  ])('%s is refused in words', async (words, said) => {
    await expect(type(`mute ${words}`)).rejects.toMatchObject({ message: expect.stringContaining(said) });
    expect(services.calls.filter(({ method }) => method.startsWith('mutes.'))).toEqual([]);
  });
});

describe('the list of mutes', () => {
  it('says what, until when, by whom, and calls nobody by it', () => {
    const NASTY = '<!channel> `x`';
    const weekly = [{ days: ['sun' as const], from: '02:00', until: '04:00' }];
    const { text } = mutesView({
      ordered: [
        {
          name: NASTY,
          match: { service: NASTY },
          from: T0,
          until: T0 + 1,
          weekly: [],
          timeZone: 'UTC',
          by: ASHA,
          at: T0,
        },
      ],
      configured: [
        {
          name: 'backup',
          match: { service: 'ledger' },
          from: null,
          until: null,
          weekly,
          timeZone: 'Asia/Kolkata',
        },
      ],
      root: '/dabba',
    });
    expect(text).toContain('*backup* service=ledger, sun 02:00 to 04:00 (Asia/Kolkata), by configuration');
    expect(text).toContain(`by ${ASHA.name}`);
    expect(text).not.toContain('<!channel');
  });
});
