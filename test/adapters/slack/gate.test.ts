import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createGate, type GateOptions, UntrustedRequest } from '../../../src/adapters/slack/gate.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { errorReply } from '../../../src/views/replies.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createMemoryStores } from '../../fakes/memory-store.ts';

const NOW = 1_800_000_000_000;

let options: GateOptions;
let told: { how: 'ack' | 'respond' | 'next'; what: unknown }[];
let denied: string[];
let whispered: unknown[];
let serial = 0;

beforeEach(() => {
  told = [];
  denied = [];
  whispered = [];
  options = {
    teams: ['T0DABBA'],
    channels: ['C0WARROOM', 'C0PAYMENTS'],
    deliveries: createMemoryStores().deliveries,
    showError: errorReply,
    whispers: {
      whisper: async (place, { text }) => {
        whispered.push({ ...place, text });
      },
    },
    needsNoStore: ({ command, text, action }) => /rollback/.test(`${command} ${text} ${action}`),
    isUnlimited: (command, text) => command === '/rollback' || text.startsWith('rollback'),
    auditDenied: async (_actor, action, object, code) => {
      denied.push([action, object, code].join(' | '));
    },
    log: createFakeLog(),
    now: () => NOW,
  };
});

const command = (overrides: object = {}) => {
  serial += 1;
  return {
    command: '/dabba',
    text: 'status',
    team_id: 'T0DABBA',
    channel_id: 'C0WARROOM',
    user_id: 'U0ASHA',
    trigger_id: `trigger-${serial}`,
    ...overrides,
  };
};
const click = (overrides: object = {}) => ({
  type: 'block_actions',
  team: { id: 'T0DABBA' },
  user: { id: 'U0ASHA', team_id: 'T0DABBA' },
  channel: { id: 'C0WARROOM' },
  container: { message_ts: '1.2' },
  actions: [{ action_id: 'approve', action_ts: '3.4' }],
  ...overrides,
});
const submit = (overrides: object = {}) => ({
  type: 'view_submission',
  team: { id: 'T0DABBA' },
  user: { id: 'U0ASHA' },
  trigger_id: 'trigger-view',
  view: { id: 'V1', callback_id: 'deploy_modal', blocks: [{ type: 'input', block_id: 'service' }] },
  ...overrides,
});

const pass = async (
  gate: ReturnType<typeof createGate>,
  body: object,
  marks: { signature?: string; timestampS?: number } = {},
): Promise<void> => {
  serial += 1;
  const note = (how: (typeof told)[number]['how']) => async (what?: unknown) => {
    told.push({ how, what });
  };
  await gate({
    body,
    ack: note('ack'),
    respond: note('respond'),
    next: note('next'),
    context: { marks: { signature: `v0=${serial}`, timestampS: NOW / 1000, receivedAt: 0, ...marks } },
  } as unknown as Parameters<typeof gate>[0]);
};
const ways = (): readonly string[] => told.map((one) => one.how);

describe('what is let in', () => {
  it.each([
    ['a command in the war room', command()],
    ['a command in a listed channel', command({ channel_id: 'C0PAYMENTS' })],
    ['a click', click()],
    ['a submitted form, which has no channel', submit()],
    ['an options request', { type: 'block_suggestion', team: { id: 'T0DABBA' }, user: { id: 'U0ASHA' } }],
    ['unknown further fields', command({ something_new: { deep: [1] } })],
  ])('%s', async (_name, body) => {
    await pass(createGate(options), body);
    expect(ways()).toEqual(['next']);
    expect(denied).toEqual([]);
  });

  it.each([299, -299])('a timestamp %i s away', async (seconds) => {
    await pass(createGate(options), command(), { timestampS: NOW / 1000 + seconds });
    expect(ways()).toEqual(['next']);
  });
});

