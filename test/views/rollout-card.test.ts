import type { KnownBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Message } from '../../src/ports/chat.ts';
import { ACTIONS, decodeButton } from '../../src/views/actions.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { cardRevision, rolloutCard } from '../../src/views/rollout-card.ts';
import { cardStates } from '../support/card-gallery.ts';
import {
  APPROVED,
  BHARAT,
  CHITRA,
  makeApproval,
  makeChart,
  makePlan,
  makeRollout,
  POLICY,
  T0,
  verdict,
  vote,
} from './fixtures.ts';

const draw = (rollout: Rollout): Message => rolloutCard({ rollout, rev: 7 });
const state = (name: string): Rollout => {
  const found = cardStates().find((each) => each.name === name);
  if (found === undefined) throw new Error(`no state ${name}`);
  return found.rollout;
};
const dates = (text: string): string => text.replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1');
const all = (message: Message): string => dates(JSON.stringify(message.blocks));

interface Place {
  readonly action: string;
  readonly block: number;
  readonly element: number;
}

const places = (blocks: readonly KnownBlock[]): Place[] =>
  blocks.flatMap((block, index) =>
    block.type === 'actions'
      ? block.elements.map((element, position) => ({
          action: element.action_id ?? '',
          block: index,
          element: position,
        }))
      : [],
  );

describe('every card', () => {
  it.each(cardStates())('keeps Slack’s limits in both forms: $name', ({ rollout }) => {
    const message = draw(rollout);
    expect(limitFaults(message.blocks)).toEqual([]);
    expect(limitFaults(message.classic)).toEqual([]);
  });

  it.each(cardStates())('begins its text with the same 120 characters: $name', ({ rollout }) => {
    const { text, blocks } = draw(rollout);
    const [first, second] = blocks;
    if (first?.type !== 'header' || second?.type !== 'section') throw new Error('no headline');
    expect(text.slice(0, 120)).toBe(`${first.text.text}\n${second.text?.text}`.slice(0, 120));
  });

  it.each(cardStates())('has its buttons by block 3: $name', ({ rollout }) => {
    const message = draw(rollout);
    const [first] = places(message.blocks).filter((place) => place.action !== ACTIONS.approve);
    if (first !== undefined) expect(first.block).toBe(2);
    expect(places(message.classic)).toEqual(places(message.blocks));
  });

  it.each(cardStates())('has no table, chart or lost button in its classic form: $name', ({ rollout }) => {
    const types = draw(rollout).classic.map((block) => String(block.type));
    expect(types).not.toContain('table');
    expect(types).not.toContain('data_visualization');
  });

  it.each(cardStates())(
    'mentions those who may approve and who is on call, nobody else: $name',
    ({ name, rollout }) => {
      const shown = JSON.stringify(rolloutCard({ rollout, rev: 7, onCall: ['S0ONCALL', 'here'] }).blocks);
      const mentions = new Set(shown.match(/<[@!](?!date)[^>]*>/g));
      const isAsked = name.startsWith('awaiting') || name.endsWith('-approval');
      const isUrgent =
        rollout.phase === 'failed' || (rollout.needsSince !== null && rollout.endedAt === null);
      expect([...mentions].sort()).toEqual([
        ...(isAsked ? ['<!subteam^S0APPROVE>'] : []),
        ...(isUrgent ? ['<!subteam^S0ONCALL>'] : []),
      ]);
    },
  );

  it.each(cardStates())('uses no exclamation mark: $name', ({ rollout }) => {
    expect(all(draw(rollout)).replaceAll('<!subteam', '')).not.toContain('!');
  });

  it('ends with no button when it has ended well or was rolled back', () => {
    for (const name of ['promoted', 'rolled-back', 'failed', 'closed-rejected', 'closed-withdrawn'])
      expect(places(draw(state(name)).blocks)).toEqual([]);
  });

  it('offers to go forward where a broken stable stood in the way, with a question that says what is lost', () => {
    const refusal = { code: 'stable_unready', text: 'no ready pod', hint: 'Mend it.' };
    const card = draw({ ...state('closed-refused'), refusal });
    expect(places(card.blocks).map(({ action }) => action)).toEqual([
      ACTIONS.deployAgain,
      ACTIONS.forceForward,
    ]);
    expect(JSON.stringify(card.blocks)).toMatch(/A rollback would lead to what is broken now/);
  });

  it('says who gives traffic again to what goes back, and offers no click against it', () => {
    const contested = state('draining-contested');
    const card = draw(contested);
    expect(all(card)).toContain('argocd-controller keeps setting 5 % where the way back says 0 %');
    expect(all(card)).toContain('at most twice in 2 min');
    expect(all(card)).toContain('weight 5 %, 9.8 rps still seen');
    expect(places(card.blocks)).toEqual([]);
    const quiet = all(draw({ ...contested, confirmedPercent: 0 }));
    expect(quiet).toContain('when 0 % has stayed for 2 min');
    expect(quiet).toContain('weight 0, 9.8 rps still seen');
  });

  it('says while it runs and before a rollback that a way back is unsafe', () => {
    const running = state('analysing');
    const plan = running.plan && {
      ...running.plan,
      forceForward: true as const,
      stableTrouble: { kind: 'unready' as const, text: 'payment-gateway-blue has no ready pod' },
    };
    const words = JSON.stringify(draw({ ...running, plan }).blocks);
    expect(words).toMatch(
      /A rollback is unsafe\*: when this was forced forward, payment-gateway-blue has no/,
    );
    expect(words).toMatch(/Unsafe: when this was planned, payment-gateway-blue has no ready pod/);
    const asked = state('awaiting-approval');
    const shown = JSON.stringify(draw({ ...asked, plan: asked.plan && { ...asked.plan, ...plan } }).blocks);
    expect(shown).toMatch(/\*force-forward\* payment-gateway-blue has no ready pod/);
    expect(shown).toMatch(/\*A rollback is unsafe\*/);
  });

  it('offers the deploy again when it closed without a decision of a person', () => {
    for (const name of ['closed-void', 'closed-expired', 'closed-refused'])
      expect(places(draw(state(name)).blocks)).toEqual([
        { action: ACTIONS.deployAgain, block: 2, element: 0 },
      ]);
  });
});

