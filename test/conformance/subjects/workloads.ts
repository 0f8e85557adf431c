/** Deployments, Jobs and pods, with the controllers and nodes behind them. */
import {
  budget,
  budgets,
  deployment,
  deployments,
  IMAGE,
  isSettled,
  job,
  jobs,
  pods,
  podTemplate,
} from '../objects.ts';
import {
  at,
  type Body,
  get,
  given,
  merge,
  patch,
  post,
  put,
  remove,
  type Sequence,
  type Step,
  type Subject,
  seenFirst,
} from '../sequence.ts';

const BY_US = '?fieldManager=dabbawala';

const scaling: Sequence = {
  name: 'scaling',
  steps: (ns) => {
    const path = deployments(ns, 'gateway');
    const settled = given(get(path, { until: isSettled }));
    return {
      'a Deployment': post(`${deployments(ns)}${BY_US}`, deployment('gateway')),
      'its controller wrote': get(path, { until: isSettled }),
      'its set': get(at('apps/v1', ns, 'replicasets')),
      'its scale': get(deployments(ns, 'gateway', 'scale')),
      'its status': get(deployments(ns, 'gateway', 'status')),
      'to stand still': patch(`${path}${BY_US}`, [
        { op: 'add', path: '/spec/paused', value: true },
        { op: 'add', path: '/metadata/annotations/dabbawala.dev~1step', value: '1' },
      ]),
      settled,
      'the same once more': patch(`${path}${BY_US}`, [{ op: 'add', path: '/spec/paused', value: true }]),
      'in a dry run': patch(`${path}${BY_US}&dryRun=All`, [{ op: 'add', path: '/spec/replicas', value: 5 }]),
      'other pods': patch(`${path}${BY_US}`, [
        { op: 'test', path: '/metadata/uid', value: 'other' },
        { op: 'add', path: '/spec/replicas', value: 5 },
      ]),
      'fewer than none': patch(`${path}${BY_US}`, [{ op: 'add', path: '/spec/replicas', value: -1 }]),
      'in words': patch(`${path}${BY_US}`, [{ op: 'add', path: '/spec/replicas', value: 'three' }]),
      'another selector': patch(`${path}${BY_US}`, [
        { op: 'add', path: '/spec/selector/matchLabels/colour', value: 'blue' },
        { op: 'add', path: '/spec/template/metadata/labels/colour', value: 'blue' },
      ]),
      'a selector without its pods': patch(`${path}${BY_US}`, [
        { op: 'add', path: '/spec/selector/matchLabels/colour', value: 'blue' },
      ]),
      'an image': patch(`${path}${BY_US}`, [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/other:2' },
      ]),
      'no image': patch(`${path}${BY_US}`, [
        { op: 'remove', path: '/spec/template/spec/containers/0/image' },
      ]),
      'a default that is taken away': patch(`${path}${BY_US}`, [{ op: 'remove', path: '/spec/strategy' }]),
      'by its scale, in a dry run': put(`${deployments(ns, 'gateway', 'scale')}?dryRun=All`, {
        metadata: { name: 'gateway', namespace: ns },
        spec: { replicas: 3 },
      }),
      'by a patch of its scale, in a dry run': patch(`${deployments(ns, 'gateway', 'scale')}?dryRun=All`, [
        { op: 'replace', path: '/spec/replicas', value: 3 },
      ]),
      'by a merge of its scale, in a dry run': merge(`${deployments(ns, 'gateway', 'scale')}?dryRun=All`, {
        spec: { replicas: 3 },
      }),
      'by its scale, below nothing': put(deployments(ns, 'gateway', 'scale'), {
        metadata: { name: 'gateway', namespace: ns },
        spec: { replicas: -1 },
      }),
      'by its scale, for another': put(deployments(ns, 'gateway', 'scale'), {
        metadata: { name: 'other', namespace: ns },
        spec: { replicas: 0 },
      }),
      'by its scale, from an old version': put(deployments(ns, 'gateway', 'scale'), {
        metadata: { name: 'gateway', namespace: ns, resourceVersion: '1' },
        spec: { replicas: 0 },
      }),
    };
  },
};

