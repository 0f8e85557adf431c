import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { KubernetesWorkloads } from '../../../src/adapters/kubernetes/workloads.ts';
import { isDabbawalaError } from '../../../src/lib/errors.ts';
import { deploymentOf } from '../../contract/objects.ts';
import { CLUSTER, deploymentPath, type Hands, openCluster, PLACE } from '../../contract/targets.ts';
import { codeOf } from '../../contract/traffic-router.suite.ts';
import { candidateOf, jobProbe } from '../../contract/workloads.suite.ts';
import { until } from '../../support/until.ts';

let hands: Hands;
let client: KubeClient;
let workloads: KubernetesWorkloads;

beforeEach(async () => {
  hands = await openCluster();
  client = new KubeClient(CLUSTER, hands.settings);
  workloads = new KubernetesWorkloads(new Map([[CLUSTER, client]]));
  hands.cluster.seed([deploymentOf({ name: 'payment-gateway', owner: 'argo' })]);
});
afterEach(async () => {
  client.close();
  await hands.close();
});

const spec = async (overrides = {}) => {
  const template = await workloads.readDeployment(PLACE, 'payment-gateway', 'payment-gateway');
  if (template === null) throw new Error('there is no template');
  return candidateOf(template, overrides);
};
const create = async (overrides = {}) => workloads.createCandidate(PLACE, await spec(overrides));

describe('the stored candidate', () => {
  it('has none of the owner marks, last-applied or owner references of its template', async () => {
    await create();
    const { metadata } = hands.cluster.read(deploymentPath('payment-gateway-green')) ?? {};
    expect(Object.keys(metadata?.labels ?? {})).toEqual([
      'app.kubernetes.io/managed-by',
      'dabbawala.dev/service',
      'dabbawala.dev/colour',
    ]);
    expect(
      Object.keys(metadata?.annotations ?? {}).filter((key) => !key.startsWith('deployment.kubernetes.io/')),
    ).toEqual(['dabbawala.dev/rollout', 'dabbawala.dev/plan-digest', 'dabbawala.dev/version']);
    expect(metadata).not.toHaveProperty('ownerReferences');
  });

  it('is judged by the server in a dry run: an invalid one is plan_refused in its words', async () => {
    const body = await spec({ replicas: -1 });
    const refused = workloads.createCandidate(PLACE, body, { dryRun: true });
    await expect(refused).rejects.toMatchObject({
      code: 'plan_refused',
      message: expect.stringContaining('spec.replicas'),
    });
  });
});

describe('scale', () => {
  it('writes spec.replicas alone, guarded by identity and ownership', async () => {
    const { uid } = await create();
    hands.cluster.clearRequests();
    await workloads.scale(PLACE, 'payment-gateway-green', uid, 0);
    const patches = hands.cluster.requests().filter((request) => request.method === 'PATCH');
    expect(patches.map((request) => request.body)).toEqual([
      [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path: '/metadata/annotations/dabbawala.dev~1rollout', value: 'r-42' },
        { op: 'add', path: '/spec/replicas', value: 0 },
      ],
    ]);
  });
});

describe('deleteColour', () => {
  it('is foreground and bound to the uid', async () => {
    const { uid } = await create();
    hands.cluster.clearRequests();
    await workloads.deleteColour(PLACE, 'payment-gateway-green', uid);
    const [request] = hands.cluster.requests().filter((entry) => entry.method === 'DELETE');
    expect(request?.body).toMatchObject({ propagationPolicy: 'Foreground', preconditions: { uid } });
  });
});

