/** What stands around an alert: pods in its thread once, the course of its expression, and no look in the way of another. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import type { Diagnostics } from '../../../src/ports/diagnostics.ts';
import type { MetricsHistory } from '../../../src/ports/metrics-history.ts';
import { chartExpression } from '../../../src/services/alerts/chart-expression.ts';
import { diagnose } from '../../../src/services/alerts/diagnose.ts';
import { type Look, LookAround } from '../../../src/services/alerts/look-around.ts';
import { makeGroup, makeMember, makePost } from '../../support/alert-fixtures.ts';
import { ASHA, TARGET } from '../../support/rollout-fixtures.ts';
import { type AlertGround, createAlertGround } from './alert-ground.ts';

let ground: AlertGround;
let group: AlertGroup;
let looked: unknown[];
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id] });
  const generatorUrl = 'http://p.example/graph?g0.expr=errors+%3E+5';
  group = makeGroup(
    { labels: { service: TARGET.service, namespace: 'payments' }, since: ground.now - 60_000 },
    makePost('PaymentErrors', [makeMember('a', { generatorUrl })]),
  );
  ground.alerts.put(group);
  looked = [];
});
const now = () => ground.alerts.rows.get(group.id)?.group;
const lines = () => ground.alerts.lines.map(({ text }) => text);
const around = (...looks: readonly Look[]) => new LookAround(ground.ports, looks);

const sick: Diagnostics = {
  look: async (place, workloads) => {
    looked.push([place, workloads]);
    const pod = { name: 'payment-gateway-green-1', isReady: false, waiting: 'CrashLoopBackOff', restarts: 4 };
    const lastExit = { container: 'app', reason: 'OOMKilled', exitCode: 137, at: ground.now - 120_000 };
    return { pods: [{ ...pod, lastExit }], warnings: null };
  },
  lastLines: async () => ['panic: out of memory'],
};
const diagnosis = (logLines = 0) => diagnose({ ...ground.ports, diagnostics: sick, logLines });
const history = (answer: Awaited<ReturnType<MetricsHistory['range']>>): MetricsHistory => ({
  range: async (...asked) => {
    looked.push(asked.slice(0, 2));
    return answer;
  },
});
const measured = () => history({ kind: 'series', series: [{ labels: {}, points: [[ground.now, 7]] }] });

describe('the pods of an alert’s service', () => {
  it('are told once in its thread: why they wait, how they ended, and what may not be read', async () => {
    await around(diagnosis()).look(group.id);
    await around(diagnosis()).look(group.id);
    expect(looked).toEqual([
      [
        { cluster: 'mumbai-1', namespace: 'payments' },
        ['payment-gateway', 'payment-gateway-blue', 'payment-gateway-green'],
      ],
    ]);
    expect(lines()).toEqual([
      [
        'Pods of payment-gateway: 0 of 1 ready',
        '• payment-gateway-green-1: CrashLoopBackOff, 4 restarts, last exit OOMKilled (137) 2 min ago',
        'Its Events may not be read: the right to list events is optional.',
      ].join('\n'),
    ]);
  });

  it('add their last log lines where that is asked for, and not otherwise', async () => {
    await around(diagnosis(20)).look(group.id);
    expect(lines()[1]).toBe('Last lines of payment-gateway-green-1\n| panic: out of memory');
  });

  it('are not looked for when nobody of ours is named, or long after the beginning', async () => {
    ground.alerts.put({ ...group, labels: {} });
    await around(diagnosis()).look(group.id);
    ground.alerts.put({ ...group, since: ground.now - 3_600_000 });
    await around(diagnosis()).look(group.id);
    expect([looked, lines()]).toEqual([[], []]);
  });
});

describe('the course of its expression', () => {
  const chart = (source: MetricsHistory) => chartExpression({ ...ground.ports, history: source });

  it('is what the rule compares, asked of its own cluster’s Prometheus, and not again for a while', async () => {
    await around(chart(measured())).look(group.id);
    await around(chart(measured())).look(group.id);
    expect(looked).toEqual([['mumbai-1', 'errors']]);
    expect(now()?.chart).toMatchObject({ query: 'errors', limit: 5 });
  });

  it('that cannot be had leaves the card as it is', async () => {
    await around(chart(history({ kind: 'unknown', detail: 'unreachable' }))).look(group.id);
    expect([now()?.chart, ground.alerts.rows.get(group.id)?.rev]).toEqual([undefined, 1]);
  });
});

describe('looks', () => {
  it('that fail do not take the others with them, and are tried again', async () => {
    let tries = 0;
    const fails: Look = async () => {
      tries += 1;
      throw new DabbawalaError('cluster_unavailable', 'The cluster did not answer.');
    };
    await around(fails, diagnosis()).look(group.id);
    await around(fails, diagnosis()).look(group.id);
    expect([tries, lines().length]).toEqual([2, 1]);
  });

  it('lose nothing to a change that came first', async () => {
    let isFirst = true;
    const raced: Look = async () => {
      const stored = ground.alerts.rows.get(group.id);
      if (isFirst && stored)
        ground.alerts.rows.set(group.id, { group: { ...stored.group, firing: 9 }, rev: stored.rev + 1 });
      isFirst = false;
      return { patch: { diagnosedAt: ground.now }, lines: ['told'] };
    };
    await around(raced).look(group.id);
    expect([now()?.firing, lines()]).toEqual([9, ['told']]);
  });

  it('are not taken at what has ended', async () => {
    ground.alerts.put({ ...group, state: 'resolved', resolvedAt: ground.now });
    await around(diagnosis()).look(group.id);
    expect(looked).toEqual([]);
  });
});
