import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/ports/chat.ts';
import { commandHelp, type HelpEntry, helpView } from '../../src/views/help.ts';
import { historyView } from '../../src/views/history.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { planView } from '../../src/views/plan.ts';
import { statusView } from '../../src/views/status.ts';
import type { TargetStatusView } from '../../src/views/target-lines.ts';
import { trafficView } from '../../src/views/traffic.ts';
import { cardStates } from '../support/card-gallery.ts';
import { BHARAT, MINUTE, makePlan, makeRollout, T0, TARGET } from './fixtures.ts';

const HUGE = '<!channel> `x` '.repeat(70_000);
const dates = (text: string): string => text.replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1');
const valid = (message: Message): string => {
  expect(limitFaults(message.blocks)).toEqual([]);
  expect(limitFaults(message.classic)).toEqual([]);
  expect(JSON.stringify(message)).not.toMatch(/<(?!!date\^)/);
  return dates(JSON.stringify(message.blocks));
};

const route: TargetStatusView['route'] = {
  resourceVersion: '7',
  percent: { blue: 75, green: 25 },
  weight: { blue: 75, green: 25 },
  marks: null,
  lastWriter: null,
  isHeld: false,
  owner: null,
};
const status = (overrides: Partial<TargetStatusView> = {}): TargetStatusView => ({
  target: TARGET,
  running: { rollout: makeRollout(), rev: 9, token: 3 },
  last: null,
  lock: null,
  route,
  routeFault: null,
  ...overrides,
});
const now = T0 + 7 * MINUTE;

describe('statusView', () => {
  it('says what runs, who asked and approved, step, verdicts, weights and time left', () => {
    const shown = valid(statusView([status()], now));
    for (const words of [
      '🔵 *payment-gateway · prod* · ANALYSING',
      'v2.3.0 → v2.3.1 · 25 % · seen 24.6 %',
      '75 % to v2.3.0 (blue), 25 % to v2.3.1 (green)',
      'Asked by Asha 7 min ago, approved by Chitra',
      '✅ Error rate 0.02 % (≤ 0.5 %)',
      '50 % in 1 min 10 s or longer (14 more ticks)',
    ])
      expect(shown).toContain(words);
  });

  it('shows a lock with owner, age and reason, and what ran last', () => {
    const promoted = cardStates().find(({ name }) => name === 'promoted')?.rollout ?? makeRollout();
    const lock = { owner: BHARAT, reason: 'quarter close', at: now - 125 * MINUTE };
    const rest = { ...route, percent: { blue: 0, green: 100 }, weight: { blue: 0, green: 100 } };
    const shown = valid(
      statusView([status({ running: null, last: promoted, lock, route: rest })], T0 + 93 * MINUTE),
    );
    expect(shown).toContain('no rollout runs, stable is v2.3.1');
    expect(shown).toContain('Last: 🟢 v2.3.1 promoted 1 h ago');
    expect(shown).toContain('🔒 Locked by Bharat for 3 h 31 min: quarter close');
  });

  it('names what runs by the cluster, though the newest rollout was refused', () => {
    const refused = makeRollout({ phase: 'closed', outcome: 'refused', plan: null, endedAt: T0 });
    const rest = { ...route, percent: { blue: 100, green: 0 }, weight: { blue: 100, green: 0 } };
    const versions = { blue: 'v2.3.0', green: null };
    const shown = valid(statusView([status({ running: null, last: refused, route: rest, versions })], now));
    expect(shown).toContain('no rollout runs, stable is v2.3.0');
    expect(shown).toContain('100 % to v2.3.0 (blue), 0 % to green');
  });

  it('says why weights are not known', () => {
    const shown = valid(
      statusView([status({ route: null, routeFault: 'the API server did not answer' })], now),
    );
    expect(shown).toContain('❓ Weights unknown: the API server did not answer');
  });

  it('shows running ones first and the rest as a number', () => {
    const idle = Array.from({ length: 40 }, (_, index) =>
      status({ running: null, target: { ...TARGET, service: `service-${index}` } }),
    );
    const message = statusView([...idle, status()], now);
    expect(valid(message)).toContain('and 26 more targets');
    expect(message.text.startsWith('🔵')).toBe(true);
  });

  it('keeps the limits in every state, hostile and huge, and with nothing at all', () => {
    const many = cardStates().map(({ rollout }) =>
      status({
        running: {
          rollout: { ...rollout, reason: HUGE, cause: { ...rollout.cause, text: HUGE } },
          rev: 1,
          token: 1,
        },
      }),
    );
    valid(statusView(many, now));
    valid(
      statusView(
        [
          status({
            lock: { owner: { id: HUGE, name: HUGE, email: null }, reason: HUGE, at: Number.NaN },
            routeFault: HUGE,
            route: null,
          }),
        ],
        now,
      ),
    );
    valid(statusView([], now));
  });
});

