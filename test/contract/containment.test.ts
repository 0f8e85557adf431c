import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from '../../src/adapters/kubernetes/client.ts';
import { KubernetesContainment } from '../../src/adapters/kubernetes/containment.ts';
import { QUARANTINE_LABEL, QUARANTINE_POLICY } from '../../src/adapters/kubernetes/marks.ts';
import { NETWORK_POLICY, POD } from '../../src/adapters/kubernetes/resources.ts';
import type { Containment } from '../../src/ports/containment.ts';
import { FakeContainment } from '../fakes/fake-containment.ts';
import { deploymentOf, IMAGE } from './objects.ts';
import { CLUSTER, openCluster, PLACE } from './targets.ts';

interface Opened {
  readonly containment: Containment;
  /** A running pod of this name; its uid. */
  run(name: string): Promise<string>;
  close(): Promise<void>;
}

const describeContainment = (name: string, open: () => Promise<Opened>): void => {
  describe(`pods out of service: ${name}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    }, 30_000);
    afterAll(async () => opened?.close());

    it('are found by name with their uid, and quarantined once and again without harm', async () => {
      const uid = await opened.run('ledger-1');
      const found = await opened.containment.find(PLACE, 'ledger-1');
      expect(found).toMatchObject({ pod: { ...PLACE, name: 'ledger-1', uid }, isQuarantined: false });
      const pod = { ...PLACE, name: 'ledger-1', uid };
      expect(await opened.containment.quarantine(pod)).toBe('done');
      expect(await opened.containment.quarantine(pod)).toBe('done');
      expect(await opened.containment.find(PLACE, 'ledger-1')).toMatchObject({ isQuarantined: true });
      expect(await opened.containment.kill(pod)).toBe('done');
      await expect.poll(() => opened.containment.find(PLACE, 'ledger-1'), { timeout: 15_000 }).toBeNull();
      expect(await opened.containment.kill(pod)).toBe('gone');
    });

    it('are not killed before they are quarantined', async () => {
      const pod = { ...PLACE, name: 'ledger-2', uid: await opened.run('ledger-2') };
      await expect(opened.containment.kill(pod)).rejects.toMatchObject({ code: 'plan_refused' });
    });

    it('are never mistaken for another one of the same name', async () => {
      await opened.run('ledger-3');
      const before = { ...PLACE, name: 'ledger-3', uid: '00000000-0000-4000-8000-000000000000' };
      expect(await opened.containment.quarantine(before)).toBe('gone');
      expect(await opened.containment.kill(before)).toBe('gone');
      expect(await opened.containment.find(PLACE, 'ledger-3')).toMatchObject({ isQuarantined: false });
      expect(await opened.containment.find(PLACE, 'nobody')).toBeNull();
    });
  });
};

describeContainment('in memory', async () => {
  const fake = new FakeContainment();
  return {
    containment: fake,
    run: async (name) => {
      const uid = crypto.randomUUID();
      fake.pods.push({ pod: { ...PLACE, name, uid }, createdAt: 1, isQuarantined: false });
      return uid;
    },
    close: async () => undefined,
  };
});

const bare = (name: string): never =>
  ({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name, namespace: PLACE.namespace, labels: { app: 'bare' } },
    spec: { containers: [{ name: 'app', image: IMAGE }] },
  }) as never;

describeContainment('Kubernetes', async () => {
  const hands = await openCluster();
  const containment = new KubernetesContainment(
    new Map([[CLUSTER, new KubeClient(CLUSTER, hands.settings)]]),
  );
  return {
    containment,
    run: async (name) => {
      await hands.cluster.seed([bare(name)]);
      return (await containment.find(PLACE, name))?.pod.uid ?? '';
    },
    close: () => hands.close(),
  };
});

describe('a quarantined pod of a cluster', () => {
  it('leaves its Service and its ReplicaSet, keeps its old labels, and another one takes its place', async () => {
    const hands = await openCluster();
    const client = new KubeClient(CLUSTER, hands.settings);
    const containment = new KubernetesContainment(new Map([[CLUSTER, client]]));
    await hands.cluster.seed([deploymentOf({ name: 'ledger-blue', replicas: 2 } as never)]);
    const pods = async () => (await client.list(POD, PLACE.namespace, '')) as unknown as Seen[];
    await expect.poll(async () => (await pods()).length, { timeout: 15_000 }).toBe(2);
    const [victim] = await pods();
    const { name = '', uid = '', labels } = victim?.metadata ?? {};
    await containment.quarantine({ ...PLACE, name, uid });
    await expect.poll(async () => (await pods()).length, { timeout: 15_000 }).toBe(3);
    const after = (await pods()).find((pod) => pod.metadata.uid === uid);
    expect(after?.metadata.labels).toEqual({ [QUARANTINE_LABEL]: 'true' });
    expect(after?.metadata.ownerReferences).toBeUndefined();
    expect(JSON.parse(Object.values(after?.metadata.annotations ?? {}).at(-1) ?? '{}')).toEqual(labels);
    expect(await client.read(NETWORK_POLICY, PLACE.namespace, QUARANTINE_POLICY)).toMatchObject({
      spec: {
        podSelector: { matchLabels: { [QUARANTINE_LABEL]: 'true' } },
        policyTypes: ['Ingress', 'Egress'],
      },
    });
    await hands.close();
  });

  it('is not said to be one where the policy of that name lets something through', async () => {
    const hands = await openCluster();
    const client = new KubeClient(CLUSTER, hands.settings);
    const containment = new KubernetesContainment(new Map([[CLUSTER, client]]));
    await hands.cluster.seed([
      bare('ledger-9'),
      {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
        metadata: { name: QUARANTINE_POLICY, namespace: PLACE.namespace },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{}] },
      } as never,
    ]);
    const pod = (await containment.find(PLACE, 'ledger-9'))?.pod;
    await expect(containment.quarantine(pod as NonNullable<typeof pod>)).rejects.toMatchObject({
      code: 'plan_refused',
    });
    expect(await containment.find(PLACE, 'ledger-9')).toMatchObject({ isQuarantined: false });
    await hands.close();
  });
});

interface Seen {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly ownerReferences?: readonly unknown[];
  };
}
