import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { deployment, FakeRuntime, TOKEN, virtualService } from './support.ts';

/** The client that the bot uses, unchanged, over plain HTTP. */

let cluster: Cluster;
let config: k8s.KubeConfig;

beforeAll(async () => {
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime() });
  cluster.seed([virtualService('ledger')]);
  config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'sandbox', server: cluster.url, skipTLSVerify: true }],
    users: [{ name: 'bot', token: TOKEN }],
    contexts: [{ name: 'sandbox', cluster: 'sandbox', user: 'bot' }],
    currentContext: 'sandbox',
  });
});
afterAll(() => cluster.close());

describe('@kubernetes/client-node', () => {
  it('creates, lists and deletes a Deployment', async () => {
    const apps = config.makeApiClient(k8s.AppsV1Api);
    const namespace = 'payments';
    const created = await apps.createNamespacedDeployment({ namespace, body: deployment('ledger') });
    await cluster.settle();
    const read = await apps.readNamespacedDeployment({ namespace, name: 'ledger' });
    const list = await apps.listNamespacedDeployment({ namespace, labelSelector: 'app=ledger' });
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(read.status?.readyReplicas).toBe(2);
    expect(list.items).toHaveLength(1);
    await apps.deleteNamespacedDeployment({
      namespace,
      name: 'ledger',
      body: { propagationPolicy: 'Foreground', preconditions: { uid: created.metadata?.uid ?? '' } },
    });
    await cluster.settle();
    const error = await apps
      .readNamespacedDeployment({ namespace, name: 'ledger' })
      .catch((thrown) => thrown);
    expect(error.code).toBe(404);
    expect(JSON.parse(error.body).reason).toBe('NotFound');
  });

  it('patches a route with its JSON patch by default', async () => {
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const route = {
      group: 'networking.istio.io',
      version: 'v1beta1',
      namespace: 'payments',
      plural: 'virtualservices',
      name: 'ledger',
    };
    const patched = await custom.patchNamespacedCustomObject({
      ...route,
      fieldManager: 'dabbawala',
      body: [{ op: 'add', path: '/spec/http/0/route/1/weight', value: 5 }],
    });
    expect(patched.spec.http[0].route[1].weight).toBe(5);
    const manager = cluster
      .read('/apis/networking.istio.io/v1/namespaces/payments/virtualservices/ledger')
      ?.metadata.managedFields?.find((entry) => entry.manager === 'dabbawala');
    expect(manager?.apiVersion).toBe('networking.istio.io/v1beta1');
  });

  it('follows with its informer', async () => {
    const core = config.makeApiClient(k8s.CoreV1Api);
    const path = '/api/v1/namespaces/payments/configmaps';
    const informer = k8s.makeInformer(config, path, () =>
      core.listNamespacedConfigMap({ namespace: 'payments' }),
    );
    const added = new Promise<string | undefined>((resolve) => {
      informer.on('add', (object) => resolve(object.metadata?.name));
    });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace: 'payments', body: { metadata: { name: 'news' } } });
    expect(await added).toBe('news');
    await informer.stop();
  });
});
