import type { ModalView } from '@slack/types';
import { beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { callCommand } from '../../src/commands/run-command.ts';
import { forms } from '../../src/handlers/index.ts';
import { createSubmitListener } from '../../src/handlers/submit-listener.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import {
  deployModal,
  lockModal,
  pickTargetModal,
  rejectModal,
  rollbackModal,
  trafficModal,
  unlockModal,
} from '../../src/views/modals.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { TARGET } from '../support/rollout-fixtures.ts';
import { makeConfig } from '../support/slack-config.ts';

const CHANNEL = 'C0WARROOM';
const STAGING = { ...TARGET, environment: 'staging' };
const TARGETS = [TARGET, STAGING];
const PICKED = 'payment-gateway/prod/-';

let services: FakeServices;
let acks: unknown[];
let whispers: { channel: string; user: string; text: string }[];

beforeEach(() => {
  services = createFakeServices(TARGETS);
  acks = [];
  whispers = [];
});

const submit = async (view: ModalView, values: Record<string, string>, deadlineMs = 2000): Promise<void> => {
  const people = createFakePeople();
  const listen = createSubmitListener({
    forms,
    services,
    people,
    commands,
    callCommand: (call) => callCommand({ config: makeConfig(), commands, services, people }, call),
    log: createFakeLog(),
    deadlineMs,
  });
  const state = Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      { [id]: ['reason', 'percent'].includes(id) ? { value } : { selected_option: { value } } },
    ]),
  );
  await listen({
    ack: async (answer: unknown) => {
      acks.push(answer);
    },
    context: {},
    client: {
      chat: {
        postEphemeral: async (whisper: { channel: string; user: string; text: string }) => {
          whispers.push(whisper);
        },
      },
    },
    body: {
      type: 'view_submission',
      user: { id: 'U0BHARAT' },
      team: { id: 'T0DABBA' },
      view: { ...view, id: 'V1', state: { values: state } },
    },
  } as unknown as Parameters<typeof listen>[0]);
};

describe('a submitted form', () => {
  it.each([
    [
      'deploy',
      deployModal({ targets: TARGETS, channel: CHANNEL }),
      { service: 'payment-gateway', environment: 'staging', version: 'v2.3.1', reason: 'why' },
      'requestDeploy',
      [{ target: STAGING, version: 'v2.3.1', reason: 'why' }],
    ],
    [
      'deploy in the only place',
      deployModal({ targets: [TARGET], channel: CHANNEL }),
      { service: 'payment-gateway', version: 'v2.3.1' },
      'requestDeploy',
      [{ target: TARGET, version: 'v2.3.1', reason: null }],
    ],
    [
      'rollback',
      rollbackModal({ channel: CHANNEL, targets: TARGETS }),
      { target: PICKED, reason: 'slow' },
      'requestRollback',
      [TARGET, 'slow'],
    ],
    [
      'traffic',
      trafficModal({ channel: CHANNEL, targets: TARGETS }),
      { target: PICKED, percent: '25' },
      'shiftTraffic',
      [TARGET, 25],
    ],
    [
      'lock',
      lockModal({ channel: CHANNEL, target: STAGING }),
      { reason: 'audit week' },
      'lock',
      [STAGING, 'audit week'],
    ],
    [
      'unlock',
      unlockModal({ channel: CHANNEL, targets: TARGETS }),
      { target: PICKED },
      'unlock',
      [TARGET, null],
    ],
    ['hold', pickTargetModal('hold', TARGETS, CHANNEL), { target: PICKED }, 'hold', [TARGET, null]],
    ['history', pickTargetModal('history', TARGETS, CHANNEL), { target: PICKED }, 'history', [TARGET]],
  ] as const)('of %s acts as the command would', async (_name, view, values, method, args) => {
    await submit(view, values);
    expect(services.of(method).map((call) => call.args.slice(1))).toEqual([args]);
    expect(services.of(method)[0]?.args[0]).toMatchObject({ origin: { via: 'modal', channel: CHANNEL } });
    expect(acks).toEqual([undefined]);
    expect(whispers).toMatchObject([{ channel: CHANNEL, user: 'U0BHARAT' }]);
  });

  it('of a reject votes with the reason and says nothing more: the card does', async () => {
    const view = rejectModal({
      rolloutId: 'r-7k2m9qx4c1ab',
      approvalId: 'a1',
      digestPrefix: 'abc',
      title: 'x',
      channel: CHANNEL,
    });
    await submit(view, { reason: 'not today' });
    expect(services.of('vote')[0]?.args[1]).toEqual({
      rolloutId: 'r-7k2m9qx4c1ab',
      approvalId: 'a1',
      decision: 'reject',
      reason: 'not today',
      digestPrefix: 'abc',
    });
    expect([acks, whispers]).toEqual([[undefined], []]);
  });

  it('without what the verb needs asks on in the same form', async () => {
    await submit(pickTargetModal('lock', TARGETS, CHANNEL), { target: PICKED });
    expect(acks).toMatchObject([{ response_action: 'update', view: { callback_id: 'lock_modal' } }]);
  });
});

describe('a refusal stands in the form', () => {
  it.each([
    ['at the version', 'image_not_found', 'version'],
    ['at the environment', 'unknown_environment', 'environment'],
    ['at the first field', 'rollout_running', 'service'],
  ] as const)('%s for %s', async (_name, code, field) => {
    services.answer('requestDeploy', async () => {
      throw new DabbawalaError(code, 'It cannot be.', { hint: 'Do otherwise.' });
    });
    await submit(deployModal({ targets: TARGETS, channel: CHANNEL }), {
      service: 'payment-gateway',
      environment: 'prod',
      version: 'v2.3.1',
    });
    expect(acks).toEqual([{ response_action: 'errors', errors: { [field]: 'It cannot be. Do otherwise.' } }]);
    expect(whispers).toEqual([]);
  });

  it('for the hint option of an unreachable registry', async () => {
    await submit(deployModal({ targets: [TARGET], channel: CHANNEL }), {
      service: 'payment-gateway',
      version: '-',
    });
    expect(acks).toMatchObject([{ response_action: 'errors', errors: { version: expect.any(String) } }]);
    expect(services.of('requestDeploy')).toEqual([]);
  });
});

describe('a slow use case', () => {
  it('closes the form in time and whispers the outcome', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('lock', async () => {
      await promise;
      throw new DabbawalaError('locked', 'Somebody else was first.');
    });
    const done = submit(lockModal({ channel: CHANNEL, target: TARGET }), { reason: 'audit' }, 10);
    await expect.poll(() => acks.length).toBe(1);
    resolve();
    await done;
    expect(acks).toEqual([undefined]);
    expect(whispers).toMatchObject([{ text: expect.stringContaining('locked') }]);
  });
});

it('a form that is none of ours is refused', async () => {
  const view = { ...lockModal({ channel: CHANNEL, target: TARGET }), callback_id: 'other' };
  await submit(view, {});
  expect(acks).toMatchObject([{ response_action: 'errors' }]);
});