describe('while Redis is away', () => {
  beforeEach(() => {
    const stores = createMemoryStores();
    stores.setDown(true);
    options = { ...options, deliveries: stores.deliveries };
  });

  it.each([
    ['a command', command({ text: 'rollback pg' })],
    ['the button of a card', click({ actions: [{ action_id: 'rollback', action_ts: '3.4' }] })],
  ])('a rollback is let in: %s', async (_name, body) => {
    await pass(createGate(options), body);
    expect(ways()).toEqual(['next']);
  });

  it.each([
    ['another command', command({ text: 'deploy pg v2' })],
    ['another button', click()],
  ])('%s is refused in words', async (_name, body) => {
    await pass(createGate(options), body);
    expect(ways()).not.toContain('next');
    expect(JSON.stringify(told)).toContain('State store unavailable, nothing done');
  });

  it('a rollback is still judged by workspace, channel and time', async () => {
    const gate = createGate(options);
    await pass(gate, command({ text: 'rollback pg', team_id: 'T0OTHER' }));
    await pass(gate, command({ text: 'rollback pg', channel_id: 'C0RANDOM' }));
    const future = pass(gate, command({ text: 'rollback pg' }), { timestampS: NOW / 1000 + 301 });
    await expect(future).rejects.toBeInstanceOf(UntrustedRequest);
    expect(ways()).not.toContain('next');
    expect(denied).toHaveLength(2);
  });
});

describe('what is asked twice within one second', () => {
  it('has one signature; a question for options is answered both times, as nothing comes of it', async () => {
    const question = {
      type: 'block_suggestion',
      team: { id: 'T0DABBA' },
      user: { id: 'U0ASHA' },
      value: 'v2',
    };
    const gate = createGate(options);
    await pass(gate, question, { signature: 'v0=same' });
    await pass(gate, question, { signature: 'v0=same' });
    expect(ways()).toEqual(['next', 'next']);
  });
});

describe('what is not believed', () => {
  it('a timestamp more than 300 s in the future', async () => {
    const future = pass(createGate(options), command(), { timestampS: NOW / 1000 + 301 });
    await expect(future).rejects.toBeInstanceOf(UntrustedRequest);
    expect(told).toEqual([]);
  });

  it('a signature seen before', async () => {
    const gate = createGate(options);
    await pass(gate, command(), { signature: 'v0=same' });
    await expect(pass(gate, command(), { signature: 'v0=same' })).rejects.toBeInstanceOf(UntrustedRequest);
    expect(ways()).toEqual(['next']);
  });

  it('a body of no known shape', async () => {
    await expect(pass(createGate(options), { command: 5 })).rejects.toBeInstanceOf(UntrustedRequest);
  });
});

describe('second deliveries have no effect and get 200', () => {
  it.each([
    ['of a command', command({ trigger_id: 'same' }), command({ trigger_id: 'same' })],
    ['of a click', click(), click()],
    ['of a form', submit(), submit()],
  ])('%s', async (_name, first, second) => {
    const gate = createGate(options);
    await pass(gate, first);
    await pass(gate, second);
    expect(ways()).toEqual(['next', 'ack']);
    expect(told[1]?.what).toBeUndefined();
  });

  it('but the same button by another person, or later, is another act', async () => {
    const gate = createGate(options);
    await pass(gate, click());
    await pass(gate, click({ user: { id: 'U0BHARAT' } }));
    await pass(gate, click({ actions: [{ action_id: 'approve', action_ts: '5.6' }] }));
    expect(ways()).toEqual(['next', 'next', 'next']);
  });
});