describe('lines 1 to 3', () => {
  const GOLDEN: Readonly<Record<string, readonly [string, string, string]>> = {
    planning: ['⏳ payment-gateway · prod · PLANNING', 'v2.3.1', 'Asked for v2.3.1 · Asha · 14:00 UTC'],
    'awaiting-approval': [
      '🟡 payment-gateway · prod · WAITING FOR APPROVAL',
      'v2.3.0 → v2.3.1 · 0 %',
      'Waiting for an approver · 14:00 UTC',
    ],
    'awaiting-second-approval': [
      '🟡 payment-gateway · prod · WAITING FOR APPROVAL',
      'v2.3.0 → v2.3.1 · 0 %',
      'Waiting for 2 approvals · 14:00 UTC',
    ],
    preparing: [
      '🔵 payment-gateway · prod · PREPARING',
      'v2.3.0 → v2.3.1 · 0 %',
      'Approved by Chitra · 14:02 UTC',
    ],
    probing: [
      '🔵 payment-gateway · prod · PROBING',
      'v2.3.0 → v2.3.1 · 0 %',
      '3 of 3 pods ready · 14:03 UTC',
    ],
    shifting: [
      '🔵 payment-gateway · prod · SHIFTING',
      'v2.3.0 → v2.3.1 · 10 % (25 % asked) · seen 9.8 %',
      '10 % passed every rule · 14:05 UTC',
    ],
    analysing: [
      '🔵 payment-gateway · prod · ANALYSING',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      '25 % reached; watching · 14:05 UTC',
    ],
    'analysing-held': [
      '🟠 payment-gateway · prod · ANALYSING, HELD',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'Held since 14:06 UTC: Prometheus did not answer for 45 s; the weight stays',
    ],
    'analysing-traffic-approval': [
      '🔵 payment-gateway · prod · ANALYSING',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      '25 % reached; watching · 14:05 UTC',
    ],
    'analysing-promote-approval': [
      '🔵 payment-gateway · prod · ANALYSING',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      '25 % reached; watching · 14:05 UTC',
    ],
    'analysing-low-traffic': [
      '🟠 payment-gateway · prod · ANALYSING, HELD',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'Held since 14:06 UTC: Error rate: too few requests to judge: 12 of at least 50',
    ],
    'analysing-evidence-approval': [
      '🟠 payment-gateway · prod · ANALYSING, HELD',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'Held since 14:06 UTC: Error rate: too few requests to judge: 12 of at least 50',
    ],
    'analysing-first-breach': [
      '🔵 payment-gateway · prod · ANALYSING',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'Error rate 0.9 %, limit 0.5 %: breach 1 of 2 · 14:06 UTC',
    ],
    paused: [
      '🟠 payment-gateway · prod · PAUSED',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'Held: the ledger team deploys first · Bharat · 14:06 UTC',
    ],
    'paused-state-lost': [
      '🟠 payment-gateway · prod · PAUSED',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'State lost: restored from the route at 25 %. Rules are still judged; going on needs a new approval · 14:06 UTC',
    ],
    'paused-state-lost-approval': [
      '🟠 payment-gateway · prod · PAUSED',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'State lost: restored from the route at 25 %. Rules are still judged; going on needs a new approval · 14:06 UTC',
    ],
    'paused-foreign-edit': [
      '🟠 payment-gateway · prod · PAUSED',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      'kubectl-edit set the candidate to 60 %, twice in 2 min; another hand owns this field · 14:06 UTC',
    ],
    baking: [
      '🔵 payment-gateway · prod · BAKING',
      'v2.3.0 → v2.3.1 · 100 % · seen 100 %',
      'All traffic is on the candidate; watching · 14:13 UTC',
    ],
    'draining-to-candidate': [
      '🔵 payment-gateway · prod · DRAINING',
      'v2.3.0 → v2.3.1 · 100 % · seen 100 %',
      'Every rule held at 100 %; the former stable drains · 14:23 UTC',
    ],
    'draining-to-stable': [
      '🔴 payment-gateway · prod · ROLLING BACK',
      'v2.3.0 → v2.3.1 · weight 0 · 3.2 rps still seen',
      'Error rate 3.1 %, limit 0.5 %, twice in a row · 14:07 UTC',
    ],
    'draining-in-steps': [
      '🔴 payment-gateway · prod · ROLLING BACK',
      'v2.3.0 → v2.3.1 · 34 % · seen 35.2 %',
      'Error rate 3.1 %, limit 0.5 %, twice in a row · 14:07 UTC',
    ],
    'draining-contested': [
      '🔴 payment-gateway · prod · ROLLING BACK',
      'v2.3.0 → v2.3.1 · 5 % (0 % asked) · seen 4.9 %',
      'Held since 14:08 UTC: Another controller owns this field: argocd-controller keeps setting 5 % where the way back says 0 %',
    ],
    'draining-unverified': [
      '🔴 payment-gateway · prod · ROLLING BACK',
      'v2.3.0 → v2.3.1 · weight 0 · requests still seen: unknown',
      'Held since 14:08 UTC: The request rate of v2.3.1 cannot be read',
    ],
    promoted: [
      '🟢 payment-gateway · prod · PROMOTED',
      'v2.3.0 → v2.3.1 · 100 %',
      'v2.3.1 is stable · 14:33 UTC',
    ],
    'rolled-back': [
      '🔴 payment-gateway · prod · ROLLED BACK',
      'v2.3.0 → v2.3.1 · 0 %, was 25 %',
      'Error rate 3.1 %, limit 0.5 %, twice in a row · 14:07 UTC',
    ],
    'rolled-back-before-traffic': [
      '🔴 payment-gateway · prod · ROLLED BACK',
      'v2.3.0 → v2.3.1 · 0 %',
      'Probe database failed: the Job ended with exit code 1 · 14:04 UTC',
    ],
    failed: [
      '🚨 payment-gateway · prod · FAILED, NEEDS YOU',
      'v2.3.0 → v2.3.1 · 25 %',
      'Weight 0 was written, and the route could not be read back for 20 min · 14:29 UTC',
    ],
    'closed-refused': [
      '⛔ payment-gateway · prod · REFUSED',
      'v2.3.0 → v2.3.1',
      'The target is locked by Bharat: quarter close · 14:00 UTC',
    ],
    'closed-refused-without-plan': [
      '⛔ payment-gateway · prod · REFUSED',
      'v2.3.9',
      'The registry has no tag v2.3.9 of payment-gateway · 14:00 UTC',
    ],
    'closed-rejected': [
      '⛔ payment-gateway · prod · REJECTED',
      'v2.3.0 → v2.3.1',
      'Rejected by Chitra: not before the quarter close · 14:03 UTC',
    ],
    'closed-expired': [
      '⌛ payment-gateway · prod · EXPIRED',
      'v2.3.0 → v2.3.1',
      'No decision within 15 min · 14:15 UTC',
    ],
    'closed-void': [
      '🚫 payment-gateway · prod · VOID',
      'v2.3.0 → v2.3.1',
      'Tag v2.3.1 points to another digest than the one shown · 14:04 UTC',
    ],
    'closed-withdrawn': [
      '↩️ payment-gateway · prod · WITHDRAWN',
      'v2.3.0 → v2.3.1',
      'Withdrawn by Asha · 14:01 UTC',
    ],
    'fast-lane': [
      '🔵 payment-gateway · prod · BAKING',
      'rollback: v2.3.1 → v2.3.0 · 100 % · seen 100 %',
      'All traffic is on the candidate; watching · 14:02 UTC',
    ],
  };

  it.each(cardStates())('read as they should: $name', ({ name, rollout }) => {
    expect(dates(draw(rollout).text).split('\n')).toEqual(GOLDEN[name]);
  });
});

