/** Create: defaults, names, and everything that is refused. */
import {
  autoscaler,
  autoscalers,
  budget,
  budgets,
  claim,
  claims,
  deployment,
  deployments,
  event,
  events,
  IMAGE,
  ISTIO,
  job,
  jobs,
  mtls,
  mtlsPolicies,
  podTemplate,
  quota,
  quotas,
  route,
  routes,
  rule,
  rules,
  scaledObject,
  scaledObjects,
  secret,
  secrets,
  service,
  services,
} from '../objects.ts';
import { at, type Body, post, type Sequence, type Subject } from '../sequence.ts';

const dry = '?dryRun=All&fieldManager=dabbawala';

const defaults: Sequence = {
  name: 'defaults',
  steps: (ns) => ({
    'a Deployment': post(`${deployments(ns)}${dry}`, deployment('gateway', 2)),
    'a Deployment with the least that it needs': post(`${deployments(ns)}${dry}`, {
      metadata: { name: 'least' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    }),
    'a Deployment with much': post(
      `${deployments(ns)}${dry}`,
      deployment('much', 3, {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
        minReadySeconds: 5,
        template: podTemplate(
          { app: 'much' },
          {
            serviceAccountName: 'payment-gateway',
            initContainers: [{ name: 'wait', image: 'busybox:latest' }],
            volumes: [
              { name: 'config', configMap: { name: 'config' } },
              { name: 'keys', secret: { secretName: 'keys' } },
              { name: 'scratch', emptyDir: {} },
            ],
            containers: [
              {
                name: 'app',
                image: IMAGE,
                envFrom: [{ configMapRef: { name: 'env' } }],
                env: [
                  { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                  { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } },
                ],
                ports: [{ containerPort: 8080 }, { name: 'metrics', containerPort: 9090, protocol: 'TCP' }],
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
                livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
                startupProbe: { exec: { command: ['true'] } },
                volumeMounts: [
                  { name: 'config', mountPath: '/etc/app' },
                  { name: 'scratch', mountPath: '/tmp' },
                ],
                lifecycle: { preStop: { httpGet: { path: '/drain', port: 8080 } } },
              },
            ],
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: { app: 'much' } }, topologyKey: 'kubernetes.io/hostname' },
                ],
              },
            },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'topology.kubernetes.io/zone',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: { app: 'much' } },
              },
            ],
            tolerations: [{ key: 'spot', operator: 'Exists' }],
            terminationGracePeriodSeconds: 45,
          },
        ),
      }),
    ),
    'a Deployment that is recreated': post(
      `${deployments(ns)}${dry}`,
      deployment('anew', 1, { strategy: { type: 'Recreate' } }),
    ),
    'a Job': post(`${jobs(ns)}${dry}`, job('probe', ['check'])),
    'a Service': post(`${services(ns)}${dry}`, service('gateway')),
    'a Service without an address': post(`${services(ns)}${dry}`, service('headless', { clusterIP: 'None' })),
    'an autoscaler': post(`${autoscalers(ns)}${dry}`, autoscaler('gateway', 'gateway')),
    'an autoscaler with behaviour': post(
      `${autoscalers(ns)}${dry}`,
      autoscaler('slow', 'gateway', {
        minReplicas: 2,
        behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
      }),
    ),
    'an autoscaler without metrics': post(
      `${autoscalers(ns)}${dry}`,
      autoscaler('cpu', 'gateway', { metrics: undefined }),
    ),
    'a budget': post(`${budgets(ns)}${dry}`, budget('gateway', { app: 'gateway' })),
    'a quota': post(`${quotas(ns)}${dry}`, quota('pods', { pods: '10', 'requests.cpu': '2' })),
    'a claim': post(`${claims(ns)}${dry}`, claim('data')),
    'a secret': post(`${secrets(ns)}${dry}`, secret('one')),
    'an event': post(
      `${events(ns)}${dry}`,
      event('gateway.1', {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        name: 'gateway',
        namespace: ns,
        uid: 'u',
      }),
    ),
    'a route': post(`${routes(ns)}${dry}`, route('gateway')),
    'a rule': post(`${rules(ns)}${dry}`, rule('gateway')),
    'a scaled object': post(`${scaledObjects(ns)}${dry}`, scaledObject('gateway', 'gateway')),
    'a pod': post(
      `${at('v1', ns, 'pods')}${dry}`,
      { metadata: { name: 'pod' }, ...podTemplate({ app: 'a' }) },
      {
        aside: {
          'spec.volumes': 'the account’s token is mounted by admission, under a drawn name',
          'spec.containers.*.volumeMounts': 'as above',
          'metadata.managedFields': 'compared with other kinds; a pod’s are never read',
        },
      },
    ),
  }),
};

