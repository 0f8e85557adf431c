import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../src/config/schema.ts';

const alerts = configSchema.shape.alerts.unwrap();
const faultsOf = (value: object): readonly string[] =>
  alerts.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const levels = (onCall: object) => ({ escalation: { levels: [{ onCall: [onCall] }] } });
const mutes = (mute: object) => ({
  mutes: [{ name: 'x', match: { a: 'b' }, until: '2026-11-28T00:00:00Z', ...mute }],
});

describe('who is called, in the configuration', () => {
  it('of docs/install.md is right as it stands', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/install.md', import.meta.url)), 'utf8');
    const block = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)]
      .map(([, text = '']) => text)
      .find((text) => text.includes('escalation:'));
    const read = alerts.parse((parse(block ?? '') as { alerts: object }).alerts);
    expect(read.escalation.levels).toHaveLength(2);
    expect(read.escalation.levels[0]?.after).toEqual({
      critical: 600_000,
      error: 1_800_000,
      warning: 3_600_000,
      info: null,
    });
    expect(read.escalation.pagerDuty).toMatchObject({ routingKey: 'PAGERDUTY_ROUTING_KEY', timeout: 5000 });
    expect(read.mutes[0]?.weekly).toEqual([{ days: ['sun'], from: '02:00', until: '04:00' }]);
  });

  it('left out reminds whoever is on call', () => {
    expect(alerts.parse({}).escalation).toMatchObject({
      ...{ levels: [], timeZone: 'Asia/Kolkata' },
      remind: { critical: 300_000, error: 600_000, warning: 1_800_000, info: null },
    });
  });

  it.each<[string, object, string]>([
    [
      'a zone that there is not',
      { escalation: { timeZone: 'Asia/Mumbay' } },
      'must be the name of a time zone',
    ],
    ['half a window', levels({ from: '09:00' }), 'needs both `from` and `until`'],
    ['an hour that there is not', levels({ from: '25:00', until: '09:00' }), 'must be a time of day'],
    ['a level without anybody planned', { escalation: { levels: [{ onCall: [] }] } }, 'onCall'],
    ['a time that is too short', { escalation: { remind: { critical: '10ms' } } }, 'must be at least 1s'],
    [
      'a key in the clear',
      { escalation: { pagerDuty: { url: 'http://events.example/v2/enqueue' } } },
      'must begin with https://',
    ],
    ['a mute of everything', mutes({ match: {} }), 'nothing mutes everything'],
    ['a mute without an end', mutes({ until: null }), 'must end'],
    ['a mute by no clock', mutes({ until: 'tomorrow' }), 'must be a time such as'],
  ])('%s is refused', (_, value, said) => {
    expect(faultsOf(value).join('\n')).toContain(said);
  });
});
