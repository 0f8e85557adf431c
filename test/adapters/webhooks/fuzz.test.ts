import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageIssues } from '../../../sandbox/slack/block-limits.ts';
import { parseAlertmanager } from '../../../src/adapters/webhooks/alertmanager-payload.ts';
import { parseFalco } from '../../../src/adapters/webhooks/falco-payload.ts';
import { startWebhookServer, type WebhookServer } from '../../../src/adapters/webhooks/webhook-server.ts';
import type { Incoming } from '../../../src/core/alert/alert-group.ts';
import { fold } from '../../../src/core/alert/fold.ts';
import { isDabbawalaError } from '../../../src/lib/errors.ts';
import { alertCard } from '../../../src/views/alert-card.ts';
import { limitFaults } from '../../../src/views/limits.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';

const NOW = Date.UTC(2026, 10, 25, 3);
const settings = { now: NOW, channel: 'C0WARROOM', severities: {}, reopenMs: 600_000 };

const alert = {
  status: 'firing',
  labels: { alertname: 'InstanceDown', severity: 'critical', instance: 'a' },
  annotations: { summary: 'down', description: 'x', runbook_url: 'https://runbooks.example/x' },
  startsAt: '2026-11-24T08:24:38.326123456Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example/graph',
  fingerprint: 'f404ecabc8dd5cd7',
};
const group = {
  version: '4',
  status: 'firing',
  receiver: 'war-room',
  groupKey: '{}:{alertname="InstanceDown"}',
  groupLabels: { alertname: 'InstanceDown' },
  commonLabels: { severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  truncatedAlerts: 0,
  alerts: [alert, { ...alert, status: 'resolved', fingerprint: 'aa', endsAt: '2026-11-24T09:00:00Z' }],
};
const event = {
  hostname: 'node-1',
  output: '09:29:46.302906000: Critical A shell (user=<NA>)',
  output_fields: { 'evt.time': 1, 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-1' },
  priority: 'Critical',
  rule: 'Terminal shell in container',
  source: 'syscall',
  tags: ['container'],
  time: '2026-11-25T02:59:46.302906000Z',
};

/** What an attacker, a bug or another version may put anywhere. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, '', '0', 'NaN', 'null', '9'.repeat(400), '2999-01-01T00:00:00Z', '0000-00-00', 'resolved'],
    ...[0, -1, 1.5, 2 ** 53, 1e308, true, [], {}, [[]], [null], '\ud83d', '\u202e\u0000', '<!channel>'],
    ...[
      'x'.repeat(70_000),
      '`'.repeat(3000),
      '&<>'.repeat(2000),
      '😀'.repeat(1500),
      'https://a|b>',
      'toString',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), { maxKeys: 300 }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Every way through a value: keys and indexes. */
const pathsOf = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, entry]) => [[...at, key], ...pathsOf(entry, [...at, key])])
    : [];

type Node = Record<string, unknown>;
function change(root: unknown, path: readonly string[], to: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Node | undefined)?.[key], root);
  const last = path.at(-1) ?? '';
  if (typeof parent !== 'object' || parent === null) return;
  if (to === undefined) delete (parent as Node)[last];
  else (parent as Node)[last] = to;
}

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a.b[c]', '\ud83d'];
/** A message with up to five parts changed, taken away or added. */
const mutated = (base: object): fc.Arbitrary<unknown> => {
  const paths = pathsOf(base);
  const added = paths.flatMap((path) => NAMES.map((name) => [...path.slice(0, -1), name]));
  const edit = fc.tuple(
    fc.oneof(fc.constantFrom(...paths), fc.constantFrom(...added)),
    fc.oneof({ weight: 3, arbitrary: odd }, { weight: 1, arbitrary: fc.constant(undefined) }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) => {
    const copy = structuredClone(base) as unknown;
    for (const [path, to] of edits) change(copy, path, to);
    // As it comes over the wire.
    return JSON.parse(JSON.stringify(copy)) as unknown;
  });
};

/** What is accepted can be shown: folded twice (every flush resends it) and drawn within Slack's limits. */
function show(incoming: Incoming): void {
  const once = fold(null, incoming, settings).next;
  const twice = once && fold(once, incoming, { ...settings, now: NOW + 60_000 }).next;
  for (const next of [once, twice]) {
    if (!next) continue;
    const card = alertCard({ group: next, rev: 1, callees: ['U0ONCALL'], linkHosts: ['runbooks.example'] });
    for (const blocks of [card.blocks, card.classic]) {
      expect(limitFaults(blocks)).toEqual([]);
      expect(messageIssues(blocks)).toEqual([]);
      const words = JSON.stringify(blocks);
      expect(words).not.toContain('<!channel>');
      expect(words.isWellFormed()).toBe(true);
    }
    expect(card.text.length).toBeLessThanOrEqual(4000);
  }
}

const isRefused = (act: () => unknown): boolean => {
  try {
    act();
    return false;
  } catch (error) {
    if (isDabbawalaError(error, 'invalid_payload')) return true;
    throw error;
  }
};

describe('a message that was tampered with', () => {
  it.each([
    ['Alertmanager', group, (body: unknown) => parseAlertmanager(body, NOW)],
    ['Falco', event, (body: unknown) => parseFalco(body)],
  ] as const)('in the name of %s is refused in words, or can be shown', (_, base, parse) => {
    let shown = 0;
    fc.assert(
      fc.property(mutated(base), (body) => {
        let incoming: Incoming | null = null;
        if (isRefused(() => (incoming = parse(body)))) return;
        show(incoming as unknown as Incoming);
        shown += 1;
      }),
      { numRuns: 250, interruptAfterTimeLimit: 2500, markInterruptAsFailure: false },
    );
    // Else it would show nothing about what is accepted.
    expect(shown).toBeGreaterThan(5);
  });

  it('and that is not a message at all is refused in words', () => {
    fc.assert(
      fc.property(odd, (body) => {
        expect(isRefused(() => parseFalco(body))).toBe(true);
        isRefused(() => show(parseAlertmanager(body, NOW)));
      }),
      { numRuns: 100 },
    );
  });
});

