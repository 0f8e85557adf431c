import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { pendingRequests } from '../../../src/core/alert/alert-request.ts';
import type { Person } from '../../../src/core/target.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import type { AlertPorts } from '../../../src/services/alerts/alert-ports.ts';
import { decideRequest } from '../../../src/services/alerts/ask-second.ts';
import { askContain, podsToContain } from '../../../src/services/alerts/contain-acts.ts';
import { ErrandRunner } from '../../../src/services/alerts/run-errands.ts';
import { alertCard } from '../../../src/views/alert-card.ts';
import { limitFaults } from '../../../src/views/limits.ts';
import { makeEvent, makeGroup } from '../../support/alert-fixtures.ts';
import { ASHA, BHARAT, MINUTE } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

const POD = 'ledger-676b6c5bbc-4xc6t';
const REF = { cluster: 'mumbai-1', namespace: 'payments', name: POD, uid: 'uid-1' };
let ground: AlertGround;
let ports: AlertPorts;
let group: AlertGroup;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id] });
  const { config, directory } = ground.ports;
  const may = { users: [ASHA.id], groups: [], emails: [] };
  ports = {
    ...ground.ports,
    config: { ...config, rights: { ...config.rights, quarantine: may, kill: may } },
    directory: { ...directory, members: async () => [BHARAT.id] },
  };
  group = makeGroup({}, makeEvent() as never);
  ground.alerts.put(group);
  ground.containment.pods = [{ pod: REF, createdAt: 1, isQuarantined: false }];
});
const seen = () => ({ id: group.id, shown: '1' });
const now = (): AlertGroup => ground.alerts.rows.get(group.id)?.group as AlertGroup;
const ask = (kind: 'quarantine' | 'kill', by: Person = ASHA) =>
  askContain(ports, actorOf(by), seen(), { kind, uid: REF.uid, reason: 'a shell' });
const decide = (by: Person = BHARAT) => {
  const [request] = pendingRequests(now());
  return decideRequest(ports, actorOf(by), seen(), {
    ...{ requestId: request?.id ?? '', digestPrefix: request?.planDigest.slice(0, 12) ?? '' },
    ...{ decision: 'approve', reason: null },
  });
};
const states = () => (now().contained ?? []).map(({ state }) => state);
const lines = () => ground.alerts.lines.map(({ text }) => text);

describe('a pod that Falco saw', () => {
  it('is quarantined by two people and killed by two, in this order and no other', async () => {
    await expect(ask('kill')).rejects.toMatchObject({ code: 'not_now' });
    await ask('quarantine');
    await expect(decide(ASHA)).rejects.toMatchObject({ code: 'self_approval' });
    expect(ground.containment.pods[0]?.isQuarantined).toBe(false);
    await decide();
    expect([ground.containment.pods[0]?.isQuarantined, states()]).toEqual([true, ['quarantined']]);
    const card = alertCard({
      group: now(),
      rev: 1,
      callees: [],
      linkHosts: [],
      can: { silence: false, kill: true },
    });
    expect(JSON.stringify(card.blocks)).toMatch(/quarantined.*Asked by Asha, approved by Bharat.*kill_pod/);
    expect(limitFaults(card.blocks)).toEqual([]);
    await ask('kill');
    await decide();
    expect([ground.containment.pods, states()]).toEqual([[], ['killed']]);
    expect((await ground.alerts.readAudit(group.id)).map(({ action }) => action)).toEqual([
      ...['alert.quarantine.request', 'alert.vote', 'alert.pod.quarantined'],
      ...['alert.kill.request', 'alert.vote', 'alert.pod.killed'],
    ]);
  });

  it('that was replaced by another one of its name is not touched', async () => {
    await ask('quarantine');
    ground.containment.pods = [{ pod: { ...REF, uid: 'uid-2' }, createdAt: 1, isQuarantined: false }];
    await expect(decide()).rejects.toMatchObject({ code: 'ref_changed' });
    expect(now().requests?.[0]?.state).toBe('void');
    expect(ground.containment.pods[0]?.isQuarantined).toBe(false);
  });

  it('is not offered when it came after the last event, or its namespace is none of ours', async () => {
    ground.containment.pods = [{ pod: REF, createdAt: group.lastAt + 1, isQuarantined: false }];
    await expect(podsToContain(ports, actorOf(ASHA), seen())).rejects.toMatchObject({ code: 'not_now' });
    ground.alerts.put({ ...group, labels: { ...group.labels, namespace: 'kube-system' } });
    await expect(podsToContain(ports, actorOf(ASHA), seen())).rejects.toMatchObject({ code: 'not_now' });
  });

  it('is quarantined later, once, when the cluster was away at the yes or the process died', async () => {
    await ask('quarantine');
    const { quarantine } = ground.containment;
    ground.containment.quarantine = async () => {
      throw new DabbawalaError('cluster_unavailable', 'away');
    };
    await expect(decide()).rejects.toMatchObject({ code: 'cluster_unavailable' });
    expect(states()).toEqual(['quarantining']);
    ground.containment.quarantine = quarantine;
    ground.clock.advance(MINUTE);
    await Promise.all([new ErrandRunner(ports), new ErrandRunner(ports)].map((one) => one.lookAtAll()));
    expect(states()).toEqual(['quarantined']);
    expect(lines().filter((line) => /is quarantined/.test(line))).toHaveLength(1);
  });

  it('that the cluster forbids to touch is said not to be, with the right that is missing', async () => {
    await ask('quarantine');
    ground.containment.quarantine = async () => {
      throw new DabbawalaError('forbidden', 'pods: patch', { hint: 'Apply the rule.' });
    };
    await expect(decide()).rejects.toMatchObject({ code: 'forbidden' });
    expect(states()).toEqual(['failed']);
    expect(lines().at(-1)).toBe(`Pod ${POD} could not be touched: pods: patch Apply the rule.`);
  });

  it.each(['quarantine', 'kill'] as const)('is left alone by whoever has no right: %s', async (kind) => {
    await expect(ask(kind, { ...BHARAT, email: null })).rejects.toMatchObject({ code: 'not_allowed' });
  });
});