describe('places of the buttons', () => {
  it('never let Approve or Reject stand where the way back stands, from any state to any other', () => {
    const every = cardStates().flatMap(({ rollout }) => places(draw(rollout).blocks));
    const at = (action: string): Set<string> =>
      new Set(
        every.filter((place) => place.action === action).map(({ block, element }) => `${block}/${element}`),
      );
    const back = at(ACTIONS.rollback);
    expect([...back]).toEqual(['2/0']);
    for (const action of [ACTIONS.approve, ACTIONS.reject, ACTIONS.hold]) {
      expect(at(action).size).toBeGreaterThan(0);
      expect([...at(action)].filter((place) => back.has(place))).toEqual([]);
    }
  });

  it('ask before they act wherever Approve may have stood a second ago', () => {
    for (const { name, rollout } of cardStates()) {
      for (const block of draw(rollout).blocks) {
        if (block.type !== 'actions') continue;
        for (const element of block.elements) {
          if (element.type !== 'button') continue;
          const isDecision = [ACTIONS.approve, ACTIONS.reject, ACTIONS.deployAgain].some(
            (id) => id === element.action_id,
          );
          expect([name, element.action_id, element.confirm !== undefined]).toEqual([
            name,
            element.action_id,
            !isDecision,
          ]);
        }
      }
    }
  });

  it.each(['traffic', 'promote', 'evidence'])(
    'show the approval of %s in a row of its own, below the way back, and offer no second question',
    (kind) => {
      expect(places(draw(state(`analysing-${kind}-approval`)).blocks)).toEqual([
        { action: ACTIONS.rollback, block: 2, element: 0 },
        { action: ACTIONS.hold, block: 2, element: 1 },
        { action: ACTIONS.approve, block: 4, element: 0 },
        { action: ACTIONS.reject, block: 4, element: 1 },
      ]);
    },
  );

  it('offer to ask for more, behind the way back and never without a question', () => {
    const offered = (rollout: Rollout) => places(draw(rollout).blocks).map(({ action }) => action);
    expect(offered(makeRollout())).toEqual([ACTIONS.rollback, ACTIONS.hold, ACTIONS.promote]);
    expect(offered(state('analysing-low-traffic'))).toEqual([
      ACTIONS.rollback,
      ACTIONS.hold,
      ACTIONS.go,
      ACTIONS.promote,
    ]);
    expect(offered(state('baking'))).toEqual([ACTIONS.rollback, ACTIONS.hold]);
  });

  it.each([
    ['traffic', 'Approval wanted: 50 % to v2.3.1, 50 % to v2.3.0', 'Approve 50 %'],
    ['promote', 'Approval wanted: promote v2.3.1: 100 % in one move', 'Approve promote'],
    ['evidence', 'Approval wanted: 50 % to v2.3.1 without evidence', 'Approve without evidence'],
  ])('say what a yes to %s does', (kind, title, label) => {
    const shown = JSON.stringify(draw(state(`analysing-${kind}-approval`)).blocks);
    expect(shown).toContain(title);
    expect(shown).toContain(`"${label}"`);
  });

  it('say what ends a hold by low traffic, and that an approver may', () => {
    expect(JSON.stringify(draw(state('analysing-low-traffic')).blocks)).toContain(
      'Next: 50 %, when 50 requests in 30 s can be judged, or when an approver lets it go on without evidence',
    );
  });
});