const running: Sequence = {
  name: 'running',
  needs: ['pods'],
  steps: (ns) => {
    const path = deployments(ns, 'gateway');
    const settled = get(path, { until: isSettled });
    const asideOfPods: Step['aside'] = {
      'items.*.spec.volumes': 'the account’s token is mounted by admission, under a drawn name',
      'items.*.spec.containers.*.volumeMounts': 'as above',
      'items.*.metadata.managedFields': 'who writes a pod’s status is the node’s own; never read',
      'items.*.metadata.annotations': 'the nodes’ own marks',
      'items.*.status': 'compared field by field below',
    };
    const statusOf = (pod: Body): unknown => ({
      phase: pod.status.phase,
      ready: pod.status.conditions
        .filter(({ type }: Body) => ['Ready', 'ContainersReady', 'PodScheduled'].includes(type))
        .map(({ type, status }: Body) => `${type} ${status}`)
        .sort(),
      containers: pod.status.containerStatuses.map(
        ({ name, image, imageID, ready, restartCount, state }: Body) => ({
          name,
          image,
          imageID,
          ready,
          restartCount,
          state: Object.keys(state),
        }),
      ),
      hasAddress: typeof pod.status.podIP === 'string',
    });
    return {
      'a Deployment with pods': post(`${deployments(ns)}${BY_US}`, deployment('gateway', 2)),
      'it runs': settled,
      'its scale': get(deployments(ns, 'gateway', 'scale')),
      'its pods': get(`${pods(ns)}?labelSelector=app%3Dgateway&limit=500`, { aside: asideOfPods }),
      'how its pods are': get(`${pods(ns)}?labelSelector=app%3Dgateway`, {
        look: (body) => body.items.map(statusOf),
      }),
      'by phase': get(`${pods(ns)}?fieldSelector=status.phase%3DRunning`, {
        look: (body) => body.items.length,
      }),
      'through the way into a pod': seenFirst((seen) =>
        get(`${pods(ns, seen['its pods'].items[0].metadata.name)}:8080/proxy/health`),
      ),
      'without a port': seenFirst((seen) =>
        get(`${pods(ns, seen['its pods'].items[0].metadata.name)}/proxy/health`),
      ),
      'what answers with an error': seenFirst((seen) =>
        get(`${pods(ns, seen['its pods'].items[0].metadata.name)}:8080/proxy/other`),
      ),
      'where nothing listens': seenFirst((seen) =>
        get(`${pods(ns, seen['its pods'].items[0].metadata.name)}:9999/proxy/health`),
      ),
      'into a pod that is not there': get(`${pods(ns, 'none')}:8080/proxy/health`),
      'a budget of one': given(post(budgets(ns), budget('one', { app: 'gateway' }, { minAvailable: 2 }))),
      'the budget knows': get(budgets(ns, 'one'), {
        until: (body) => body.status?.expectedPods === 2 && body.status.currentHealthy === 2,
      }),
      'a pod that the budget keeps': seenFirst((seen) =>
        post(pods(ns, seen['its pods'].items[0].metadata.name, 'eviction'), {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: seen['its pods'].items[0].metadata.name },
        }),
      ),
      'a second budget': given(post(budgets(ns), budget('two', { app: 'gateway' }))),
      'a pod of two budgets': seenFirst((seen) =>
        post(pods(ns, seen['its pods'].items[0].metadata.name, 'eviction'), {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: seen['its pods'].items[0].metadata.name },
        }),
      ),
      'a pod that is not there': post(pods(ns, 'none', 'eviction'), {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'none' },
      }),
      'the first budget goes': remove(budgets(ns, 'one')),
      'and the second': given(remove(budgets(ns, 'two'))),
      'a pod that may go': seenFirst((seen) =>
        post(pods(ns, seen['its pods'].items[0].metadata.name, 'eviction'), {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: seen['its pods'].items[0].metadata.name },
        }),
      ),
      'it runs again': given(settled),
      'more of them': patch(`${path}${BY_US}`, [{ op: 'add', path: '/spec/replicas', value: 3 }], {
        look: ({ metadata, spec }) => ({ generation: metadata.generation, replicas: spec.replicas }),
      }),
      'three run': settled,
      'none of them': patch(`${path}${BY_US}`, [{ op: 'add', path: '/spec/replicas', value: 0 }], {
        look: ({ metadata, spec }) => ({ generation: metadata.generation, replicas: spec.replicas }),
      }),
      'none runs': settled,
    };
  },
};