describe('pods', () => {
  it('say why they do not start', async () => {
    const revision = {
      repository: 'registry.example/missing',
      tag: null,
      digest: `sha256:${'0'.repeat(64)}`,
    };
    const created = await create({ revision });
    const waiting = async () =>
      (await workloads.pods(PLACE, created, 'payment-gateway')).map((pod) => pod.waiting);
    await until('pods wait for their image', async () =>
      (await waiting()).some((reason) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff'),
    );
    expect((await workloads.pods(PLACE, created, 'payment-gateway')).every((pod) => !pod.isReady)).toBe(true);
  });

  it('of a Deployment that is gone are none', async () => {
    const created = await create();
    const gone = { ...created, name: 'nobody' };
    expect(await workloads.pods(PLACE, gone, 'payment-gateway')).toEqual([]);
  });
});

describe('podHttp', () => {
  const request = { scheme: 'http', port: 8080, path: '/health', timeoutMs: 2000 } as const;
  const firstPod = async (): Promise<string> => {
    const created = await create();
    await hands.cluster.settle();
    return (await workloads.pods(PLACE, created, 'payment-gateway'))[0]?.name ?? '';
  };

  it('asks the pod by scheme, name and port, query included', async () => {
    const pod = await firstPod();
    hands.cluster.clearRequests();
    await workloads.podHttp(PLACE, pod, { ...request, path: '/health?deep=1' });
    expect(hands.cluster.requests()[0]).toMatchObject({
      method: 'GET',
      path: expect.stringMatching(`/pods/http(:|%3A)${pod}(:|%3A)8080/proxy/health$`),
      query: { deep: '1' },
    });
    expect(hands.pods.served).toContain('/health?deep=1');
  });

  it('gives a bad status with the answer, secrets hidden', async () => {
    const answer = await workloads.podHttp(PLACE, await firstPod(), { ...request, path: '/broken' });
    expect(answer).toMatchObject({ status: 500, detail: 'password=[hidden] failed' });
  });

  it('of a pod that does not answer in time is a finding, not an error', async () => {
    const pod = await firstPod();
    const answer = await workloads.podHttp(PLACE, pod, { ...request, path: '/hang', timeoutMs: 100 });
    expect(answer).toMatchObject({ status: null, detail: 'no answer within 100 ms' });
  });

  it('of a pod that is gone is a finding', async () => {
    const answer = await workloads.podHttp(PLACE, 'nobody', request);
    expect(answer).toMatchObject({ status: null, detail: expect.stringContaining('the pod is gone') });
  });

  it('without the right is forbidden, with the rule to add', async () => {
    const pod = await firstPod();
    hands.cluster.setForbidden({ resource: 'pods/proxy' });
    await expect(workloads.podHttp(PLACE, pod, request)).rejects.toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('- {apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}'),
    });
  });

  it('with the API server gone is cluster_unavailable', async () => {
    const pod = await firstPod();
    await hands.cluster.setDown('refuse');
    expect(await codeOf(workloads.podHttp(PLACE, pod, request))).toBe('cluster_unavailable');
  });

  it.each(['health', 'http://169.254.169.254/', '//evil.example/x'])('refuses %s as a path', async (path) => {
    expect(await codeOf(workloads.podHttp(PLACE, 'pod', { ...request, path }))).toBe('bad_probe_spec');
  });

  it.each(['/../../../secrets', '/%2e%2e/%2e%2e/secrets'])('%s stays below the pod', async (path) => {
    await workloads.podHttp(PLACE, 'pod', { ...request, path });
    expect(hands.cluster.requests().at(-1)?.path).toMatch(/\/proxy\/secrets$/);
  });
});

describe('probe Jobs', () => {
  const run = async (command: readonly string[], timeoutMs = 60_000) => {
    const probe = jobProbe('smoke', command, timeoutMs);
    await workloads.startProbeJob(PLACE, await spec(), probe, 0);
    const read = () => workloads.readProbeJob(PLACE, 'r-42', probe, 0);
    return { read, ended: () => until('the Job has ended', async () => (await read()).state !== 'running') };
  };

  it('that outlive their time fail and say so', async () => {
    const { read, ended } = await run(['hang'], 1000);
    await ended();
    expect(await read()).toMatchObject({
      state: 'failed',
      evidence: expect.stringContaining('not done within 1000 ms'),
    });
  });

  it('hide secrets of their log', async () => {
    const { read, ended } = await run(['fail']);
    await ended();
    const { evidence } = await read();
    expect(evidence).toContain('token=[hidden]');
    expect(evidence).not.toContain('abc123');
  });

  it('are judged by their condition when neither pods nor logs may be read', async () => {
    for (const resource of ['pods', 'pods/log']) hands.cluster.setForbidden({ resource });
    const passed = await run(['pass']);
    await passed.ended();
    expect(await passed.read()).toMatchObject({
      state: 'passed',
      evidence: expect.stringContaining('exit code 0'),
    });
  });

  it('without the right to create one are forbidden', async () => {
    hands.cluster.setForbidden({ resource: 'jobs', verb: 'create' });
    expect(await codeOf(run(['pass']))).toBe('forbidden');
  });
});

it('a cluster that the configuration does not have is invalid_config', async () => {
  const elsewhere = { cluster: 'pune', namespace: 'payments' };
  try {
    await workloads.readDeployment(elsewhere, 'x', 'y');
    throw new Error('nothing was thrown');
  } catch (error) {
    expect(isDabbawalaError(error, 'invalid_config')).toBe(true);
  }
});