describe('a button', () => {
  const buttonOf = (rollout: Rollout, action: string) =>
    draw(rollout)
      .blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
      .flatMap((element) => (element.type === 'button' && element.action_id === action ? [element] : []))[0];

  it('carries rollout, approval, digest and revision', () => {
    const rollout = state('awaiting-approval');
    expect(decodeButton(buttonOf(rollout, ACTIONS.approve)?.value ?? '')).toEqual({
      rolloutId: rollout.id,
      approvalId: 'a1',
      digestPrefix: '3f9ac2d41b7e',
      revision: cardRevision(rollout),
    });
  });

  it('to roll back is red and names both versions and the weight', () => {
    const found = buttonOf(makeRollout(), ACTIONS.rollback);
    expect(found?.style).toBe('danger');
    expect(found?.confirm?.text.text).toBe(
      'Move 100 % of payment-gateway · prod back to v2.3.0? v2.3.1 has 25 % now.',
    );
  });

  it('to roll back before traffic says that none moves', () => {
    expect(buttonOf(state('preparing'), ACTIONS.rollback)?.confirm?.text.text).toBe(
      'v2.3.1 has no traffic yet and gets none. v2.3.0 keeps 100 % of payment-gateway · prod.',
    );
  });

  it('decodes in every state', () => {
    for (const { rollout } of cardStates())
      for (const block of draw(rollout).blocks)
        if (block.type === 'actions')
          for (const element of block.elements)
            expect(decodeButton('value' in element ? String(element.value) : '')?.rolloutId).toBe(rollout.id);
  });
});

