/** An alert and the rollouts of its service: told on the card, kept true, and the way back bound to what the card named. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { LookAround } from '../../../src/services/alerts/look-around.ts';
import { relateRollouts } from '../../../src/services/alerts/relate-rollouts.ts';
import { rollBackCause, type WayBack } from '../../../src/services/alerts/roll-back-cause.ts';
import { ALERT_T0, makeGroup, makePost } from '../../support/alert-fixtures.ts';
import { ASHA, makePlan, makeRollout, TARGET } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

let ground: AlertGround;
let group: AlertGroup;
let orders: string[];
let way: WayBack;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id] });
  const labels = { service: TARGET.service, namespace: 'payments' };
  group = makeGroup({ labels }, makePost('PaymentErrors'));
  ground.alerts.put(group);
  orders = [];
  way = {
    rollBackRollout: async (_, id) => {
      orders.push(`rollout ${id}`);
      const stored = await ground.ports.store.load(id);
      return stored
        ? { kind: 'at-once', stored }
        : { kind: 'by-route', target: TARGET, rolloutId: id, from: 25, stable: 'v1', candidate: 'v2' };
    },
    requestRollback: async (_, target) => {
      orders.push(`target ${target.service}`);
      return { kind: 'fast-lane', stored: { rollout: makeRollout(), rev: 1, token: 0 } };
    },
  };
});

const deployed = async (id: string, more: Partial<Rollout>): Promise<Rollout> => {
  const rollout = makeRollout({
    id: `r-${id.padStart(12, '0')}`,
    ...{ plan: makePlan(), createdAt: ALERT_T0 - 600_000, ...more },
  });
  await ground.ports.store.create(rollout, []);
  await ground.ports.targets.appendHistory(rollout.target, rollout.id, rollout.createdAt);
  return rollout;
};
const lookAround = () => new LookAround(ground.ports, [relateRollouts(ground.ports)]);
const shown = () => (ground.alerts.rows.get(group.id)?.group.changes ?? []).map(({ state }) => state);
const order = (rolloutId: string, episode = 1) =>
  rollBackCause(ground.ports, way, actorOf(ASHA), { id: group.id, shown: String(episode) }, rolloutId);

describe('the rollouts of an alert’s service', () => {
  it('are put on its card, and again when they moved on; without a change nothing is written', async () => {
    const rollout = await deployed('1', { phase: 'analysing' });
    const relations = lookAround();
    await relations.lookAtOpen();
    expect([shown(), ground.woken]).toEqual([['running'], [group.channel]]);
    await relations.lookAtOpen();
    expect(ground.alerts.rows.get(group.id)?.rev).toBe(2);
    await ground.ports.store.save(rollout.id, {
      next: { ...rollout, phase: 'promoted', endedAt: ALERT_T0 },
      ...{ expectedRev: 1, token: null, lines: [], audit: [], isDirty: false },
    });
    await relations.lookAtOpen();
    expect(shown()).toEqual(['promoted']);
  });

  it('of an alert that names none of ours are not asked for', async () => {
    await deployed('1', { phase: 'analysing' });
    ground.alerts.put({ ...group, labels: { service: 'node-exporter' } });
    await lookAround().lookAtOpen();
    expect(shown()).toEqual([]);
  });
});

describe('roll back on an alert’s card', () => {
  it('takes back the rollout that runs, and the thread says who did it', async () => {
    const rollout = await deployed('1', { phase: 'analysing' });
    await lookAround().look(group.id);
    await order(rollout.id, 99);
    expect(orders).toEqual([`rollout ${rollout.id}`]);
    expect(ground.alerts.lines.map(({ text }) => text)).toEqual(['Asha rolls back payment-gateway']);
  });

  it('goes to the last good version where it was promoted since', async () => {
    const rollout = await deployed('1', { phase: 'promoted', endedAt: ALERT_T0 - 60_000 });
    await lookAround().look(group.id);
    await order(rollout.id);
    expect(orders).toEqual(['target payment-gateway']);
  });

  it('is refused when another rollout came since, so that the one named is never another', async () => {
    const rollout = await deployed('1', { phase: 'promoted', endedAt: ALERT_T0 - 60_000 });
    await lookAround().look(group.id);
    await deployed('2', { phase: 'promoted', createdAt: ALERT_T0, endedAt: ALERT_T0 + 1000 });
    await expect(order(rollout.id)).rejects.toMatchObject({ code: 'stale_button' });
    expect(orders).toEqual([]);
  });

  it('of a rollout that the card does not name is refused', async () => {
    await expect(order('r-000000000009')).rejects.toMatchObject({ code: 'stale_button' });
  });

  it('without the store is asked of the route', async () => {
    ground.alerts.load = async () => {
      throw new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.');
    };
    await order('r-000000000001');
    expect(orders).toEqual(['rollout r-000000000001']);
  });
});
