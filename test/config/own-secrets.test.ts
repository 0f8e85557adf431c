import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownSecrets } from '../../src/config/own-secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the secrets of the process', () => {
  it('are what stands under the name of one, one a line', () => {
    const read = ownSecrets({
      SLACK_BOT_TOKEN: 'bot',
      ALERTMANAGER_WEBHOOK_TOKEN: 'one\ntwo',
      REDIS_PASSWORD: 'redis',
      PAGERDUTY_ROUTING_KEY: 'key',
      REGISTRY_CREDENTIALS: 'user:pass',
      EMPTY_SECRET: '',
      HOME: '/root',
      TOKEN_COUNT: '7',
    });
    expect(read()).toEqual(['bot', 'one', 'two', 'redis', 'key', 'user:pass']);
  });

  it('in files are read again, and kept while one cannot be read', () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'first-token\n');
    let now = 0;
    const read = ownSecrets(
      { FALCO_WEBHOOK_TOKEN_FILE: file, GONE_TOKEN_FILE: join(folder, 'gone') },
      () => now,
    );
    expect(read()).toEqual(['first-token']);
    writeFileSync(file, 'second-token\n');
    expect(read()).toEqual(['first-token']);
    now = 10_001;
    expect(read()).toEqual(['second-token']);
    rmSync(file);
    now = 30_000;
    expect(read()).toEqual(['second-token']);
  });
});