describe('cardRevision', () => {
  it('stays while metrics, ticks, steps and pods move', () => {
    const now = cardRevision(makeRollout());
    const later: Partial<Rollout>[] = [
      { observedShare: 25.3, observedRps: 51, chart: makeChart([3.1]) },
      { verdicts: [verdict('error_rate', { verdict: 'breach', candidate: 9 })], breaches: { error_rate: 1 } },
      { phase: 'shifting', step: 2, desiredPercent: 50 },
      { clock: { knownTicks: 11, neededTicks: 24, lastTickAt: T0, blindSince: T0 } },
      { candidateReady: 2, hold: { code: 'metrics_unknown', text: 'x', since: T0 } },
    ];
    for (const change of later) expect(cardRevision(makeRollout(change))).toBe(now);
  });

  it('changes with whatever gives a button another meaning', () => {
    const changes: Partial<Rollout>[] = [
      {},
      { id: 'r-aaaaaaaaaaaa' },
      { phase: 'preparing' },
      { phase: 'paused', pausedFrom: 'analysing' },
      { phase: 'paused', pausedFrom: 'analysing', step: 2, desiredPercent: 50 },
      { phase: 'draining', drainTowards: 'candidate' },
      { phase: 'draining', drainTowards: 'stable' },
      { phase: 'closed', outcome: 'void' },
      { phase: 'closed', outcome: 'expired' },
      {
        approvals: [APPROVED, makeApproval({ id: 'a2', subject: { kind: 'traffic', step: 1, percent: 50 } })],
      },
      {
        approvals: [
          APPROVED,
          makeApproval({
            id: 'a2',
            votes: [vote(BHARAT)],
            subject: { kind: 'traffic', step: 1, percent: 50 },
          }),
        ],
      },
      { plan: makePlan({ digest: 'f'.repeat(64) }) },
      { hold: { code: 'too_few_requests', text: 'x', since: T0, mayBeApproved: true } },
      {
        approvals: [
          APPROVED,
          makeApproval({ id: 'a2', subject: { kind: 'promote', step: 1 }, state: 'approved' }),
        ],
      },
    ];
    const revisions = changes.map((change) => cardRevision(makeRollout(change)));
    expect(new Set(revisions).size).toBe(changes.length);
    for (const revision of revisions) expect(revision).toMatch(/^[a-z0-9]{4,12}$/);
  });
});

