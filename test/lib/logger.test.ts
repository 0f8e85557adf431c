import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/lib/logger.ts';

const loggerUrl = new URL('../../src/lib/logger.ts', import.meta.url).href;

/** Runs the statements with a real logger in a process of its own and gives its lines. */
function logged(statements: string): readonly Record<string, unknown>[] {
  const code = `import { createLogger } from ${JSON.stringify(loggerUrl)}; const log = createLogger('debug'); ${statements}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
    timeout: 15_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('what never reaches a log', () => {
  it.each([
    'token',
    'botToken',
    'bot_token',
    'SLACK_BOT_TOKEN',
    'accessToken',
    'signingSecret',
    'client_secret',
    'password',
    'Authorization',
    'cookie',
    'set-cookie',
    'x-slack-signature',
    'response_url',
    'responseUrl',
    'trigger_id',
    'apiKey',
  ])('the text under %s, at any depth', (key) => {
    const at = (depth: number): unknown => (depth === 0 ? { [key]: 'canary' } : { inner: [at(depth - 1)] });
    for (const depth of [0, 1, 2, 3, 8]) {
      const text = JSON.stringify(withoutSecrets(at(depth)));
      expect(text).not.toContain('canary');
    }
  });

  it('whatever hides in an object under such a key', () => {
    expect(withoutSecrets({ credentials: { user: 'canary' } })).toEqual({ credentials: '[redacted]' });
  });

  it('tokens in messages, stacks, causes and plain fields, and addresses that are secrets', () => {
    const lines = logged(`
      const cause = new Error('refused xoxb-canary-1');
      log.warn({ err: new Error('call with xoxp-canary-2 failed', { cause }) }, 'first xapp-canary-3');
      log.info({ error: Object.assign(new Error('x'), { config: { headers: { any: 'canary-4' } } }) }, 'second');
      log.info({ url: 'https://hooks.slack.com/commands/T1/2/canary5', header: 'bearer canary6.a-b' }, 'third');
      log.info({ redis: 'rediss://bot:canary7@redis.example:6379' }, 'fourth');
      log.info({ jwt: 'eyJhbGciOiJSUzI1NiJ9.canary8.c2ln', deep: { a: { b: { text: 'see xoxb-canary-9' } } } }, 'fifth');
    `);

    expect(JSON.stringify(lines)).not.toMatch(/canary/);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({
      msg: 'first [redacted]',
      err: {
        type: 'Error',
        message: 'call with [redacted] failed',
        cause: { message: 'refused [redacted]' },
      },
    });
    expect(lines[3]?.redis).toBe('rediss://bot:***@redis.example:6379');
  });
});

describe('what a log says of people', () => {
  it('is masked in messages, fields, numbers and stacks, whatever stands before it, and stays JSON', () => {
    const lines = logged(`
      log.info({ pan: 4111111111111111, at: 1732531200123, vpa: 'ravi@okaxis' }, 'card\\n4111111111111111');
      log.error({ err: new Error('uid 2341 2341 2346') }, 'failed');
      log.info({ uid: '234123412346', key: '-----BEGIN PRIVATE KEY-----\\nMIIcanary\\n-----END PRIVATE KEY-----' }, 'x');
    `);
    expect(JSON.stringify(lines)).not.toMatch(/41111|23412|ravi|canary/);
    expect(lines[0]).toMatchObject({
      pan: '••••••••••••1111',
      at: 1732531200123,
      vpa: '•••@okaxis',
      msg: 'card\n••••••••••••1111',
    });
    expect(lines[2]).toMatchObject({ uid: '••••••••2346', key: '[redacted]' });
  });
});

describe('what does reach it', () => {
  it('facts, fencing tokens and our codes', () => {
    expect(
      withoutSecrets({ token: 7, rollout: 'r-1', tokens: null, tokenFile: '/etc/token', list: [1, 'a'] }),
    ).toEqual({ token: 7, rollout: 'r-1', tokens: null, tokenFile: '/etc/token', list: [1, 'a'] });
    const [line] = logged(
      `log.error({ err: Object.assign(new Error('no'), { code: 'store_unavailable' }) }, 'failed');`,
    );
    expect(line).toMatchObject({ name: 'dabbawala', msg: 'failed', err: { code: 'store_unavailable' } });
  });

  it('a cycle without end, cut off', () => {
    const loop: Record<string, unknown> = { name: 'a' };
    loop.self = loop;
    expect(JSON.stringify(withoutSecrets(loop))).toContain('[deeper]');
  });
});