describe('what is refused in words', () => {
  it.each([
    ['another workspace', command({ team_id: 'T0OTHER' }), 'wrong_channel'],
    ['no workspace', command({ team_id: undefined }), 'wrong_channel'],
    ['another channel', command({ channel_id: 'C0RANDOM' }), 'wrong_channel'],
    ['a direct message', command({ channel_id: 'D0ASHA' }), 'wrong_channel'],
    ['a person of another workspace', click({ user: { id: 'U0X', team_id: 'T0OTHER' } }), 'wrong_channel'],
    ['a stranger', click({ user: { id: 'U0X', team_id: 'T0DABBA', is_stranger: true } }), 'not_allowed'],
    ['a click in another channel', click({ channel: { id: 'C0RANDOM' } }), 'wrong_channel'],
    ['a form of another workspace', submit({ team: { id: 'T0OTHER' } }), 'wrong_channel'],
  ])('%s', async (_name, body, code) => {
    await pass(createGate(options), body);
    expect(ways()).not.toContain('next');
    expect(JSON.stringify(told.at(-1)?.what)).toMatch(/may not|not accepted/);
    expect(denied).toHaveLength(1);
    expect(denied[0]).toContain(code);
  });

  it('names the channels that are allowed', async () => {
    await pass(createGate(options), command({ channel_id: 'C0RANDOM' }));
    expect(JSON.stringify(told[0]?.what)).toContain('<#C0WARROOM>, <#C0PAYMENTS>');
  });

  it('shows a form its refusal at the first input', async () => {
    await pass(createGate(options), submit({ team: { id: 'T0OTHER' } }));
    expect(told[0]?.what).toMatchObject({
      response_action: 'errors',
      errors: { service: expect.any(String) },
    });
  });

  it('answers when the store is down, and lets nothing through', async () => {
    const stores = createMemoryStores();
    stores.setDown(true);
    await pass(createGate({ ...options, deliveries: stores.deliveries }), command());
    expect(ways()).toEqual(['ack']);
    expect(told[0]?.what).toMatchObject({ text: expect.stringContaining('store_unavailable') });
  });

  it('does not fail when the refusal cannot be shown', async () => {
    const gate = createGate({
      ...options,
      showError: () => {
        throw new DabbawalaError('internal', 'x');
      },
    });
    await pass(gate, command({ team_id: 'T0OTHER' }));
    expect(denied).toHaveLength(1);
  });
});

describe('how often one person may command', () => {
  it('is 10 times a minute; others and rollbacks go on', async () => {
    vi.useFakeTimers({ now: NOW });
    try {
      const gate = createGate(options);
      for (let index = 0; index < 10; index += 1) await pass(gate, command());
      await pass(gate, command());
      expect(ways().filter((way) => way === 'next')).toHaveLength(10);
      expect(told.at(-1)?.what).toMatchObject({ text: expect.stringContaining('rate_limited') });
      await pass(gate, command({ command: '/rollback' }));
      await pass(gate, command({ user_id: 'U0BHARAT' }));
      await pass(gate, click());
      expect(ways().filter((way) => way === 'next')).toHaveLength(13);
      vi.advanceTimersByTime(61_000);
      await pass(gate, command());
      expect(ways().filter((way) => way === 'next')).toHaveLength(14);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a mention', () => {
  const mention = (event: object = {}, eventId = `Ev-${serial}`) => ({
    type: 'event_callback',
    team_id: 'T0DABBA',
    event_id: eventId,
    authorizations: [{ user_id: 'U0BOT' }],
    event: {
      type: 'app_mention',
      user: 'U0ASHA',
      channel: 'C0WARROOM',
      ts: '5.6',
      thread_ts: '1.2',
      text: '<@U0BOT> status',
      ...event,
    },
  });
  const lets = () => told.filter(({ how }) => how === 'next').length;

  it('is let in once, however often it is delivered', async () => {
    const gate = createGate(options);
    await pass(gate, mention({}, 'Ev1'));
    await pass(gate, mention({}, 'Ev1'));
    await pass(createGate(options), mention({}, 'Ev1'));
    expect(lets()).toBe(1);
  });

  it('is refused in words, in its thread, to its person alone', async () => {
    await pass(createGate(options), mention({ channel: 'C0RANDOM' }));
    expect(lets()).toBe(0);
    expect(whispered).toMatchObject([{ userId: 'U0ASHA', channel: 'C0RANDOM', threadTs: '1.2' }]);
    expect(JSON.stringify(whispered)).toContain('wrong_channel');
    expect(denied).toEqual(['event app_mention | status | wrong_channel']);
  });

  it('counts as a command, and rollback is never limited', async () => {
    const gate = createGate(options);
    for (let at = 0; at < 11; at += 1) await pass(gate, mention());
    expect(lets()).toBe(10);
    await pass(gate, mention({ text: 'please <@U0BOT> rollback payment' }));
    expect(lets()).toBe(11);
  });
});
