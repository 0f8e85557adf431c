import { afterEach, describe, expect, it } from 'vitest';
import {
  startWebhookServer,
  type WebhookOptions,
  type WebhookServer,
} from '../../../src/adapters/webhooks/webhook-server.ts';
import type { Incoming } from '../../../src/core/alert/alert-group.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';

const TOKEN = 'a'.repeat(32);
const NEXT = 'b'.repeat(32);
const FALCO = 'f'.repeat(32);

let server: WebhookServer | null = null;
let stored: Incoming[] = [];
let counted: string[] = [];
afterEach(async () => {
  await server?.close();
  server = null;
});

const start = async (more: Partial<WebhookOptions> = {}): Promise<string> => {
  stored = [];
  counted = [];
  server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    bodyLimit: 200_000,
    tokens: { alertmanager: () => [TOKEN, NEXT], falco: () => [FALCO] },
    ingest: async (incoming) => {
      stored.push(incoming);
    },
    log: createFakeLog(),
    onRequest: (source, outcome) => counted.push(`${source} ${outcome}`),
    ...more,
  });
  return `http://127.0.0.1:${server.port}`;
};
const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const group = { status: 'firing', groupKey: 'k', alerts: [{ labels: { alertname: 'A' }, status: 'firing' }] };
const event = {
  rule: 'R',
  priority: 'Critical',
  time: '2026-11-25T03:00:00Z',
  output: 'o',
  output_fields: {},
};

describe('a webhook', () => {
  it('is answered when it is stored, not before', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const url = await start({
      ingest: async () => {
        begun.resolve();
        await gate.promise;
      },
    });
    let isAnswered = false;
    const answer = post(`${url}/webhooks/alertmanager`, group, bearer(TOKEN)).then((response) => {
      isAnswered = true;
      return response;
    });
    await begun.promise;
    expect(isAnswered).toBe(false);
    gate.resolve();
    expect((await answer).status).toBe(200);
    expect(counted).toEqual(['alertmanager stored']);
  });

  it.each([
    ['a Bearer token', '/webhooks/alertmanager', group, bearer(TOKEN)],
    ['the token that replaces it', '/webhooks/alertmanager', group, bearer(NEXT)],
    [
      'a password',
      '/webhooks/alertmanager',
      group,
      { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` },
    ],
    ['a header of Falcosidekick', '/webhooks/falco', event, bearer(FALCO)],
    ['a secret in the path, all that Falco can do', `/webhooks/falco/${FALCO}`, event, {}],
    [
      'a type of its own',
      '/webhooks/falco',
      event,
      { ...bearer(FALCO), 'content-type': 'text/plain; charset=utf-8' },
    ],
  ])('is taken with %s', async (_, path, body, headers) => {
    const url = await start();
    expect((await post(url + path, body, headers as Record<string, string>)).status).toBe(200);
    expect(stored).toHaveLength(1);
  });

  it.each([
    ['no token', '/webhooks/alertmanager', {}],
    ['an empty one', '/webhooks/alertmanager', { authorization: 'Bearer ' }],
    ['a wrong one', '/webhooks/alertmanager', bearer('x'.repeat(32))],
    ['the beginning of one', '/webhooks/alertmanager', bearer(TOKEN.slice(0, 31))],
    ['another source’s', '/webhooks/alertmanager', bearer(FALCO)],
    ['a word that is no token', '/webhooks/alertmanager', bearer('nothing')],
    ['a wrong one in the path, though the header is right', '/webhooks/falco/wrong', bearer(FALCO)],
    ['one in the query', `/webhooks/falco?token=${FALCO}`, {}],
  ])('is refused with %s, without a look at its body', async (_, path, headers) => {
    const url = await start();
    const response = await post(url + path, '{broken', headers as Record<string, string>);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('a'.repeat(8));
    expect(stored).toEqual([]);
    expect(counted[0]).toMatch(/unauthorized$/);
  });

  it('is refused where no token is known, and taken by everybody only where that was asked for', async () => {
    const closed = await start({ tokens: { alertmanager: () => [], falco: () => null } });
    expect((await post(`${closed}/webhooks/alertmanager`, group, bearer(''))).status).toBe(401);
    expect((await post(`${closed}/webhooks/falco`, event)).status).toBe(200);
  });

  it.each([
    ['no JSON', '{"alerts":[', 400],
    ['nothing', '', 400],
    ['a wrong type', { alerts: 'x' }, 400],
    ['a poisoned prototype', '{"alerts":[],"__proto__":{"x":1}}', 400],
    ['ten thousand levels', `{"alerts":[],"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400],
    ['more than it may hold', { alerts: [], x: 'y'.repeat(300_000) }, 413],
    ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 400],
    ['a label of 100,000 characters', { alerts: [{ labels: { a: 'y'.repeat(100_000) } }] }, 400],
  ])('with %s gets a clean answer, and the next one is taken', async (_, body, status) => {
    const url = await start();
    const response = await post(`${url}/webhooks/alertmanager`, body, bearer(TOKEN));
    expect(response.status).toBe(status);
    expect((await response.text()).length).toBeLessThan(300);
    expect((await post(`${url}/webhooks/alertmanager`, group, bearer(TOKEN))).status).toBe(200);
    expect(stored).toHaveLength(1);
    expect(counted).toContain('alertmanager refused');
  });

  it.each([
    ['the store is away', new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.')],
    ['we are wrong', new TypeError('x is not a function')],
  ])('gets 503 when %s, so that its sender tries again', async (_, error) => {
    const url = await start({ ingest: () => Promise.reject(error) });
    const response = await post(`${url}/webhooks/alertmanager`, group, bearer(TOKEN));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).not.toContain('function');
    expect(counted).toEqual(['alertmanager unavailable']);
  });

  it('to another place is not found', async () => {
    const url = await start();
    expect((await post(`${url}/webhooks/pigeon`, group, bearer(TOKEN))).status).toBe(404);
    expect((await fetch(`${url}/webhooks/alertmanager`)).status).toBe(404);
  });
});