const TOKEN = 't'.repeat(32);
let server: WebhookServer;
let url = '';
const log = createFakeLog();
beforeAll(async () => {
  server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    bodyLimit: 1_000_000,
    tokens: { alertmanager: () => [TOKEN], falco: () => [TOKEN] },
    ingest: async (incoming) => show(incoming),
    log,
    now: () => NOW,
  });
  url = `http://127.0.0.1:${server.port}/webhooks/`;
});
afterAll(() => server.close());

const post = async (
  source: string,
  body: string | Uint8Array<ArrayBuffer>,
  more: object = {},
): Promise<number> => {
  const response = await fetch(url + source, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...more },
    body,
  });
  await response.text();
  return response.status;
};
const withLabel = (label: string): string =>
  JSON.stringify({ ...group, alerts: [{ ...alert, labels: { a: label } }] });

describe('a body that means harm', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, object?]>([
    ['nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 400],
    [
      'nested 10,000 deep where it may be',
      `{"alerts":[],"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      400,
    ],
    ['never closed', '['.repeat(100_000), 400],
    ['with a key __proto__', '{"alerts":[],"__proto__":{"polluted":true}}', 400],
    ['with a key __proto__ below', '{"alerts":[{"labels":{"__proto__":{"polluted":"x"}}}]}', 400],
    ['with a key constructor', '{"alerts":[],"constructor":{"prototype":{"polluted":true}}}', 200],
    ['of bytes that are no UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['with halves of characters', withLabel('\ud83d'), 200],
    ['with a label of a megabyte', withLabel('x'.repeat(900_000)), 400],
    ['with 10,001 alerts', JSON.stringify({ alerts: Array.from({ length: 10_001 }, () => ({})) }), 400],
    [
      'with 5,000 empty alerts',
      JSON.stringify({ alerts: Array.from({ length: 5000 }, () => ({ labels: {} })) }),
      200,
    ],
    [
      'with 20,000 labels',
      JSON.stringify({
        alerts: [{ labels: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`l${i}`, 'x'])) }],
      }),
      200,
    ],
    ['with numbers for texts', JSON.stringify({ ...group, receiver: 7 }), 400],
    ['with texts for numbers', JSON.stringify({ ...group, truncatedAlerts: '3' }), 400],
    ['with a number beyond all', '{"alerts":[],"truncatedAlerts":1e999}', 400],
    [
      'with nothing in every field',
      JSON.stringify(Object.fromEntries(Object.keys(group).map((key) => [key, null]))),
      400,
    ],
    ['that is packed', gzipSync(JSON.stringify(group)), 400, { 'content-encoding': 'gzip' }],
    ['that is empty', '', 400],
    ['that is one word', 'NaN', 400],
    ['larger than the limit', 'x'.repeat(1_000_001), 413],
  ])('%s is answered as it should be', async (_, body, status, headers = {}) => {
    expect(await post('alertmanager', body, headers)).toBe(status);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    // Still there, and right.
    expect(await post('falco', JSON.stringify(event))).toBe(200);
  });

  it('of 200 MB is not taken in, whether it says so or not', async () => {
    const before = process.memoryUsage().rss;
    const declared = await rawPost(200_000_000, false);
    const chunked = await rawPost(200_000_000, true);
    expect([declared, chunked]).toEqual([413, 413]);
    expect(process.memoryUsage().rss - before).toBeLessThan(120_000_000);
    expect(await post('falco', JSON.stringify(event))).toBe(200);
  });

  it('again and again leaves nothing behind', async () => {
    const bodies = [withLabel('x'.repeat(60_000)), `${'['.repeat(10_000)}`, 'x'.repeat(500_000)];
    const round = async (): Promise<void> => {
      for (const body of bodies) await post('alertmanager', body);
    };
    for (let index = 0; index < 10; index += 1) await round();
    log.lines.length = 0;
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 40; index += 1) await round();
    // 40 MB of bodies went through.
    expect(process.memoryUsage().rss - before).toBeLessThan(120_000_000);
  });
});

/** Sends until it is answered or cut off; gives the status. Never holds the body itself. */
function rawPost(bytes: number, isChunked: boolean): Promise<number> {
  const piece = Buffer.alloc(65_536, 'x');
  const { promise, resolve } = Promise.withResolvers<number>();
  const socket = createConnection(server.port, '127.0.0.1');
  let answer = '';
  let left = bytes;
  const end = (): void => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
  const push = (): void => {
    while (left > 0 && answer === '' && !socket.destroyed) {
      left -= piece.length;
      const head = isChunked ? `${piece.length.toString(16)}\r\n` : '';
      if (head) socket.write(head);
      const isFree = socket.write(piece);
      if (head) socket.write('\r\n');
      if (!isFree) return;
    }
  };
  socket.on('data', (data) => {
    answer += data.toString('latin1');
    socket.destroy();
  });
  socket.on('drain', push);
  socket.on('error', end);
  socket.on('close', end);
  const length = isChunked ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
  socket.write(
    `POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${TOKEN}\r\n${length}\r\n\r\n`,
    push,
  );
  return promise;
}
