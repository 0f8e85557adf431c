import { describe, expect, it } from 'vitest';
import type { RestNotice } from '../../src/core/rest/record.ts';
import { restNotice } from '../../src/views/rest-notice.ts';
import { T0, TARGET } from '../support/rollout-fixtures.ts';

const NOTICE: RestNotice = {
  id: 'rest-1',
  at: T0,
  level: 'page',
  title: 'NO READY POD',
  text: 'blue (<!channel>`v1) has 100 % of the traffic and no ready pod.',
  todo: { words: 'Look', command: 'kubectl -n payments describe deployment payment-gateway-blue' },
};
const onCall = ['S0ONCALL', 'U0ASHA', 'everybody'];

describe('a notice from rest', () => {
  it('begins like a card, mentions on-call in its text, and lets nobody else be mentioned', () => {
    const { text, blocks } = restNotice({ target: TARGET, notice: NOTICE, onCall });
    expect(text).toMatch(/^🚨 payment-gateway · prod · NO READY POD\n/);
    expect(text).toMatch(/<!subteam\^S0ONCALL>\n<@U0ASHA>$/);
    expect(JSON.stringify(blocks)).not.toContain('<!channel>');
    expect(JSON.stringify(blocks)).toContain(
      '`kubectl -n payments describe deployment payment-gateway-blue`',
    );
  });

  it('mentions nobody where it wakes nobody', () => {
    for (const level of ['note', 'over'] as const) {
      const { text, blocks } = restNotice({
        target: TARGET,
        notice: { ...NOTICE, level, todo: null },
        onCall,
      });
      expect(JSON.stringify([text, blocks])).not.toMatch(/<!subteam|<@/);
    }
  });
});
