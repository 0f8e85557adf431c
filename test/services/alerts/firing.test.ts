import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { firing } from '../../../src/services/alerts/firing.ts';
import { ALERT_T0, makeGroup, makePost } from '../../support/alert-fixtures.ts';
import { ASHA, TARGET } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

let ground: AlertGround;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id] });
});
const fires = (name: string, more: Partial<AlertGroup> = {}): void => {
  ground.alerts.put(makeGroup(more, makePost(name)));
};
const list = async (service: string | null = null, atMost = 10) => {
  const found = await firing(ground.ports, actorOf(ASHA), { service, atMost });
  return { ...found, names: found.items.map(({ group }) => group.title) };
};

describe('what fires', () => {
  it('is told with what nobody looks at first, then the worst, then the newest', async () => {
    fires('OldWarning', { severity: 'warning', since: ALERT_T0 - 1000 });
    fires('NewWarning', { severity: 'warning', since: ALERT_T0 });
    fires('SeenCritical', { severity: 'critical', acknowledged: { by: ASHA, at: ALERT_T0 } });
    fires('Critical', { severity: 'critical', since: ALERT_T0 - 5000 });
    fires('Over', { state: 'resolved', resolvedAt: ALERT_T0 });
    expect(await list()).toMatchObject({
      names: ['Critical', 'NewWarning', 'OldWarning', 'SeenCritical'],
      total: 4,
      unacknowledged: 3,
      notLookedAt: 0,
    });
  });

  it('has a link to its card, also when another one cannot be had', async () => {
    fires('Linked');
    const { items } = await list();
    expect(items[0]?.link).toBe(`https://slack.example/${items[0]?.group.id}`);
    const cardLink = () => Promise.reject(new Error('Slack is away'));
    const without = await firing({ ...ground.ports, cardLink }, actorOf(ASHA), { service: null, atMost: 1 });
    expect(without.items[0]?.link).toBeNull();
  });

  it('of one service is its own alone, and beyond the limit the rest is counted', async () => {
    for (const name of ['A', 'B', 'C']) fires(name, { labels: { service: TARGET.service } });
    fires('Elsewhere', { labels: { service: 'node-exporter' } });
    expect(await list(TARGET.service, 2)).toMatchObject({ total: 3, items: { length: 2 } });
  });

  it('is told to nobody without the right, and not at all where no alerts are taken', async () => {
    const rights = { ...ground.ports.config.rights, alerts: { users: ['U0OTHER'], groups: [], emails: [] } };
    const closed = { ...ground.ports, config: { ...ground.ports.config, rights } };
    const which = { service: null, atMost: 1 };
    await expect(firing(closed, actorOf(ASHA), which)).rejects.toMatchObject({ code: 'not_allowed' });
    const { alerts: _, ...config } = ground.ports.config;
    await expect(firing({ ...ground.ports, config }, actorOf(ASHA), which)).rejects.toMatchObject({
      code: 'not_configured',
    });
  });
});
