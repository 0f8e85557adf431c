import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App, AppOptions, Receiver, ReceiverEvent } from '@slack/bolt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { clientOptions, createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { FilteredApp, outboundFetch } from '../../../src/adapters/slack/outbound.ts';
import { SlackChat } from '../../../src/adapters/slack/slack-chat.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createMask } from '../../../src/lib/outbound/mask.ts';

const CARD = '4111111111111111';
const HIDDEN = '••••••••••••1111';
const mask = createMask(() => ['our-own-secret']);

/** What came over the wire, byte for byte. */
const bodies: string[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    bodies.push(Buffer.concat(parts).toString('utf8'));
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true,"ts":"1.2"}');
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const lastBody = (): string => bodies.at(-1) ?? '';
const lastForm = (): URLSearchParams => new URLSearchParams(lastBody());
const address = () => ({ apiUrl: url, token: 'xoxb-1-ours', logger: boltLogger(silentLog), mask });
const button = (value: string) => ({
  type: 'actions' as const,
  block_id: `b-${CARD}`,
  elements: [
    {
      type: 'button' as const,
      action_id: `a:${CARD}`,
      value,
      text: { type: 'plain_text' as const, text: `Pay ${CARD}` },
    },
  ],
});

describe('a message', () => {
  it('leaves without what must not, in its fallback text, blocks, attachments and metadata', async () => {
    await createSlackClients(address()).write.chat.postMessage({
      channel: 'C0123ABCD',
      text: `card ${CARD}, ravi@okaxis, our-own-secret`,
      thread_ts: '1732531200.123456',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: `<@U0123ABCD> pays ${CARD}`, verbatim: true } },
        button(`r-1 ${CARD}`),
      ],
      attachments: [{ fallback: CARD, fields: [{ title: 'Aadhaar', value: 'x' }], text: '2341 2341 2346' }],
      metadata: { event_type: 'dabbawala', event_payload: { dedup_id: `d:${CARD}` } },
    });
    const form = lastForm();
    expect(form.get('text')).toBe(`card ${HIDDEN}, •••@okaxis, [redacted]`);
    expect(form.get('channel')).toBe('C0123ABCD');
    expect(form.get('thread_ts')).toBe('1732531200.123456');
    expect(JSON.parse(form.get('blocks') ?? '')).toEqual([
      { type: 'section', text: { type: 'mrkdwn', text: `<@U0123ABCD> pays ${HIDDEN}`, verbatim: true } },
      {
        ...button(`r-1 ${CARD}`),
        elements: [
          { ...button(`r-1 ${CARD}`).elements[0], text: { type: 'plain_text', text: `Pay ${HIDDEN}` } },
        ],
      },
    ]);
    expect(form.get('attachments')).not.toMatch(/4111|2341/);
    expect(form.get('metadata')).toContain(`d:${CARD}`);
  });

  it('that hides nothing goes byte for byte as the library wrote it', async () => {
    const send = async (filter: typeof mask): Promise<string> => {
      await createSlackClients({ ...address(), mask: filter }).write.chat.postMessage({
        channel: 'C0123ABCD',
        text: '[FIRING] ünïcode ☕ & more {"a": 1}',
        blocks: [button('r-1')].map((block) => ({ ...block, elements: [] as never[] })),
      });
      return lastBody();
    };
    expect(await send(mask)).toBe(await send((text) => text));
  });

  it('of the chat port, new or edited or for one person, goes the same way', async () => {
    const chat = new SlackChat(createSlackClients(address()));
    const block = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: CARD, verbatim: true } };
    const message = { text: CARD, blocks: [block], classic: [block] };
    await chat.post('C1', message, `dedup-${CARD}`);
    await chat.update('C1', '1.2', message, 'dedup');
    await chat.whisper({ userId: 'U1', channel: 'C1', threadTs: null }, message);
    for (const body of bodies.slice(-3)) {
      expect(new URLSearchParams(body).get('text')).toBe(HIDDEN);
      expect(new URLSearchParams(body).get('blocks')).toContain(HIDDEN);
    }
    expect(bodies.at(-3)).toContain(`dedup-${CARD}`);
  });
});