const failing: Sequence = {
  name: 'failing',
  needs: ['pods'],
  steps: (ns) => {
    const path = deployments(ns, 'gateway');
    const broken = deployment('gateway', 1, {
      progressDeadlineSeconds: 2,
      template: {
        ...podTemplate({ app: 'gateway' }),
        spec: { containers: [{ name: 'app', image: 'registry.example/missing:1' }] },
      },
    });
    return {
      'a Deployment without an image to pull': given(post(`${deployments(ns)}${BY_US}`, broken)),
      'it makes no progress': get(path, {
        until: (body) =>
          (body.status?.conditions ?? []).some(({ reason }: Body) => reason === 'ProgressDeadlineExceeded'),
        look: ({ status }) => status,
      }),
      'its pod says why': get(`${pods(ns)}?labelSelector=app%3Dgateway`, {
        until: (body) => body.items[0]?.status.containerStatuses?.[0]?.state?.waiting !== undefined,
        look: (body) =>
          body.items.map(({ status }: Body) => ({
            phase: status.phase,
            waiting: status.containerStatuses[0].state.waiting.reason,
          })),
      }),
      'it goes': given(remove(path, { propagationPolicy: 'Foreground' })),
      gone: get(path, { until: (_body, status) => status === 404 }),
    };
  },
};

const isOver = (body: Body): boolean =>
  (body.status?.conditions ?? []).some(
    ({ type, status }: Body) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );

const tasks: Sequence = {
  name: 'tasks',
  needs: ['pods'],
  steps: (ns) => ({
    'a Job': post(`${jobs(ns)}${BY_US}`, job('probe', ['check'])),
    'it is done': get(jobs(ns, 'probe'), { until: isOver }),
    'its pods, by the Job’s name': get(`${pods(ns)}?labelSelector=job-name%3Dprobe`, {
      look: (body) =>
        body.items.map(({ metadata, status }: Body) => ({
          labels: metadata.labels,
          owners: metadata.ownerReferences,
          generateName: metadata.generateName,
          finalizers: metadata.finalizers ?? null,
          phase: status.phase,
          exit: status.containerStatuses.map(({ state }: Body) => ({
            code: state.terminated.exitCode,
            reason: state.terminated.reason,
          })),
        })),
      until: (body) => body.items.every(({ metadata }: Body) => metadata.finalizers === undefined),
    }),
    'its log': seenFirst((seen) =>
      get(
        `${pods(ns, seen['its pods, by the Job’s name'].items[0].metadata.name, 'log')}?container=probe&tailLines=1&limitBytes=65536`,
      ),
    ),
    'the log of a container that is not there': seenFirst((seen) =>
      get(`${pods(ns, seen['its pods, by the Job’s name'].items[0].metadata.name, 'log')}?container=other`),
    ),
    'a Job that fails': post(`${jobs(ns)}${BY_US}`, job('fails', ['fail'])),
    'it has failed': get(jobs(ns, 'fails'), { until: isOver }),
    'another command': patch(`${jobs(ns, 'probe')}${BY_US}`, [
      { op: 'replace', path: '/spec/template/spec/containers/0/command', value: ['evil'] },
    ]),
    'a note on it': patch(`${jobs(ns, 'probe')}${BY_US}`, [
      { op: 'add', path: '/metadata/annotations', value: { seen: 'yes' } },
    ]),
    'it goes': remove(`${jobs(ns, 'probe')}`),
    'it goes with its pods': remove(jobs(ns, 'fails'), { propagationPolicy: 'Foreground' }),
    gone: get(jobs(ns, 'fails'), { until: (_body, status) => status === 404 }),
  }),
};

const alone: Sequence = {
  name: 'pod-alone',
  steps: (ns) => ({
    'a pod that no node may run': given(
      post(pods(ns), {
        metadata: { name: 'alone' },
        spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'app', image: IMAGE }] },
      }),
    ),
    'into a pod without an address': get(`${pods(ns, 'alone')}:8080/proxy/health`),
    'its log': get(pods(ns, 'alone', 'log')),
    'another image': patch(
      `${pods(ns, 'alone')}${BY_US}`,
      [{ op: 'replace', path: '/spec/containers/0/image', value: 'other:1' }],
      { look: ({ spec }) => spec.containers[0].image },
    ),
    'another command': patch(`${pods(ns, 'alone')}${BY_US}`, [
      { op: 'add', path: '/spec/containers/0/command', value: ['evil'] },
    ]),
    'it goes at once': remove(
      pods(ns, 'alone'),
      { gracePeriodSeconds: 0 },
      { look: ({ kind, metadata }) => ({ kind, name: metadata.name }) },
    ),
  }),
};

export const WORKLOADS: Subject = { name: 'workloads', sequences: [scaling, running, failing, tasks, alone] };
