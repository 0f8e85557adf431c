import { beforeEach, describe, expect, it } from 'vitest';
import { createCommandListener, type ListenerDeps } from '../../src/commands/command-listener.ts';
import { commands } from '../../src/commands/index.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { makeConfig } from '../support/slack-config.ts';

type Listener = ReturnType<typeof createCommandListener>;

let services: FakeServices;
let log: ReturnType<typeof createFakeLog>;
let told: { how: 'ack' | 'respond' | 'open'; what: unknown }[];
let failing: { respond?: Error; open?: Error };

beforeEach(() => {
  services = createFakeServices();
  log = createFakeLog();
  told = [];
  failing = {};
});

const type = async (text: string, overrides: Partial<ListenerDeps> = {}): Promise<void> => {
  const listen = createCommandListener({
    config: makeConfig(),
    commands,
    services,
    people: createFakePeople(),
    log,
    ...overrides,
  });
  await listen({
    command: {
      command: '/dabba',
      text,
      user_id: 'U0ASHA',
      team_id: 'T0DABBA',
      channel_id: 'C0WARROOM',
      trigger_id: 'trigger-1',
    },
    context: {},
    ack: async (what: unknown) => {
      told.push({ how: 'ack', what });
    },
    respond: async (what: unknown) => {
      told.push({ how: 'respond', what });
      if (failing.respond) throw failing.respond;
    },
    client: {
      views: {
        open: async (what: unknown) => {
          told.push({ how: 'open', what });
          if (failing.open) throw failing.open;
        },
      },
    },
  } as unknown as Parameters<Listener>[0]);
};

describe('the wrapper around commands', () => {
  it('answers in the ack when the use case is quick', async () => {
    await type('deploy payment-gateway v2.3.1');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ how: 'ack', what: { response_type: 'ephemeral' } });
  });

  it('acks "Working…" when the use case hangs, and answers later', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    const done = type('deploy payment-gateway v2.3.1', { deadlineMs: 20 });
    await expect.poll(() => told.map((one) => one.how)).toEqual(['ack']);
    expect(told[0]?.what).toMatchObject({ text: 'Working…' });
    resolve();
    await done;
    expect(told.map((one) => one.how)).toEqual(['ack', 'respond']);
    expect(told[1]?.what).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('accepted'),
    });
  });

  it('shows an error that comes late as well', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      throw new Error('boom');
    });
    const done = type('deploy payment-gateway v2.3.1', { deadlineMs: 20 });
    await expect.poll(() => told.length).toBe(1);
    resolve();
    await done;
    expect(told[1]?.what).toMatchObject({ text: expect.stringContaining('internal') });
    expect(log.lines.some((line) => line.level === 'error')).toBe(true);
  });

  it('shows a refusal with its code and what to do', async () => {
    await type('deploy payment-gatway v2.3.1');
    expect(told[0]?.what).toMatchObject({
      text: expect.stringMatching(/payment-gateway[\s\S]*unknown_service/),
    });
  });

  it('opens a form before it acks, since the trigger lives 3 s', async () => {
    await type('deploy');
    expect(told.map((one) => one.how)).toEqual(['open', 'ack']);
    expect(told[0]?.what).toMatchObject({ trigger_id: 'trigger-1', view: { callback_id: 'deploy_modal' } });
    expect(told[1]?.what).toBeUndefined();
  });

  it('says so when the form did not open', async () => {
    failing.open = new Error('expired_trigger_id');
    await type('deploy');
    expect(told[1]?.what).toMatchObject({ text: expect.stringContaining('slack_unavailable') });
  });

  it('logs a late answer that cannot be delivered and does not throw', async () => {
    failing.respond = new Error('expired');
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    const done = type('deploy payment-gateway v2.3.1', { deadlineMs: 5 });
    await expect.poll(() => told.length).toBe(1);
    resolve();
    await done;
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn' });
  });
});