const published: Sequence = {
  name: 'published',
  needs: ['published'],
  steps: (ns) => ({
    'a policy of the mesh': post(`${mtlsPolicies(ns)}${dry}`, mtls('default', 'STRICT')),
    'a weight below nothing': post(`${routes(ns)}${dry}`, withWeight(-5)),
    'a gateway route': post(`${at('gateway.networking.k8s.io/v1', ns, 'httproutes')}${dry}`, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'gateway' },
      spec: {
        parentRefs: [{ name: 'mesh' }],
        rules: [
          {
            backendRefs: [
              { name: 'blue', port: 80 },
              { name: 'green', port: 80, weight: 0 },
            ],
          },
        ],
      },
    }),
    'a policy of the mesh with a word that is none': post(mtlsPolicies(ns), mtls('default', 'SOMETIMES')),
    'a weight that is a word': post(`${routes(ns)}${dry}`, withWeight('all')),
    'a weight that is a fraction': post(`${routes(ns)}${dry}`, withWeight(12.5)),
    'a rule without a host': post(rules(ns), { ...rule('none'), spec: { subsets: [] } }),
    'a scaled object without triggers': post(
      scaledObjects(ns),
      scaledObject('none', 'a', { triggers: undefined }),
    ),
  }),
};

const withWeight = (weight: unknown): Body => {
  const object = route('weighted');
  object.spec.http[0].route[0].weight = weight;
  return object;
};

/** Fields that nobody knows. */
const unknown: Sequence = {
  name: 'unknown-fields',
  needs: ['published'],
  steps: (ns) => {
    const strange = { ...autoscaler('strange', 'gateway', { futureField: 'lost' }) };
    const strangeRoute = route('strange');
    strangeRoute.spec.http[0].futureField = { nobody: 'knows' };
    return {
      'in a built-in kind': post(`${autoscalers(ns)}${dry}`, strange),
      'in a built-in kind, and it matters': post(`${autoscalers(ns)}${dry}&fieldValidation=Strict`, strange),
      'in a built-in kind, and nobody wants to hear of it': post(
        `${autoscalers(ns)}${dry}&fieldValidation=Ignore`,
        strange,
        { look: (body) => body.spec },
      ),
      'in a custom kind': post(`${routes(ns)}${dry}`, strangeRoute),
      'in a custom kind, and it matters': post(`${routes(ns)}${dry}&fieldValidation=Strict`, strangeRoute),
      'in the metadata': post(`${secrets(ns)}${dry}`, secret('strange', {}, { colour: 'blue' })),
    };
  },
};

