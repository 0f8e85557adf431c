import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import type { PageEvent } from '../../../src/ports/pager.ts';
import { Escalations } from '../../../src/services/alerts/escalate-groups.ts';
import { Pages } from '../../../src/services/alerts/page-last-level.ts';
import { MemoryPages } from '../../fakes/memory-pages.ts';
import { createMemoryStores } from '../../fakes/memory-store.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { MINUTE } from '../../support/escalation-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';
import { type AlertGround, createAlertGround } from './alert-ground.ts';

const LEVELS = {
  escalation: { levels: [{ onCall: [{ users: ['U0FIRST'] }] }, { onCall: [{ users: ['U0LAST'] }] }] },
};

let ground: AlertGround;
let store: MemoryPages;
let sent: PageEvent[];
let failure: DabbawalaError | null;
/** Two replicas. */
let replicas: readonly { readonly pages: Pages; readonly escalations: Escalations }[];
let group: AlertGroup;

beforeEach(async () => {
  ground = createAlertGround({ onCall: [ASHA.id], alerts: LEVELS });
  store = new MemoryPages();
  sent = [];
  failure = null;
  const { deliveries } = createMemoryStores(ground.clock);
  const pager = {
    send: async (event: PageEvent) => {
      if (failure) throw failure;
      sent.push(event);
    },
  };
  replicas = [1, 2].map(() => {
    const pages = new Pages({ ...ground.ports, pager, pages: store, deliveries, turnMs: 10_000 });
    return { pages, escalations: new Escalations(ground.ports, (one) => pages.note(one)) };
  });
  const begun = await replicas[0]?.escalations.begin(makeGroup(), await ground.clock.now());
  group = begun as AlertGroup;
  ground.alerts.put(group);
});

const lookAfter = async (ms: number): Promise<void> => {
  ground.clock.advance(ms);
  await Promise.all(replicas.map(({ escalations }) => escalations.lookAtAll()));
  await Promise.all(replicas.map(({ pages }) => pages.tellAll()));
};
const toLastLevel = () => lookAfter(10 * MINUTE);
const words = () => sent.map(({ action }) => action);
const stored = () => ground.alerts.rows.get(group.id)?.group as AlertGroup;
const lines = () => ground.alerts.lines.map(({ text }) => text);

describe('a paging service', () => {
  it('hears nothing before the last level, then once by two replicas', async () => {
    await lookAfter(9 * MINUTE);
    expect(words()).toEqual([]);
    await lookAfter(MINUTE);
    await lookAfter(MINUTE);
    expect(sent).toEqual([
      expect.objectContaining({
        action: 'trigger',
        key: `dabbawala-${group.id}-1`,
        severity: 'critical',
        summary: 'InstanceDown: critical',
      }),
    ]);
    expect(lines()).toContain('PagerDuty was told: whoever is on call there is called.');
    expect((await ground.alerts.readAudit(group.id)).map(({ action }) => action)).toContain('alert.page');
  });

  it('follows the card: somebody looks, nobody does, over', async () => {
    await toLastLevel();
    const at = await ground.clock.now();
    ground.alerts.put({ ...stored(), acknowledged: { by: ASHA, at } });
    await lookAfter(20_000);
    ground.alerts.put({ ...stored(), acknowledged: null });
    await lookAfter(20_000);
    ground.alerts.put({ ...stored(), state: 'resolved', resolvedAt: at });
    await lookAfter(20_000);
    expect(words()).toEqual(['trigger', 'acknowledge', 'trigger', 'resolve']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(await store.pages()).toEqual([]);
  });

  it('is called by hand though somebody looks, who asked for more people', async () => {
    const at = await ground.clock.now();
    const escalation = { level: 2, since: at + 1000, remindedAt: null, reminders: 0, called: [] };
    ground.alerts.put({ ...group, acknowledged: { by: ASHA, at }, escalation });
    await lookAfter(2000);
    expect(words()).toEqual(['trigger']);
  });

  it('is told of the end of an episode though the next one has begun', async () => {
    await toLastLevel();
    failure = new DabbawalaError('pager_unavailable', 'PagerDuty answered 503.');
    const { escalation: _, ...rest } = stored();
    ground.alerts.put({ ...rest, episode: 2 });
    await lookAfter(20_000);
    failure = null;
    await lookAfter(60_000);
    expect(sent.map(({ action, key }) => [action, key])).toEqual([
      ['trigger', `dabbawala-${group.id}-1`],
      ['resolve', `dabbawala-${group.id}-1`],
    ]);
  });

  it('that does not answer is told again and again, ever more seldom; the thread says it once', async () => {
    failure = new DabbawalaError('pager_unavailable', 'PagerDuty answered 503.');
    await toLastLevel();
    for (let looks = 0; looks < 20; looks += 1) await lookAfter(5000);
    const tries = (await store.pages())[0]?.tries ?? 0;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(8);
    expect(
      lines().filter((line) => line.startsWith('PagerDuty calls nobody yet: PagerDuty answered 503.')),
    ).toHaveLength(1);
    failure = null;
    await lookAfter(5 * MINUTE);
    expect(words()).toEqual(['trigger']);
  });

  it('that refuses is asked again when somebody may have mended it', async () => {
    failure = new DabbawalaError('pager_refused', 'PagerDuty refused it (400): bad key');
    await toLastLevel();
    failure = null;
    await lookAfter(4 * MINUTE);
    expect(words()).toEqual([]);
    await lookAfter(MINUTE);
    expect(words()).toEqual(['trigger']);
  });

  it('is told of the end also where nobody knows whether it heard of the beginning', async () => {
    failure = new DabbawalaError('pager_unavailable', 'PagerDuty: no answer within 5000 ms.');
    await toLastLevel();
    failure = null;
    ground.alerts.put({ ...stored(), state: 'resolved', resolvedAt: ground.now });
    await lookAfter(5 * MINUTE);
    expect(words()).toEqual(['resolve']);
    expect(await store.pages()).toEqual([]);
  });
});
