import { describe, expect, it } from 'vitest';
import { event } from '../../src/core/rollout/moves.ts';
import { withLines } from '../../src/services/record.ts';
import { makePlan, makeRollout, T0 } from '../support/rollout-fixtures.ts';

const ON_CALL = { users: ['U0CHITRA'], groups: ['S0ONCALL'] };

describe('thread lines', () => {
  it('mention requester and on-call where they are a push, and the state counts it', () => {
    const paused = event('paused', T0, 'Paused', { mention: 'page' });
    const { next, lines } = withLines(makeRollout(), [paused, event('step', T0, 'Step passed')], ON_CALL);
    expect(lines).toMatchObject([
      { text: 'Paused', mentions: ['U0ASHA', 'U0CHITRA', 'S0ONCALL'] },
      { text: 'Step passed', mentions: [] },
    ]);
    expect(next.pushes).toEqual(['held']);
  });

  it('mention the approvers as well where an approval is about to expire', () => {
    const plan = makePlan({ approval: { ...makePlan().approval, users: [], groups: ['S0APPROVE'] } });
    const reminder = event('reminder', T0, 'Still waiting', { mention: 'approvers' });
    const { lines } = withLines(makeRollout({ plan }), [reminder], ON_CALL);
    expect(lines[0]?.mentions).toEqual(['S0APPROVE', 'U0ASHA', 'U0CHITRA', 'S0ONCALL']);
  });

  it('mention the requester alone where nothing was touched', () => {
    const refused = event('refused', T0, 'Refused', { mention: 'requester' });
    expect(withLines(makeRollout(), [refused], ON_CALL).lines[0]?.mentions).toEqual(['U0ASHA']);
  });
});
