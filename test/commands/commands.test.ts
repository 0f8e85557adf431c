import { beforeEach, describe, expect, it } from 'vitest';
import { findCommand } from '../../src/commands/find.ts';
import { commands } from '../../src/commands/index.ts';
import { type CommandDeps, isRollback, runCommand } from '../../src/commands/run-command.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { T0 } from '../support/rollout-fixtures.ts';
import { makeConfig } from '../support/slack-config.ts';

let services: FakeServices;
let deps: CommandDeps;

beforeEach(() => {
  services = createFakeServices([
    { service: 'payment-gateway', environment: 'prod', region: null },
    { service: 'payment-gateway', environment: 'staging', region: null },
    { service: 'ledger', environment: 'dr', region: 'pune' },
  ]);
  deps = { config: makeConfig(), commands, services, people: createFakePeople(), now: () => T0 };
});

const type = (line: string, channel = 'C0WARROOM') => {
  const [slash = '', ...words] = line.split(' ');
  return runCommand(deps, { slash, text: words.join(' '), userId: 'U0ASHA', team: 'T0DABBA', channel });
};
const text = async (line: string, channel?: string): Promise<string> => {
  const reply = await type(line, channel);
  return reply.kind === 'ephemeral' ? reply.message.text : `modal ${reply.view.callback_id}`;
};
const refusal = async (line: string, channel?: string): Promise<DabbawalaError> => {
  const error = await type(line, channel).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DabbawalaError);
  return error as DabbawalaError;
};

const PROD = { service: 'payment-gateway', environment: 'prod', region: null };
const STAGING = { ...PROD, environment: 'staging' };

describe('what each command asks of the use cases', () => {
  it.each([
    [
      '/dabba adopt pg reason="two words"',
      'requestAdoption',
      [{ target: PROD, reason: 'two words', isUndo: false }],
    ],
    ['/dabba adopt pg undo', 'requestAdoption', [{ target: PROD, reason: null, isUndo: true }]],
    ['/deploy pg v2.3.1', 'requestDeploy', [{ target: PROD, version: 'v2.3.1', reason: null }]],
    [
      '/dabba deploy pg v2.3.1 reason="two words"',
      'requestDeploy',
      [{ target: PROD, version: 'v2.3.1', reason: 'two words' }],
    ],
    [
      '/dabba deploy pg v2.3.1 env=staging',
      'requestDeploy',
      [{ target: STAGING, version: 'v2.3.1', reason: null }],
    ],
    [
      `/deploy pg sha256:${'a'.repeat(64)}`,
      'requestDeploy',
      [{ target: PROD, version: `sha256:${'a'.repeat(64)}`, reason: null }],
    ],
    ['/deploy pg v2.3.1 dry-run', 'planDeploy', [{ target: PROD, version: 'v2.3.1', reason: null }]],
    ['/rollback pg', 'requestRollback', [PROD, null]],
    ['/dabba rb pg reason="slow"', 'requestRollback', [PROD, 'slow']],
    ['/dabba abort pg', 'requestRollback', [PROD, null]],
    ['/dabba UNDO pg', 'requestRollback', [PROD, null]],
    ['/traffic pg', 'status', [PROD]],
    ['/traffic pg 25', 'shiftTraffic', [PROD, 25]],
    ['/traffic pg 25%', 'shiftTraffic', [PROD, 25]],
    ['/traffic pg 0', 'shiftTraffic', [PROD, 0]],
    ['/dabba hold pg reason=wait', 'hold', [PROD, 'wait']],
    ['/dabba go pg', 'go', [PROD]],
    ['/dabba promote pg', 'promote', [PROD]],
    ['/dabba status pg', 'status', [PROD]],
    ['/dabba rollout pg', 'status', [PROD]],
    ['/dabba history pg', 'history', [PROD]],
    ['/dabba lock pg reason="audit week"', 'lock', [PROD, 'audit week']],
    ['/dabba unlock pg', 'unlock', [PROD, null]],
    ['/dabba unlock pg reason=done', 'unlock', [PROD, 'done']],
  ] as const)('%s', async (line, method, args) => {
    const reply = await type(line);
    expect(reply.kind).toBe('ephemeral');
    expect(services.of(method).map((call) => call.args.slice(1))).toEqual([args]);
    expect(services.of(method)[0]?.args[0]).toEqual({
      person: { id: 'U0ASHA', name: 'asha', email: 'asha@tiffin.example' },
      origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' },
    });
    expect(services.of('auditDenied')).toEqual([]);
  });

  it('takes service and environment from the channel', async () => {
    await type('/dabba rollback', 'C0PAYMENTS');
    await type('/traffic 25', 'C0PAYMENTS');
    expect(services.of('requestRollback')[0]?.args.slice(1)).toEqual([STAGING, null]);
    expect(services.of('shiftTraffic')[0]?.args.slice(1)).toEqual([STAGING, 25]);
  });

  it('lists every target when status names none', async () => {
    await type('/dabba status');
    expect(services.of('status').map((call) => call.args[1])).toEqual(services.targets());
  });
});

