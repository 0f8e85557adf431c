import { describe, expect, it } from 'vitest';
import type { DabbawalaError } from '../../src/lib/errors.ts';
import { resolveTarget } from '../../src/services/resolve-target.ts';
import { makeConfig } from '../support/slack-config.ts';

const config = makeConfig();
const resolve = (
  service?: string,
  environment?: string,
  region?: string,
  channel: string | null = 'C0WARROOM',
) => resolveTarget(config, { service, environment, region, channel });
const refusal = (...words: Parameters<typeof resolve>): DabbawalaError => {
  try {
    resolve(...words);
  } catch (error) {
    return error as DabbawalaError;
  }
  throw new Error('accepted');
};

describe('resolving a target', () => {
  it.each([
    ['full name', ['payment-gateway'], 'payment-gateway/prod/null'],
    ['short name', ['pg'], 'payment-gateway/prod/null'],
    ['capitals', ['PG'], 'payment-gateway/prod/null'],
    ['named environment', ['pg', 'staging'], 'payment-gateway/staging/null'],
    ['named region', ['pg', 'dr', 'Pune'], 'payment-gateway/dr/pune'],
    ["the service's only environment", ['ledger', undefined, 'mumbai'], 'ledger/dr/mumbai'],
    [
      "the channel's service and environment",
      [undefined, undefined, undefined, 'C0PAYMENTS'],
      'payment-gateway/staging/null',
    ],
    ["the channel's environment", ['pg', undefined, undefined, 'C0STAGING'], 'payment-gateway/staging/null'],
    ['named beats channel', ['pg', 'prod', undefined, 'C0STAGING'], 'payment-gateway/prod/null'],
  ] as const)('%s', (_name, words, expected) => {
    const target = resolve(...(words as unknown as Parameters<typeof resolve>));
    expect(`${target.service}/${target.environment}/${target.region}`).toBe(expected);
  });

  it.each([
    ['an unknown service', ['payment-gatway'], 'unknown_service', '"payment-gateway"'],
    ['a prototype key', ['constructor'], 'unknown_service', ''],
    ['no service at all', [], 'invalid_argument', ''],
    ['an unknown environment', ['pg', 'stagin'], 'unknown_environment', '"staging"'],
    [
      'an environment of the channel that the service lacks',
      ['ledger', undefined, undefined, 'C0STAGING'],
      'unknown_environment',
      '',
    ],
    ['several environments and no default', ['upi-switch'], 'unknown_environment', ''],
    ['several regions', ['pg', 'dr'], 'region_required', 'mumbai, pune'],
    ['an unknown region', ['pg', 'dr', 'pun'], 'invalid_argument', '"pune"'],
    ['a region where there is one unnamed', ['pg', 'prod', 'pune'], 'invalid_argument', ''],
  ] as const)('refuses %s', (_name, words, code, message) => {
    const error = refusal(...(words as unknown as Parameters<typeof resolve>));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe('');
  });

  it('lists the services when nothing is near', () => {
    expect(refusal('zzzzzzzz').hint).toContain('ledger, payment-gateway, upi-switch');
  });
});