const refusals: Sequence = {
  name: 'refusals',
  // With the published schemas the server checks more, and says more, than with small ones.
  needs: ['published'],
  steps: (ns) => ({
    'a first one': post(routes(ns), route('taken')),
    'a name that is taken': post(routes(ns), route('taken')),
    'a name that is taken, in a dry run': post(`${routes(ns)}?dryRun=All`, route('taken')),
    'a built-in kind': post(secrets(ns), secret('taken')),
    'a built-in name that is taken': post(secrets(ns), secret('taken')),
    'the name of a namespace that is taken': post(at('v1', null, 'namespaces'), { metadata: { name: ns } }),
    'into a missing namespace': post(secrets('c-nowhere'), secret('one')),
    'a custom kind into a missing namespace': post(routes('c-nowhere'), route('one')),
    'into another namespace than the path says': post(
      secrets(ns),
      secret('one', {}, { namespace: 'default' }),
    ),
    'a custom kind into another namespace': post(routes(ns), {
      ...route('one'),
      metadata: { name: 'one', namespace: 'default' },
    }),
    'without a namespace': post(at('v1', null, 'secrets'), secret('one')),
    'without a name': post(secrets(ns), { metadata: {} }),
    'a custom kind without a name': post(routes(ns), { ...route('x'), metadata: {} }),
    'without metadata': post(secrets(ns), {}),
    'a name with a capital': post(secrets(ns), secret('Payment_Gateway')),
    'a custom name with a capital': post(routes(ns), {
      ...route('x'),
      metadata: { name: 'Payment_Gateway' },
    }),
    'the name of a Service with a dot': post(services(ns), service('payment.gateway')),
    'a name that is too long': post(deployments(ns), deployment('a'.repeat(254))),
    'a namespace’s name with a dot': post(at('v1', null, 'namespaces'), { metadata: { name: 'c.nowhere' } }),
    'with a version': post(secrets(ns), secret('one', {}, { resourceVersion: '5' })),
    'a custom kind with a version': post(routes(ns), {
      ...route('x'),
      metadata: { name: 'x', resourceVersion: '5' },
    }),
    'another kind': post(secrets(ns), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } }),
    'another version of the API': post(secrets(ns), {
      apiVersion: 'v2',
      kind: 'Secret',
      metadata: { name: 'one' },
    }),
    'another kind into a custom one': post(routes(ns), rule('one')),
    'another version into a custom kind': post(routes(ns), {
      ...route('one'),
      apiVersion: 'networking.istio.io/v1beta1',
    }),
    'a custom kind that does not say what it is': post(routes(ns), { metadata: { name: 'one' }, spec: {} }),
    'text that is no JSON': post(secrets(ns), '{"metadata":'),
    'no text': post(secrets(ns), ''),
    'a list': post(secrets(ns), []),
    'a list into a custom kind': post(routes(ns), []),
    'a media type that is none': post(secrets(ns), secret('one'), { contentType: 'text/plain' }),
    'a custom kind in a media type that is none': post(routes(ns), route('one'), {
      contentType: 'text/plain',
    }),
    'in YAML': post(`${secrets(ns)}?dryRun=All`, 'metadata:\n  name: yaml\n', {
      contentType: 'application/yaml',
    }),
    'a dry run of a word that is none': post(`${secrets(ns)}?dryRun=some`, secret('one')),
    'a manager whose name is too long': post(`${secrets(ns)}?fieldManager=${'m'.repeat(129)}`, secret('one')),
    'onto a name': post(secrets(ns, 'taken'), secret('taken')),
    'a drawn name': post(secrets(ns), secret('', {}, { name: undefined, generateName: 'drawn-' })),
    'what the server alone writes': post(
      `${secrets(ns)}?dryRun=All`,
      secret(
        'one',
        {},
        {
          uid: 'mine',
          generation: 7,
          creationTimestamp: '2020-01-01T00:00:00Z',
          deletionTimestamp: '2020-01-01T00:00:00Z',
          selfLink: '/x',
        },
      ),
    ),
  }),
};

const withLabels = (labels: Body): Body => secret('labels', labels);

const labels: Sequence = {
  name: 'labels',
  steps: (ns) => ({
    'a value with a blank': post(secrets(ns), withLabels({ app: 'a b' })),
    'a value that is too long': post(secrets(ns), withLabels({ app: 'a'.repeat(64) })),
    'a key with a blank': post(secrets(ns), withLabels({ 'a b': 'c' })),
    'a key with two slashes': post(secrets(ns), withLabels({ 'a/b/c': 'd' })),
    'a key with a bad prefix': post(secrets(ns), withLabels({ 'A/b': 'c' })),
    'a key without a name': post(secrets(ns), withLabels({ 'a.b/': 'c' })),
    'two faults': post(secrets(ns), withLabels({ 'a b': 'c d' })),
    'a number': post(secrets(ns), withLabels({ app: 5 })),
    'a yes': post(secrets(ns), withLabels({ app: true })),
    'a null': post(`${secrets(ns)}?dryRun=All`, withLabels({ app: null })),
    'an annotation’s key with a blank': post(secrets(ns), secret('a', {}, { annotations: { 'a b': 'c' } })),
    'an annotation that is a number': post(secrets(ns), secret('a', {}, { annotations: { a: 5 } })),
    'annotations that are too large': post(
      secrets(ns),
      secret('a', {}, { annotations: { a: 'x'.repeat(262_145) } }),
    ),
    'a number on a custom kind': post(routes(ns), {
      ...route('x'),
      metadata: { name: 'x', labels: { app: 5 } },
    }),
    'a blank on a custom kind': post(routes(ns), {
      ...route('x'),
      metadata: { name: 'x', labels: { app: 'a b' } },
    }),
    'an owner without a uid': post(
      secrets(ns),
      secret('a', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'b' }] }),
    ),
    'two owners that control': post(
      secrets(ns),
      secret(
        'a',
        {},
        {
          ownerReferences: ['b', 'c'].map((name) => ({
            apiVersion: 'v1',
            kind: 'Secret',
            name,
            uid: name,
            controller: true,
          })),
        },
      ),
    ),
    'a finalizer without a domain': post(secrets(ns), secret('a', {}, { finalizers: ['mine'] })),
  }),
};