describe('forms for missing arguments', () => {
  it.each([
    ['/deploy', 'deploy_modal'],
    ['/deploy pg', 'deploy_modal'],
    ['/rollback', 'rollback_modal'],
    ['/traffic', 'traffic_modal'],
    ['/dabba hold', 'pick_target_modal'],
    ['/dabba go', 'pick_target_modal'],
    ['/dabba promote', 'pick_target_modal'],
    ['/dabba history', 'pick_target_modal'],
    ['/dabba lock', 'lock_modal'],
    ['/dabba lock pg', 'lock_modal'],
    ['/dabba unlock', 'unlock_modal'],
  ])('%s opens %s', async (line, modal) => {
    expect(await text(line)).toBe(`modal ${modal}`);
  });

  it('does not open a form for a service that does not exist', async () => {
    expect((await refusal('/deploy payment-gatewy')).code).toBe('unknown_service');
  });
});

describe('help', () => {
  it('shows every verb', async () => {
    const shown = await text('/dabba help');
    for (const command of commands) expect(shown).toContain(`/dabba ${command.verb}`);
  });

  it('is behind the page that the root command alone opens', async () => {
    expect(await text('/dabba')).toBe('modal page');
    expect(await text('/dabba menu')).toBe('modal page');
  });

  it.each(commands.map((command) => command.verb))('is there for %s, both ways round', async (verb) => {
    const command = findCommand(commands, verb);
    const shown = await text(`/dabba help ${verb}`);
    expect(shown).toContain(command?.summary ?? '-');
    expect(await text(`/dabba ${verb} help`)).toBe(shown);
  });

  it('shows what the person may do where the channel stands for a service, or where one is named', async () => {
    const rights = [
      {
        verb: 'deploy',
        people: { users: ['U0BHARAT'], groups: ['S0ONCALL'], emails: [] },
        may: 'no' as const,
      },
      { verb: 'rollback', people: null, may: 'unknown' as const },
      { verb: 'status', people: null, may: 'yes' as const },
    ];
    services.answer('rights', async () => rights);
    expect(await text('/dabba help')).toContain('`/dabba help &lt;service&gt;` shows it');
    expect(services.of('rights')).toEqual([]);
    const listed = await text('/dabba help', 'C0PAYMENTS');
    expect(services.of('rights')[0]?.args[1]).toEqual(STAGING);
    expect(listed).toMatch(/\/dabba deploy[^\n]*` ⛔\n/);
    expect(listed).toMatch(/\/dabba rollback[^\n]*` ❔\n/);
    expect(listed).toMatch(/\/dabba status[^\n]*`\n/);
    expect(listed).toContain(
      'In *payment-gateway · staging*: ⛔ you may not; ❔ could not be checked now; the rest',
    );
    expect(await text('/dabba help pg')).toContain('In *payment-gateway · prod*: ⛔');

    const one = await text('/dabba deploy help', 'C0PAYMENTS');
    expect(one).toContain(
      'May use it in *payment-gateway · staging*: <!subteam^S0ONCALL>, <@U0BHARAT>; you may not.',
    );
    expect(await text('/dabba help deploy pg')).toContain('May use it in *payment-gateway · prod*: ');
    expect(await text('/dabba help status pg')).toContain('whoever may use this channel; you may.');
    expect(await text('/dabba help rollback pg')).toContain('could not be checked now');
  });

  it('names what a second word could have meant', async () => {
    expect((await refusal('/dabba help deploy payment-gatewy')).code).toBe('unknown_service');
    expect((await refusal('/dabba help deploy pg now')).code).toBe('invalid_argument');
  });

  it('is there behind an alias', async () => {
    expect(await text('/deploy help')).toBe(await text('/dabba help deploy'));
  });
});

describe('what cannot be meant', () => {
  it.each([
    ['/dabba deplyo pg v2', 'unknown_verb', 'deploy'],
    ['/dabba help statsu', 'unknown_verb', 'status'],
    ['/deploy pg v2.3.1 dryrun', 'invalid_argument', 'dry-run'],
    ['/deploy pg v2.3.1 extra', 'invalid_argument', 'extra'],
    ['/deploy pg v2/3', 'invalid_argument', 'v2/3'],
    ['/traffic pg 101', 'invalid_argument', '101'],
    ['/traffic pg 12.5', 'invalid_argument', '12.5'],
    ['/traffic pg -5', 'invalid_argument', '-5'],
    ['/rollback pg now', 'invalid_argument', 'now'],
    ['/dabba lock pg owner=me', 'invalid_argument', 'owner'],
    ['/deploy pg v2 env=prd', 'unknown_environment', 'prod'],
    ['/deploy pg v2 env=dr', 'region_required', 'mumbai'],
    ['/other pg', 'unknown_verb', '/other'],
  ])('%s is refused', async (line, code, word) => {
    const error = await refusal(line);
    expect(error.code).toBe(code);
    expect(error.message).toContain(word);
    expect(error.hint).not.toBe('');
  });

  it('is audited when it reached no use case', async () => {
    await refusal('/dabba deplyo pg');
    expect(services.of('auditDenied')[0]?.args.slice(1)).toEqual([
      'command.parse',
      '/dabba deplyo pg',
      'unknown_verb',
    ]);
  });
});

describe('the record of refusals', () => {
  it('names an unknown service, once', async () => {
    await refusal('/rollback payment-gatway');
    expect(services.of('auditDenied').map((call) => call.args.slice(1))).toEqual([
      ['command.rollback', 'payment-gatway', 'unknown_service'],
    ]);
  });

  it('is left to the use case when that refused', async () => {
    services.answer('requestRollback', async () => {
      throw new DabbawalaError('no_last_good', 'There is none.');
    });
    await refusal('/rollback pg');
    expect(services.of('auditDenied')).toEqual([]);
  });
});

describe('who acts', () => {
  it('refuses bots and people of other workspaces', async () => {
    const known = { name: 'x', email: null, isBot: false };
    deps = {
      ...deps,
      people: createFakePeople({ U0ASHA: { ...known, isBot: true } }),
    };
    expect((await refusal('/deploy pg v2')).code).toBe('not_allowed');
    deps = { ...deps, people: createFakePeople({ U0ASHA: { ...known, isOutsider: true } }) };
    expect((await refusal('/rollback pg')).code).toBe('not_allowed');
  });

  it('does not deploy when Slack cannot say who asks, and still rolls back', async () => {
    const people = {
      person: async () => {
        throw new DabbawalaError('groups_unavailable', 'Slack could not say who U0ASHA is.');
      },
    };
    deps = { ...deps, people };
    expect((await refusal('/deploy pg v2')).code).toBe('groups_unavailable');
    await type('/rollback pg');
    expect(services.of('requestRollback')[0]?.args[0]).toMatchObject({
      person: { id: 'U0ASHA', name: null, email: null },
    });
  });

  it('knows a rollback however it is spelt', () => {
    for (const [slash, words] of [
      ['/rollback', 'pg'],
      ['/dabba', ' rb pg'],
      ['/dabba', 'ABORT'],
    ] as const)
      expect(isRollback(deps, slash, words)).toBe(true);
    expect(isRollback(deps, '/deploy', 'rollback v2')).toBe(false);
    expect(isRollback(deps, '/dabba', 'status')).toBe(false);
  });
});