describe('the plan card', () => {
  it('shows all that an approver decides on', () => {
    const shown = all(draw(state('awaiting-approval')));
    for (const words of [
      'v2.3.0 (`1a2b3c4d1a2b`) → v2.3.1 (`5e6f7a8b5e6f`)',
      'Env: added RETRY_BUDGET',
      'app limits.memory: 512Mi → 768Mi',
      '10 → 25 → 50 → 75 → 100 %, 2 min each; bake 10 min, drain 10 min',
      '2 times in a row',
      'unknown* for 2 min: it holds',
      'healthz, database, upi-partner (not critical)',
      'lock, claim, candidate_only',
      'no approval: weight to v2.3.0',
      '0 of 1 approval',
      'never Asha, who asked',
      'Expires at 14:15 UTC',
      'Reminder at 14:10 UTC',
      '3f9ac2d41b7e',
    ])
      expect(shown).toContain(words);
  });

  it('says who may approve and who may roll back', () => {
    const shown = (mayRollBack: { users: string[]; groups: string[]; emails: string[] } | null): string =>
      JSON.stringify(rolloutCard({ rollout: state('awaiting-approval'), rev: 7, mayRollBack }).blocks);
    const people = { users: ['U0ASHA'], groups: ['S0ONCALL'], emails: ['lead@tiffin.example'] };
    expect(shown(people)).toContain('May approve: <!subteam^S0APPROVE>; never');
    expect(shown(people)).toContain(
      'May roll back, alone and at once: <!subteam^S0ONCALL>, <@U0ASHA>, lead@tiffin.example.',
    );
    expect(shown(null)).toContain('May roll back, alone and at once: nobody is configured.');
  });

  it('shows one of two approvals and the low traffic to come', () => {
    const shown = all(draw(state('awaiting-second-approval')));
    expect(shown).toContain('*1 of 2 approvals* · ✅ Chitra 14:02 UTC');
    expect(shown).toContain(
      '*Low traffic* requests expected in 30 s: 12 at 10 %, 30 at 25 %; fewer than 50, so the step waits for more',
    );
  });

  it('mentions groups and people who may approve, and writes addresses and odd ids as they are', () => {
    const policy = { ...POLICY, users: ['U0BHARAT'], groups: ['S0APPROVE', '!channel'], emails: ['c@x.io'] };
    const rollout = { ...state('awaiting-approval'), approvals: [makeApproval({ policy })] };
    expect(all(draw(rollout))).toContain(
      'May approve: <!subteam^S0APPROVE>, !channel, <@U0BHARAT>, c@x.io; never Asha, who asked.',
    );
  });
});

