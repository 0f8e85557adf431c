import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  isKnownToken,
  tokenOfHeader,
  tokenReader,
  tokensOf,
  webhookTokens,
} from '../../../src/adapters/webhooks/tokens.ts';
import { configSchema } from '../../../src/config/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('tokens', () => {
  it('are one a line; two are valid while one replaces the other', () => {
    expect(tokensOf(' one \n\n two\r\n')).toEqual(['one', 'two']);
    expect(isKnownToken('two', ['one', 'two'])).toBe(true);
    expect(isKnownToken('three', ['one', 'two'])).toBe(false);
  });

  it('are never nothing', () => {
    expect(isKnownToken('', [''])).toBe(false);
    expect(isKnownToken(null, [''])).toBe(false);
    expect(isKnownToken('x', [])).toBe(false);
  });

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    [`Basic ${Buffer.from('user:pass:word').toString('base64')}`, 'pass:word'],
    [`Basic ${Buffer.from('nocolon').toString('base64')}`, null],
    ['Digest abc', null],
    ['abc', null],
    ['Bearer', null],
    [undefined, null],
  ])('of the header %j are %j', (header, token) => {
    expect(tokenOfHeader(header)).toBe(token);
  });

  it('in a file are read again when it was replaced, and kept while it cannot be read', () => {
    const file = join(folder, 'token');
    let now = 0;
    writeFileSync(file, 'first\n');
    const read = tokenReader('T', { T: 'ignored', T_FILE: file }, () => now);
    expect(read()).toEqual(['first']);
    writeFileSync(file, 'second\n');
    expect(read()).toEqual(['first']);
    now = 1001;
    expect(read()).toEqual(['second']);
    rmSync(file);
    now = 3000;
    expect(read()).toEqual(['second']);
  });

  it('come from the variable where no file is named', () => {
    expect(tokenReader('T', { T: 'one\ntwo' })()).toEqual(['one', 'two']);
    expect(tokenReader('T', {})()).toEqual([]);
  });

  it.each([
    ['none', {}, ['A is not set (or name a file in A_FILE)', 'F is not set (or name a file in F_FILE)']],
    ['one that is short', { A: 'a'.repeat(32), F: 'short' }, ['F has a token of fewer than 32 characters']],
    ['long ones', { A: 'a'.repeat(32), F: 'f'.repeat(32) }, []],
  ])('keep the door shut with %s', (_, environment, faults) => {
    const alerts = configSchema.shape.alerts.unwrap().parse({ alertmanagerToken: 'A', falcoToken: 'F' });
    const found = webhookTokens(alerts, environment).faults;
    expect(found.map(({ path, message }) => `${path} ${message}`)).toEqual(faults);
  });
});
