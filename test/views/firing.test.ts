import { describe, expect, it } from 'vitest';
import { type FiringInput, firingSections, firingView } from '../../src/views/firing.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { ALERT_T0, makeGroup, makePost } from '../support/alert-fixtures.ts';
import { ASHA } from '../support/rollout-fixtures.ts';

const input = (more: Partial<FiringInput> = {}): FiringInput => ({
  items: [
    { group: makeGroup({ title: 'PaymentErrors <!here>', firing: 2 }), link: 'https://slack.example/1' },
    { group: makeGroup({ acknowledged: { by: ASHA, at: ALERT_T0 } }, makePost('Disk')), link: null },
  ],
  total: 5,
  unacknowledged: 1,
  notLookedAt: 0,
  service: null,
  root: '/dabba',
  now: ALERT_T0 + 720_000,
  ...more,
});
const draw = (more: Partial<FiringInput> = {}): string => {
  const { text, blocks } = firingView(input(more));
  expect(limitFaults(blocks)).toEqual([]);
  return `${text}\n${JSON.stringify(blocks)}`;
};

describe('the list of what fires', () => {
  it('says how many, how bad, for how long, and who looks at it, and calls nobody', () => {
    const all = draw();
    expect(all).toContain('*Firing* · 5 alert groups, 1 with nobody looking');
    expect(all).toContain('🔴 *<https://slack.example/1|PaymentErrors');
    expect(all).toContain('2 firing · for 12 min · nobody looks at it');
    expect(all).toContain('👀 Asha looks at it');
    expect(all).toContain('and 3 more, less urgent');
    expect(all).not.toContain('<!here>');
  });

  it('says that nothing fires, of the service that was asked for', () => {
    expect(draw({ items: [], total: 0, service: 'ledger' })).toContain('Nothing fires of *ledger*.');
  });

  it('never hides that a storm was too large to look at', () => {
    expect(draw({ notLookedAt: 18_000 })).toContain('18,000 older ones were not looked at');
    expect(draw({ items: [], total: 0, notLookedAt: 3 })).toContain('3 older ones were not looked at');
  });

  it('on the page leads to the whole list', () => {
    expect(JSON.stringify(firingSections(input()))).toContain('and 3 more: `/dabba alerts` lists them');
    expect(JSON.stringify(firingSections(input({ items: [], total: 0 })))).toContain('Nothing fires.');
  });
});
