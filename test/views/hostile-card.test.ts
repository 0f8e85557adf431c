import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Message } from '../../src/ports/chat.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { rolloutCard } from '../../src/views/rollout-card.ts';
import { cardStates } from '../support/card-gallery.ts';
import {
  APPROVED,
  ERROR_RATE,
  makeApproval,
  makePlan,
  makeRollout,
  POLICY,
  probe,
  verdict,
  vote,
} from './fixtures.ts';

const draw = (rollout: Rollout): Message => rolloutCard({ rollout, rev: 7 });

describe('a card in a hostile state', () => {
  const TRICKS = '<!channel> <@U1> <!subteam^S1> <http://x|y> `code` ```fence``` \u202etxt\u200b & *bold*';
  const KEPT = new Set(
    'id kind phase outcome pausedFrom drainTowards code status verdict ruleId unit breachWhen decision state what change group stableColour candidateColour unknown lowTraffic reporter op scheme planDigest'.split(
      ' ',
    ),
  );
  const spoil = (value: unknown, key: string, trick: string): unknown => {
    if (typeof value === 'string') return KEPT.has(key) ? value : trick;
    if (Array.isArray(value)) return value.map((each) => spoil(each, key, trick));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name, trick)]));
  };
  const spoiled = (rollout: Rollout, trick: string): Rollout => spoil(rollout, '', trick) as Rollout;

  const inert = (message: Message): void => {
    const shown = JSON.stringify(message);
    expect(shown.match(/<(?!!date\^\d+\^|!subteam\^S0APPROVE>)[^"]{0,20}/g)).toBeNull();
    expect(shown).not.toMatch(/`code`|```fence/);
    expect(shown).not.toMatch(/[\u200b-\u200f\u202a-\u202e]/);
    expect(limitFaults(message.blocks)).toEqual([]);
    expect(limitFaults(message.classic)).toEqual([]);
  };

  it.each(cardStates())('is inert and within limits: $name', ({ rollout }) =>
    inert(draw(spoiled(rollout, TRICKS))),
  );

  it.each(cardStates())('is within limits with a megabyte in every text: $name', ({ rollout }) =>
    inert(draw(spoiled(rollout, '<&'.repeat(500_000)))),
  );

  it.each(cardStates())('says who it is with ids that are none: $name', ({ rollout }) =>
    inert(draw({ ...rollout, requester: { id: '<!channel>', name: null, email: null } })),
  );

  it('holds 300 changes, 40 rules, 40 probes, 30 steps and 30 votes', () => {
    const many = <T>(length: number, make: (index: number) => T): T[] =>
      Array.from({ length }, (_, index) => make(index));
    const rules = many(40, (index) => ({
      ...ERROR_RATE,
      id: `rule_${index}`,
      title: `Rule ${index} ${TRICKS}`,
    }));
    const plan = makePlan({
      templateChanges: many(300, (index) => ({
        what: index % 2 === 0 ? 'env' : 'resources',
        path: `X_${index} ${TRICKS}`,
        change: 'changed',
        from: TRICKS,
        to: TRICKS,
      })),
      rules,
      probes: many(40, (index) => probe(`probe-${index}`)),
      steps: many(30, (index) => index + 71),
      gates: many(40, (index) => ({
        gate: `gate-${index}`,
        passed: index % 2 === 0,
        reason: TRICKS.repeat(20),
      })),
      forecast: many(30, () => 3),
    });
    const crowd = many(30, (index) =>
      vote({ id: `U${index}`, name: `${TRICKS} ${index}`, email: null }, { reason: TRICKS.repeat(50) }),
    );
    const policy = { ...POLICY, emails: many(200, (index) => `p${index}@tiffin.example`) };
    const states: Partial<Rollout>[] = [
      { phase: 'awaiting-approval', approvals: [makeApproval({ votes: crowd, policy })] },
      {
        phase: 'analysing',
        step: 12,
        verdicts: rules.map((rule) => verdict(rule.id, { verdict: 'unknown', detail: TRICKS.repeat(100) })),
        approvals: [
          APPROVED,
          makeApproval({
            id: 'a2',
            votes: crowd,
            policy,
            subject: { kind: 'traffic', step: 1, percent: 50 },
          }),
        ],
      },
      {
        phase: 'probing',
        probes: many(40, (index) => ({
          name: `probe-${index}`,
          status: 'failed',
          attempts: 3,
          nextAt: 0,
          evidence: TRICKS.repeat(9),
        })),
      },
      { phase: 'closed', outcome: 'refused' },
    ];
    for (const each of states) inert(draw(makeRollout({ plan, reason: 'x'.repeat(1_000_000), ...each })));
  });

  it('survives numbers that are none', () => {
    const odd = {
      observedShare: Number.NaN,
      observedRps: Number.NaN,
      phaseSince: Number.NaN,
      createdAt: -1,
      needsSince: Number.POSITIVE_INFINITY,
    };
    for (const { rollout } of cardStates()) inert(draw({ ...rollout, ...odd }));
  });
});