describe('a running card', () => {
  it('marks the step, its clock and what comes next', () => {
    const shown = all(draw(makeRollout()));
    expect(shown).toContain('●━◉─○─○─○  10 *25* 50 75 100\u00a0%');
    expect(shown).toContain('Step 2 of 5: 10 of 24 ticks judged');
    expect(shown).toContain('Next: 50 % in 1 min 10 s or longer (14 more ticks).');
  });

  it('puts the breach first in the table, with its count', () => {
    const [, row] = tableRows(draw(state('analysing-first-breach')));
    expect(row).toEqual(['🔴 Error rate: breach 1 of 2', '0.9 %', '≤ 0.5 %', '0.02 %']);
  });

  it('has a table of four columns, which a phone shows without a scroll, and says a critical breach', () => {
    const verdicts = [verdict('error_rate', { verdict: 'breach', candidate: 9, isCritical: true })];
    const rows = tableRows(draw(makeRollout({ verdicts })));
    expect(rows.map((row) => row.length)).toEqual([4, 4, 4, 4]);
    expect(rows[1]?.[0]).toBe('🔴 Error rate: critical');
    expect(rows[2]).toEqual(['❓ p95 latency', '—', '≤ 2,000 ms', '—']);
  });

  it('marks where it turned back by the weight that the candidate really had', () => {
    const turned = (peakPercent: number, step: number): string =>
      all(draw({ ...state('rolled-back'), peakPercent, step }));
    expect(turned(50, 1)).toContain('●━●─✕─○─○  10 25 *50* 75 100\u00a0%');
    expect(turned(50, 3)).toContain('●━●─✕─○─○');
    expect(turned(60, 1)).toContain('●━●─✕─○─○');
    expect(turned(5, 0)).toContain('✕─○─○─○─○');
  });

  it('names the query of an unknown verdict', () => {
    expect(all(draw(state('analysing-held')))).toContain('istio_requests_total');
  });

  it('says when mentions, escalation and the return to stable come', () => {
    expect(all(draw(state('paused')))).toContain(
      'Needs a person since 14:06 UTC, mentions at 14:16 UTC, escalates at 14:26 UTC, returns to v2.3.0 at 15:06 UTC.',
    );
  });

  it('draws the chart of both colours and the limit with gaps filled', () => {
    const chart = makeChart([null, Number.NaN, 0.4]);
    const block = draw(makeRollout({ chart })).blocks.find(
      (each) => String(each.type) === 'data_visualization',
    );
    const { series } = (
      block as unknown as { chart: { series: { name: string; data: { value: number }[] }[] } }
    ).chart;
    expect(series.map((each) => each.name)).toEqual(['stable', 'candidate', 'limit']);
    for (const each of series) expect(each.data.every((point) => Number.isFinite(point.value))).toBe(true);
  });

  it('gives every point of the chart a time of its own, and the worst of ticks within a second', () => {
    const chart = makeChart().map((point, index) => ({
      ...point,
      at: T0 + Math.floor(index / 2) * 1000 + (index % 2) * 400,
      candidate: index === 4 ? 2.5 : 0.02,
    }));
    const block = draw(makeRollout({ chart })).blocks.find(
      (each) => String(each.type) === 'data_visualization',
    );
    const drawn = (block as unknown as { chart: { series: { data: { label: string; value: number }[] }[] } })
      .chart;
    expect(drawn.series[1]?.data.map(({ label }) => label)).toEqual(['0:00', '0:01', '0:02', '0:03', '0:04']);
    expect(drawn.series[1]?.data.map(({ value }) => value)).toEqual([0.02, 0.02, 2.5, 0.02, 0.02]);
  });

  it('keeps the peak when hundreds of points become 20', () => {
    const chart = makeChart(Array.from({ length: 400 }, (_, index) => (index === 200 ? 4.2 : 0.02)));
    const drawn = JSON.stringify(draw(makeRollout({ chart })).blocks);
    expect(drawn).toContain('4.2');
  });

  it('says which weight was asked while the route has another', () => {
    expect(draw(state('shifting')).text).toContain('10 % (25 % asked) · seen 9.8 %');
  });

  it('says why nobody needs to approve a fast lane', () => {
    expect(all(draw(state('fast-lane')))).toContain('No approval: back to the last good version');
  });
});

const tableRows = (message: Message): string[][] =>
  message.blocks.flatMap((block) =>
    block.type === 'table'
      ? block.rows.map((row) => row.map((cell) => ('text' in cell ? cell.text : '')))
      : [],
  );

describe('people', () => {
  it('are named where known, and else by an id that only Slack resolves', () => {
    const nameless = { id: CHITRA.id, name: null, email: null };
    const approvals = [makeApproval({ state: 'approved', votes: [vote(nameless)] })];
    expect(JSON.stringify(draw(makeRollout({ approvals })).blocks)).toContain('Approved by <@U0CHITRA>');
  });
});
