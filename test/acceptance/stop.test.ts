/** The real process is told to go while a command is at work: it takes nothing new, answers what it has begun, and leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startSlack } from '../../sandbox/slack/index.ts';
import type { Slack } from '../../sandbox/slack/types.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ROOM = 'C0WARROOM';
const SECRETS = {
  SLACK_BOT_TOKEN: 'xoxb-local',
  SLACK_SIGNING_SECRET: 'a-signing-secret',
  SLACK_APP_TOKEN: '',
  SLACK_APP_TOKEN_FILE: '',
};

let dir: string;
let redis: RedisServer;
let slack: Slack;
let child: ChildProcess;
let port: number;
let healthPort: number;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A cluster that nobody asks anything. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'none', user: {} }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
};

const config = () => ({
  slack: { teams: ['T0DABBA'], warRoom: ROOM, apiUrl: slack.apiUrl, port },
  server: { host: '127.0.0.1', port: healthPort },
  redis: { url: redis.url },
  clusters: { one: { kubeconfig: join(dir, 'kube.yml'), prometheus: { url: 'http://127.0.0.1:9' } } },
  environments: { staging: { namespace: 'payments', clusters: ['one'] } },
  rights: { lock: { users: ['U0ASHA'] } },
  approval: { approvers: { users: ['U0CHITRA'] } },
  services: {
    'payment-gateway': { short: ['pg'], environments: ['staging'], image: 'registry.example/pg' },
  },
});

const answers = (address: string): Promise<boolean> =>
  fetch(address).then(
    () => true,
    () => false,
  );
const seen = (): string =>
  slack
    .messages(ROOM, undefined, 'U0ASHA')
    .map(({ text }) => text)
    .join('\n');

async function isUp(): Promise<void> {
  await expect
    .poll(() => slack.log().some(({ method }) => method === 'auth.test'), { timeout: 30_000 })
    .toBe(true);
  await expect.poll(() => answers(`http://127.0.0.1:${port}/`), { timeout: 30_000 }).toBe(true);
}

beforeAll(async () => {
  [dir, redis, port, healthPort] = await Promise.all([
    mkdtemp(join(tmpdir(), 'dabbawala-stop-')),
    startRedis(),
    freePort(),
    freePort(),
  ]);
  slack = await startSlack({
    botToken: SECRETS.SLACK_BOT_TOKEN,
    signingSecret: SECRETS.SLACK_SIGNING_SECRET,
    bot: () => `http://127.0.0.1:${port}/slack/events`,
  });
  await writeFile(join(dir, 'kube.yml'), stringify(KUBECONFIG));
  await writeFile(join(dir, 'dabbawala.yml'), stringify(config()));
  child = spawn(process.execPath, [MAIN, join(dir, 'dabbawala.yml')], {
    env: { ...process.env, ...SECRETS },
    stdio: 'ignore',
  });
}, 70_000);

afterAll(async () => {
  child?.kill('SIGKILL');
  await Promise.all([slack?.close(), redis?.stop()]);
  if (dir) await rm(dir, { recursive: true, force: true });
});

describe('SIGTERM', () => {
  it('while a command works: no new request, the answer all the same, exit code 0', async () => {
    await isUp();
    // Who asks is looked up first: that hangs, the command has been acked and works on.
    slack.setDown('hang');
    const taken = await slack.command({
      user: 'U0ASHA',
      channel: ROOM,
      text: '/dabba lock pg reason="stock taking"',
    });
    expect(taken).toMatchObject({ delivered: true });
    expect(seen()).toContain('Working…');

    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await expect.poll(() => answers(`http://127.0.0.1:${port}/`), { timeout: 5000 }).toBe(false);
    expect(child.exitCode).toBeNull();
    expect(seen()).not.toContain('is locked by');

    slack.setDown(null);
    await expect.poll(seen, { timeout: 12_000 }).toContain('is locked by');
    expect(await gone).toEqual([0, null]);
  }, 90_000);
});