const invalid: Sequence = {
  name: 'invalid',
  steps: (ns) => ({
    'a Deployment without a spec': post(deployments(ns), { metadata: { name: 'none' } }),
    'a Deployment without a selector': post(deployments(ns), deployment('none', 1, { selector: undefined })),
    'a Deployment with an empty selector': post(deployments(ns), deployment('none', 1, { selector: {} })),
    'a Deployment whose selector is not its pods’': post(
      deployments(ns),
      deployment('none', 1, { selector: { matchLabels: { app: 'other' } } }),
    ),
    'a Deployment without containers': post(
      deployments(ns),
      deployment('none', 1, { template: { metadata: { labels: { app: 'none' } }, spec: {} } }),
    ),
    'a Deployment without an image': post(
      deployments(ns),
      deployment('none', 1, {
        template: { metadata: { labels: { app: 'none' } }, spec: { containers: [{ name: 'app' }] } },
      }),
    ),
    'a Deployment with two containers of a name': post(
      deployments(ns),
      deployment('none', 1, {
        template: {
          metadata: { labels: { app: 'none' } },
          spec: {
            containers: [
              { name: 'app', image: 'a' },
              { name: 'app', image: 'b' },
            ],
          },
        },
      }),
    ),
    'a Deployment with a container’s name in capitals': post(
      deployments(ns),
      deployment('none', 1, {
        template: {
          metadata: { labels: { app: 'none' } },
          spec: { containers: [{ name: 'App', image: 'a' }] },
        },
      }),
    ),
    'a Deployment that never restarts': post(
      deployments(ns),
      deployment('none', 1, { template: podTemplate({ app: 'none' }, { restartPolicy: 'Never' }) }),
    ),
    'a Deployment with fewer than no pods': post(deployments(ns), deployment('none', -1)),
    'a Deployment with pods in words': post(deployments(ns), deployment('none', 'three' as never)),
    'a Deployment with half a pod': post(deployments(ns), deployment('none', 1.5)),
    'a Deployment with a bad label on its pods': post(
      deployments(ns),
      deployment('none', 1, { template: podTemplate({ app: 'none', version: 'a b' }) }),
    ),
    'a Deployment with a port beyond the last': post(
      deployments(ns),
      deployment('none', 1, {
        template: {
          metadata: { labels: { app: 'none' } },
          spec: { containers: [{ name: 'app', image: 'a', ports: [{ containerPort: 70_000 }] }] },
        },
      }),
    ),
    'a Deployment with several faults': post(
      deployments(ns),
      deployment('Several', -1, { selector: { matchLabels: { app: 'other' } } }),
    ),
    'a Job without a policy': post(
      jobs(ns),
      job('none', ['x'], { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } }),
    ),
    'a Job that always restarts': post(
      jobs(ns),
      job('none', ['x'], {
        template: { spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'a' }] } },
      }),
    ),
    'a Job with a selector of its own': post(
      jobs(ns),
      job('none', ['x'], { selector: { matchLabels: { a: 'b' } } }),
    ),
    'a Job with a name that no label can be': post(jobs(ns), job('a'.repeat(64), ['x'])),
    'an autoscaler without a maximum': post(
      autoscalers(ns),
      autoscaler('none', 'x', { maxReplicas: undefined }),
    ),
    'an autoscaler whose minimum is above its maximum': post(
      autoscalers(ns),
      autoscaler('none', 'x', { minReplicas: 10 }),
    ),
    'an autoscaler with a minimum of nothing': post(
      autoscalers(ns),
      autoscaler('none', 'x', { minReplicas: 0 }),
    ),
    'an autoscaler without a target': post(
      autoscalers(ns),
      autoscaler('none', 'x', { scaleTargetRef: undefined }),
    ),
    'a budget with both bounds': post(
      budgets(ns),
      budget('none', { a: 'b' }, { minAvailable: 1, maxUnavailable: 1 }),
    ),
    'a budget with a share above all': post(
      budgets(ns),
      budget('none', { a: 'b' }, { minAvailable: '101%' }),
    ),
    'a budget below nothing': post(budgets(ns), budget('none', { a: 'b' }, { minAvailable: -1 })),
    'a Service without ports': post(services(ns), service('none', { ports: undefined })),
    'a Service with a port beyond the last': post(
      services(ns),
      service('none', { ports: [{ port: 70_000 }] }),
    ),
    'a Service with two ports without names': post(
      services(ns),
      service('none', { ports: [{ port: 80 }, { port: 81 }] }),
    ),
    'a quota that is no number': post(quotas(ns), quota('none', { pods: 'many' })),
    'an event about another namespace': post(
      events(ns),
      event('none', { kind: 'Pod', name: 'x', namespace: 'default' }),
    ),
    'an event about nothing': post(`${events(ns)}?dryRun=All`, event('none', {})),
  }),
};

export const CREATION: Subject = {
  name: 'creation',
  sequences: [defaults, published, unknown, refusals, labels, invalid],
};
