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
const type = async (text: string, slash = '/dabba'): Promise<string> => {
  const typed = { slash, text, userId: 'U0ASHA', team: 'T0DABBA', channel: 'C0WARROOM' };
  const reply = await runCommand(deps, typed);
  return reply.kind === 'ephemeral' ? reply.message.text : `form ${reply.view.callback_id}`;
};
const asked = (method: 'declare' | 'update' | 'resolve') =>
  services.of(`incidents.${method}`)[0]?.args.slice(1);

describe('incident', () => {
  it('alone lists, by its own slash command too', async () => {
    expect(await type('incident')).toContain(
      'INC-1 · SEV2 · Payments fail · payment-gateway'.split(' · pay')[0],
    );
    expect(await type('list all', '/incident')).toContain('The newest incidents');
    expect(services.of('incidents.list').map(({ args }) => args[1])).toEqual([{ all: false }, { all: true }]);
  });

  it.each([
    [
      'declare "Payments fail" sev=1 services=payment-gateway env=prod',
      { title: 'Payments fail', severity: 1, services: ['payment-gateway'], environment: 'prod' },
    ],
    [
      'declare "Payments fail" sev=SEV3 services=none commander=<@U0BHARAT|bharat>',
      { title: 'Payments fail', severity: 3, services: [], environment: null, commander: 'U0BHARAT' },
    ],
    ['declare Payments fail sev=2', { title: 'Payments fail', severity: 2, services: [], environment: null }],
  ])('%s', async (words, wanted) => {
    expect(await type(`incident ${words}`)).toContain('The incident is declared.');
    expect(asked('declare')).toEqual([wanted]);
  });

  it('declare alone asks by a form', async () => {
    expect(await type('incident declare')).toBe('form declare_incident_modal');
  });

  it('status alone shows it, without buttons', async () => {
    expect(await type('incident status INC-1')).toContain('Payments fail');
    expect(services.of('incidents.update')).toEqual([]);
  });

  it.each([
    [
      'status INC-12 "the pool is full" state=identified',
      ['INC-1', { text: 'the pool is full', state: 'identified' }],
    ],
    ['status "the pool is full"', ['INC-1', { text: 'the pool is full' }]],
    ['status 1 sev=1 commander=me', ['INC-1', { severity: 1, commander: 'U0ASHA' }]],
  ])('%s', async (words, wanted) => {
    expect(await type(`incident ${words}`)).toContain('Everybody is told.');
    expect(asked('update')).toEqual(wanted);
  });

  it('resolve says how', async () => {
    expect(await type('incident resolve INC-1 "rolled back"')).toContain('It is resolved.');
    expect(asked('resolve')).toEqual(['INC-1', 'rolled back']);
  });

  it.each([
    ['timeline INC-1', 'incidents.timeline', 'Timeline of INC-1'],
    ['note INC-1 "the pool is full"', 'incidents.note', 'It is in the timeline.'],
    ['postmortem', 'incidents.postMortem', 'in the thread of the card'],
  ] as const)('%s', async (words, method, answer) => {
    expect(await type(`incident ${words}`)).toContain(answer);
    expect(services.of(method)[0]?.args[1]).toBe('INC-1');
  });

  it.each([
    ['incident filed rbi', 'Which incident?'],
    ['incident filed INC-1 sebi', '"sebi" is no regulator'],
    ['incident timeline ledger', '"ledger" is no incident'],
    ['incident close INC-1', 'does not know "close"'],
    ['incident status payment-gateway', 'is one word'],
    ['incident declare "x" sev=9', '"9" is no severity'],
    ['incident declare "x" state=monitoring', 'takes no "state"'],
    ['incident status INC-1 env=prod', 'takes no "env"'],
    ['incident status INC-1 state=done', '"done" is no state'],
    ['incident status "one" "two"', '"one" is no incident'],
    ['incident status INC-1 commander=asha', 'nobody that Slack knows'],
    ['incident declare "x" services=payment-gatewy', 'payment-gatewy'],
  ])('refuses %s', async (text, words) => {
    await expect(type(text)).rejects.toThrow(words);
  });
});