describe('what is no message', () => {
  it('a form leaves filtered, what it carries back does not change', async () => {
    await createSlackClients(address()).write.views.open({
      trigger_id: `1.2.${CARD}`,
      view: {
        type: 'modal',
        callback_id: `c ${CARD}`,
        private_metadata: `{"channel":"C1","x":"${CARD}"}`,
        title: { type: 'plain_text', text: 'Deploy' },
        blocks: [
          {
            type: 'input',
            block_id: 'i',
            label: { type: 'plain_text', text: `For ${CARD}` },
            element: { type: 'plain_text_input', action_id: 'a', initial_value: `was ${CARD}` },
          },
        ],
      },
    });
    const form = lastForm();
    const view = form.get('view') ?? '';
    expect(form.get('trigger_id')).toBe(`1.2.${CARD}`);
    expect(JSON.parse(view)).toMatchObject({
      callback_id: `c ${CARD}`,
      private_metadata: `{"channel":"C1","x":"${CARD}"}`,
      blocks: [{ label: { text: `For ${HIDDEN}` }, element: { initial_value: `was ${HIDDEN}` } }],
    });
  });

  it('an answer by response_url, sent by Bolt itself', async () => {
    const { fetch: send } = clientOptions(address(), 0);
    await send?.(`${url}response`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: CARD, blocks: [button('v')] }),
    });
    expect(JSON.parse(lastBody())).toMatchObject({ text: HIDDEN, blocks: [{ block_id: `b-${CARD}` }] });
  });

  it('a file, as text or in a form; a picture goes as it is', async () => {
    const send = outboundFetch(mask, 1000);
    await send(url, { method: 'POST', body: Buffer.from(`a,b\n${CARD},2\n`) });
    expect(lastBody()).toBe(`a,b\n${HIDDEN},2\n`);
    const form = new FormData();
    form.append('filename', `${CARD}.csv`);
    form.append('file', new Blob([CARD]), `${CARD}.csv`);
    form.append('picture', new Blob([Buffer.from([0xff, 0xd8, 0x34])]), 'x.jpg');
    await send(url, { method: 'POST', body: form });
    expect(lastBody()).not.toContain(CARD);
    expect(lastBody()).toContain('x.jpg');
  });

  it('a file is as long as it was said to be', async () => {
    const from = bodies.length;
    const upload = createSlackClients(address()).write.files.uploadV2({
      ...{ channel_id: 'C1', filename: 'list.txt', content: `seen ${CARD} and our-own-secret` },
    });
    // This server knows no uploads: the measure was taken before it said so.
    await upload.catch(() => undefined);
    const asked = new URLSearchParams(bodies[from]);
    expect(asked.get('filename')).toBe('list.txt');
    expect(Number(asked.get('length'))).toBe(Buffer.byteLength(`seen ${HIDDEN} and [redacted]`));
  });

  it('a body that cannot be read is not sent', async () => {
    const send = outboundFetch(mask, 1000);
    const count = bodies.length;
    const stream = new Blob([CARD]).stream();
    await expect(send(url, { method: 'POST', body: stream })).rejects.toThrow('not sent');
    await expect(send(new Request(url, { method: 'POST', body: CARD }))).rejects.toThrow('not sent');
    expect(bodies).toHaveLength(count);
  });
});

describe('the answer to a request itself', () => {
  it('is filtered, by HTTP and by the socket alike', async () => {
    let app: App | null = null;
    const receiver: Receiver = {
      init: (made) => {
        app = made;
      },
      start: async () => undefined,
      stop: async () => undefined,
    };
    const options: AppOptions = {
      receiver,
      logger: boltLogger(silentLog),
      authorize: async () => ({ botToken: 'xoxb-1' }),
    };
    const filtered = new FilteredApp(mask, options);
    filtered.command(/.*/, async ({ ack }) => ack({ text: CARD, blocks: [button('v')] }));
    filtered.options(/.*/, async ({ ack }) =>
      ack({ options: [{ text: { type: 'plain_text', text: `card ${CARD}` }, value: CARD }] }),
    );
    const answers: unknown[] = [];
    const ack: ReceiverEvent['ack'] = async (answer) => {
      answers.push(answer);
    };
    const made = app as App | null;
    await made?.processEvent({
      body: { command: '/dabba', text: '', channel_id: 'C1', team_id: 'T1', user_id: 'U1' },
      ack,
    });
    await made?.processEvent({
      body: {
        type: 'block_suggestion',
        action_id: 'a',
        block_id: 'b',
        value: '',
        team: { id: 'T1' },
        user: { id: 'U1' },
      },
      ack,
    });
    expect(answers).toMatchObject([
      { text: HIDDEN, blocks: [{ block_id: `b-${CARD}` }] },
      { options: [{ text: { text: `card ${HIDDEN}` }, value: CARD }] },
    ]);
  });
});
