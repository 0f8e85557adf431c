import { describe, expect, it } from 'vitest';
import { DabbawalaError, ERROR_CATALOGUE, type ErrorCode } from '../../src/lib/errors.ts';
import type { Message } from '../../src/ports/chat.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { type Accepted, acceptedReply, errorReply, textReply } from '../../src/views/replies.ts';
import { threadLine } from '../../src/views/thread.ts';
import { ASHA, BHARAT, makeApproval, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';

const TRICKS = '<!channel> <@U1> <http://x|y> \u202e';
const valid = (message: Message): void => {
  expect(limitFaults(message.blocks)).toEqual([]);
  expect(limitFaults(message.classic)).toEqual([]);
  expect(message.text.length).toBeGreaterThan(0);
};

describe('errorReply', () => {
  it.each(Object.keys(ERROR_CATALOGUE) as ErrorCode[])(
    'says what happened, what to do and the code: %s',
    (code) => {
      const message = errorReply(new DabbawalaError(code, 'It happened.'));
      valid(message);
      expect(message.text).toContain('It happened.');
      expect(message.text).toContain('*To do:*');
      expect(message.text).toContain(`\`${code}\``);
    },
  );

  it('makes hostile text inert', () => {
    const message = errorReply(
      new DabbawalaError('unknown_service', `No service ${TRICKS}`, { hint: `Nearest: ${TRICKS}` }),
    );
    expect(JSON.stringify(message)).not.toMatch(/<|\u202e/);
  });

  it('keeps the limits with a megabyte of message and hint', () => {
    valid(
      errorReply(new DabbawalaError('forbidden', '<'.repeat(1_000_000), { hint: '&'.repeat(1_000_000) })),
    );
  });

  it('keeps the lines of a snippet', () => {
    const hint = 'Apply:\n```\n- apiGroups: [""]\n  resources: ["pods"]\n```';
    expect(errorReply(new DabbawalaError('forbidden', 'No.', { hint })).text).toContain(hint);
  });
});

describe('acceptedReply', () => {
  const rollout = makeRollout();
  const lock = { owner: BHARAT, reason: `quarter close ${TRICKS}`, at: T0 };
  const cases: readonly [Accepted, string][] = [
    [
      { kind: 'deploy', rollout },
      'Deploy of *v2.3.1* to *payment-gateway · prod* is accepted. The plan card follows in <#C0WARROOM>',
    ],
    [{ kind: 'rollback', how: 'at-once', rollout }, '100 % goes back to v2.3.0 now'],
    [{ kind: 'rollback', how: 'withdrawn', rollout }, 'is withdrawn. No traffic was touched.'],
    [{ kind: 'rollback', how: 'fast-lane', rollout }, 'to its last good version is accepted'],
    [
      { kind: 'traffic', how: 'at-once', sentence: '10 % to v2.3.1, 90 % to v2.3.0', rollout },
      '10 % to v2.3.1, 90 % to v2.3.0',
    ],
    [{ kind: 'traffic', how: 'approval-asked', sentence: '50 % to v2.3.1', rollout }, 'moves only after it'],
    [{ kind: 'hold', rollout }, 'v2.3.1 stays at 25 %'],
    [{ kind: 'go', rollout }, 'goes on with its plan'],
    [
      {
        kind: 'go',
        rollout: makeRollout({
          approvals: [makeApproval({ subject: { kind: 'evidence', step: 1, percent: 50 } })],
        }),
      },
      'an approval to go on without evidence is asked on the card',
    ],
    [{ kind: 'promote', rollout }, 'An approval to promote *payment-gateway · prod* is asked on the card'],
    [{ kind: 'lock', target: TARGET, lock }, 'is locked by Bharat: quarter close'],
    [{ kind: 'unlock', target: TARGET, lock }, 'It was locked by Bharat'],
    [{ kind: 'counted', votes: 1, needed: 2 }, '1 of 2 approvals'],
    [{ kind: 'decided', decision: 'approved' }, 'Approved.'],
    [{ kind: 'decided', decision: 'rejected' }, 'Rejected.'],
    [{ kind: 'repeated' }, 'nothing changed'],
  ];
  it.each(cases)('%#: %j', (accepted, words) => {
    const message = acceptedReply(accepted);
    valid(message);
    expect(message.text).toContain(words);
    expect(JSON.stringify(message)).not.toMatch(/<(?!#C0WARROOM>|!date\^)|\u202e/);
  });
});

describe('textReply', () => {
  it('is one escaped section', () => {
    const message = textReply(`Done ${TRICKS}`);
    valid(message);
    expect(message.text).toBe('Done &lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt; [U+202E]');
  });
});

describe('threadLine', () => {
  it('mentions people and groups that config names, so that it pushes', () => {
    const message = threadLine({
      text: 'Rolled back: Error rate 3.1 %, limit 0.5 %',
      mentions: [ASHA.id, 'S0ONCALL', ASHA.id],
    });
    valid(message);
    expect(message.text).toBe('Rolled back: Error rate 3.1 %, limit 0.5 % <@U0ASHA> <!subteam^S0ONCALL>');
  });
  it('leaves out what is no id, and makes the text inert', () => {
    const message = threadLine({ text: `x ${TRICKS}`, mentions: ['channel', '!here', 'U1|x', ''] });
    expect(JSON.stringify(message)).not.toMatch(/<|\u202e/);
  });
  it('keeps the limits with a megabyte', () =>
    valid(threadLine({ text: '<'.repeat(1_000_000), mentions: [ASHA.id] })));
});