describe('historyView', () => {
  it('shows result, versions, duration and who, with the cause of what did not end well', () => {
    const rollouts = ['rolled-back', 'promoted', 'fast-lane'].map(
      (name) => cardStates().find((each) => each.name === name)?.rollout ?? makeRollout(),
    );
    const shown = valid(historyView(rollouts));
    expect(shown).toContain(
      '🔴 *v2.3.0 → v2.3.1* · rolled back after 9 min\\n2026-11-25 14:00 UTC · Asha, approved by Chitra · Error rate 3.1 %, limit 0.5 %, twice in a row',
    );
    expect(shown).toContain('🟢 *v2.3.0 → v2.3.1* · promoted after 33 min');
    expect(shown).toContain('rollback, baking running');
  });
  it('holds 20 of the worst, and none', () => {
    const worst = makeRollout({
      phase: 'failed',
      endedAt: now,
      version: HUGE,
      requester: { id: 'x', name: HUGE, email: null },
      cause: { code: 'blind', text: HUGE, at: now, by: null },
    });
    valid(historyView(Array.from({ length: 30 }, () => worst)));
    expect(valid(historyView([]))).toContain('No rollout of this target is on record yet.');
  });
});

describe('trafficView', () => {
  it('shows both shares and how to change them', () => {
    const shown = valid(trafficView(status()));
    expect(shown).toContain('75 % to v2.3.0 (blue), 25 % to v2.3.1 (green)');
    expect(shown).toContain(
      '`/dabba traffic payment-gateway N` gives the candidate N %: down at once, up after an approval.',
    );
  });
  it('says that weights move only inside a rollout', () => {
    expect(valid(trafficView(status({ running: null })))).toContain('No rollout runs');
  });
});

describe('planView', () => {
  it('is the plan of the card, and says that nothing was stored', () => {
    const shown = valid(planView(makePlan(), null));
    expect(shown).toContain('📝 payment-gateway · prod · DRY RUN');
    expect(shown).toContain('would ask for approval. Nothing was stored.');
    expect(shown).toContain('*Steps* 10 → 25 → 50 → 75 → 100 %');
    expect(shown).toContain('1 approval needed');
  });
  it('says what stands in the way and what to do', () => {
    const refusal = { code: 'locked', text: 'Locked by Bharat', hint: 'Ask Bharat.' };
    const plan = makePlan({
      gates: [{ gate: 'lock', passed: false, reason: 'Locked by Bharat: quarter close' }],
    });
    const shown = valid(planView(plan, refusal));
    expect(shown).toContain('would be refused');
    expect(shown).toContain('*To do:* Ask Bharat. Code `locked`');
    expect(shown).toContain('⛔ *lock* Locked by Bharat: quarter close');
  });
  it('stands without a plan, and with huge texts', () => {
    valid(planView(null, { code: HUGE, text: HUGE, hint: HUGE }));
    valid(planView(null, null));
  });
});

describe('help', () => {
  const command = (verb: string): HelpEntry => ({
    verb,
    aliases: ['d'],
    usage: `${verb} <service> <version> [env=…] [reason="…"] [dry-run]`,
    summary: 'Moves a service to a version.',
    details: ['Says `more` about it.'],
  });
  it('lists every verb with its right form', () => {
    const message = helpView([command('deploy'), command('status')], '/dabba');
    const shown = valid(message);
    expect(shown).toContain('`/dabba deploy &lt;service&gt; &lt;version&gt; [reason=\\"…\\"] [dry-run]`');
    expect(shown).toContain('/dabba status');
    expect(shown).toContain('add `env=…` or `region=…`');
  });
  it('says more about one', () => {
    const shown = valid(commandHelp(command('deploy'), '/ship'));
    expect(shown).toContain('`/ship deploy &lt;service&gt; &lt;version&gt; [env=…]');
    expect(shown).toContain('Says `more` about it.');
    expect(shown).toContain('Also: `d`');
  });
  it('keeps the limits with 60 verbs', () => {
    valid(
      helpView(
        Array.from({ length: 60 }, (_, index) => command(`verb-${index}`)),
        '/dabba',
      ),
    );
  });
});
