/** What stands around a service: autoscalers, budgets, quotas, claims, Services, policies of the mesh, events. */
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
  ISTIO,
  isSettled,
  mtls,
  mtlsPolicies,
  networkPolicies,
  networkPolicy,
  pods,
  podTemplate,
  quota,
  quotas,
  route,
  routes,
  rule,
  rules,
  scaledObject,
  scaledObjects,
  service,
  services,
} from '../objects.ts';
import {
  at,
  type Body,
  get,
  given,
  patch,
  post,
  remove,
  type Sequence,
  type Subject,
  seenFirst,
} from '../sequence.ts';

const BY_US = '?fieldManager=dabbawala';
const CONTROLLED = {
  'metadata.managedFields': 'the controller’s conditions depend on a metrics server, which neither has',
  status: 'as above',
};

const scalers: Sequence = {
  name: 'scalers',
  steps: (ns) => {
    const path = autoscalers(ns, 'gateway');
    return {
      'an autoscaler': post(
        `${autoscalers(ns)}${BY_US}`,
        autoscaler('gateway', 'gateway', { minReplicas: 2 }),
      ),
      'its controller wrote': get(path, {
        until: (body) => body.status?.conditions !== undefined,
        aside: { 'metadata.managedFields': CONTROLLED['metadata.managedFields'] },
      }),
      'another target': patch(
        `${path}${BY_US}`,
        [
          { op: 'test', path: '/spec/scaleTargetRef/name', value: 'gateway' },
          { op: 'add', path: '/spec/scaleTargetRef/name', value: 'gateway-blue' },
        ],
        { aside: CONTROLLED },
      ),
      'a higher minimum': patch(
        `${path}${BY_US}`,
        [
          { op: 'add', path: '/spec/minReplicas', value: 3 },
          { op: 'add', path: '/metadata/annotations', value: { 'dabbawala.dev/min': '2' } },
        ],
        { aside: CONTROLLED },
      ),
      'a minimum above the maximum': patch(`${path}${BY_US}`, [
        { op: 'add', path: '/spec/minReplicas', value: 30 },
      ]),
      'no minimum': patch(`${path}${BY_US}`, [{ op: 'remove', path: '/spec/minReplicas' }], {
        aside: CONTROLLED,
      }),
      'an annotation goes': patch(
        `${path}${BY_US}`,
        [{ op: 'remove', path: '/metadata/annotations/dabbawala.dev~1min' }],
        { aside: CONTROLLED },
      ),
      'all of them': get(`${autoscalers(ns)}?limit=500`, {
        aside: { 'items.*.metadata.managedFields': 'as above', 'items.*.status': 'as above' },
      }),
      'in the older version': get(at('autoscaling/v1', ns, 'horizontalpodautoscalers', 'gateway'), {
        aside: CONTROLLED,
        look: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name }),
      }),
      'it goes': remove(
        path,
        { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' },
        {
          aside: CONTROLLED,
          look: ({ kind, status }) => ({ kind, status: status === 'Success' ? status : null }),
        },
      ),
      gone: get(path, { until: (_body, status) => status === 404 }),
    };
  },
};

const twoScalers: Sequence = {
  name: 'two-scalers',
  needs: ['pods'],
  steps: (ns) => ({
    'a Deployment': given(post(deployments(ns), deployment('gateway', 1))),
    settled: given(get(deployments(ns, 'gateway'), { until: isSettled })),
    'another whose selector overlaps': given(
      post(
        deployments(ns),
        deployment('gateway-2', 1, {
          selector: { matchLabels: { app: 'gateway' } },
          template: podTemplate({ app: 'gateway', twin: 'yes' }),
        }),
      ),
    ),
    'settled too': given(get(deployments(ns, 'gateway-2'), { until: isSettled })),
    one: given(post(autoscalers(ns), autoscaler('one', 'gateway'))),
    two: given(post(autoscalers(ns), autoscaler('two', 'gateway-2'))),
    'both stop': get(autoscalers(ns, 'two'), {
      until: (body) =>
        (body.status?.conditions ?? []).some(({ reason }: Body) => reason === 'AmbiguousSelector'),
      look: ({ status }) => {
        const { message, ...rest } = status.conditions.find(({ type }: Body) => type === 'ScalingActive');
        // The two come in any order.
        return { ...rest, message: message.replace(/\[.*\]/, '[both]') };
      },
    }),
    'the first as well': get(autoscalers(ns, 'one'), {
      until: (body) =>
        (body.status?.conditions ?? []).some(({ reason }: Body) => reason === 'AmbiguousSelector'),
      look: ({ status }) => status.conditions.find(({ type }: Body) => type === 'ScalingActive').reason,
    }),
  }),
};

const keda: Sequence = {
  name: 'keda',
  steps: (ns) => {
    const path = scaledObjects(ns, 'gateway');
    return {
      'a scaled object': post(`${scaledObjects(ns)}${BY_US}`, scaledObject('gateway', 'gateway')),
      'another target and a higher minimum': patch(
        `${path}${BY_US}`,
        [
          { op: 'test', path: '/spec/scaleTargetRef/name', value: 'gateway' },
          { op: 'add', path: '/spec/scaleTargetRef/name', value: 'gateway-blue' },
          { op: 'add', path: '/spec/minReplicaCount', value: 4 },
        ],
        { aside: CONTROLLED },
      ),
      'read as the bot reads it': get(path, { aside: CONTROLLED }),
      'all of them': get(`${scaledObjects(ns)}?limit=500`, {
        aside: { 'items.*.metadata.managedFields': 'as above', 'items.*.status': 'as above' },
      }),
      'it goes': remove(
        path,
        { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' },
        { look: ({ status, details }) => ({ status, details }) },
      ),
    };
  },
};

const protection: Sequence = {
  name: 'protection',
  steps: (ns) => {
    const path = budgets(ns, 'gateway');
    return {
      'a budget': post(
        `${budgets(ns)}${BY_US}`,
        budget('gateway', { app: 'gateway', 'dabbawala.dev/colour': 'blue' }),
      ),
      'its controller wrote': get(path, { until: (body) => body.status?.conditions !== undefined }),
      'another colour': patch(
        `${path}${BY_US}`,
        [
          { op: 'test', path: '/spec/selector/matchLabels/dabbawala.dev~1colour', value: 'blue' },
          { op: 'add', path: '/spec/selector/matchLabels/dabbawala.dev~1colour', value: 'green' },
        ],
        { aside: { status: 'its controller is quick' } },
      ),
      'all of them': get(`${budgets(ns)}?limit=500`, {
        until: (body) => body.items[0].status.observedGeneration === 2,
      }),
      'a share': post(budgets(ns), budget('share', { a: 'b' }, { maxUnavailable: '25%' })),
      'a selector of nothing': post(`${budgets(ns)}?dryRun=All`, budget('none', {}, { minAvailable: 1 })),
    };
  },
};

const room: Sequence = {
  name: 'room',
  needs: ['pods'],
  steps: (ns) => ({
    'a quota': post(quotas(ns), quota('room', { pods: '1', 'count/deployments.apps': '1' })),
    'its controller wrote': get(`${quotas(ns)}?limit=500`, {
      until: (body) => body.items[0]?.status?.used?.pods === '0',
      aside: { 'items.*.metadata.managedFields': 'who counts: the controller or admission' },
    }),
    'a Deployment that fits': given(post(deployments(ns), deployment('gateway', 2))),
    'a Deployment too many': post(deployments(ns), deployment('ledger', 0)),
    'pods too many': get(deployments(ns, 'gateway'), {
      until: (body) =>
        (body.status?.conditions ?? []).some(({ type }: Body) => type === 'ReplicaFailure') &&
        body.status.readyReplicas === 1,
      look: ({ status }) =>
        status.conditions.map(({ type, status: is, reason }: Body) => `${type} ${is} ${reason}`).sort(),
    }),
    'a pod too many': post(pods(ns), { metadata: { name: 'one-more' }, ...podTemplate({ app: 'x' }) }),
    'what is used': get(quotas(ns, 'room'), {
      until: (body) => body.status?.used?.pods === '1',
      look: ({ status }) => status,
    }),
    'none of them': given(
      patch(deployments(ns, 'gateway'), [{ op: 'add', path: '/spec/replicas', value: 0 }]),
    ),
    'nothing is used': get(quotas(ns, 'room'), {
      until: (body) => body.status?.used?.pods === '0',
      look: ({ status }) => status,
    }),
  }),
};

const reach: Sequence = {
  name: 'reach',
  steps: (ns) => ({
    'a Service': post(services(ns), service('gateway')),
    'read as the bot reads it': get(services(ns, 'gateway')),
    'no such Service': get(services(ns, 'none')),
    'its slices': get(
      `${at('discovery.k8s.io/v1', ns, 'endpointslices')}?limit=500&labelSelector=kubernetes.io%2Fservice-name%3Dgateway`,
      {
        until: (body) => body.items.length === 1,
        aside: {
          'items.*.metadata.managedFields': 'never read',
          'items.*.metadata.annotations': 'a time of the controller',
          'items.*.metadata.labels': 'compared below',
        },
      },
    ),
    'another port': patch(services(ns, 'gateway'), [
      { op: 'replace', path: '/spec/ports/0/port', value: 81 },
    ]),
    'another address': patch(services(ns, 'gateway'), [
      { op: 'replace', path: '/spec/clusterIP', value: '10.96.1.2' },
    ]),
    'a claim': post(claims(ns), claim('data')),
    'read as the bot reads that': get(claims(ns, 'data'), {
      aside: { status: 'its controller is quick', 'metadata.managedFields': 'as above' },
    }),
    'no such claim': get(claims(ns, 'none')),
    'a claim that changes': patch(claims(ns, 'data'), [
      { op: 'replace', path: '/spec/accessModes', value: ['ReadWriteMany'] },
    ]),
  }),
};

const mesh: Sequence = {
  name: 'mesh',
  steps: (ns) => ({
    'a rule, as the bot makes it': post(`${rules(ns)}${BY_US}`, rule('gateway')),
    'a subset more': patch(`${rules(ns, 'gateway')}${BY_US}`, [
      { op: 'test', path: '/spec/subsets/1/name', value: 'green' },
      {
        op: 'add',
        path: '/spec/subsets/-',
        value: { name: 'red', labels: { 'dabbawala.dev/colour': 'red' } },
      },
    ]),
    'all rules': get(`${rules(ns)}?limit=500`),
    'a route': given(post(routes(ns), route('gateway', [undefined, undefined]))),
    'all routes': get(`${routes(ns)}?limit=500`),
    'the whole cluster’s routes': get(`${routes(null)}?limit=500&labelSelector=none%3Dsuch`),
    'the adoption of a route': seenFirst((_seen) =>
      patch(`${routes(ns, 'gateway')}${BY_US}`, [
        {
          op: 'test',
          path: '/spec/http/0/route',
          value: [0, 1].map((i) => route('gateway', [undefined, undefined]).spec.http[0].route[i]),
        },
        { op: 'add', path: '/spec/http/0/route', value: route('gateway', [100, 0]).spec.http[0].route },
      ]),
    ),
  }),
};

const policies: Sequence = {
  name: 'mesh-policies',
  needs: ['published'],
  steps: (ns) => ({
    none: get(`${mtlsPolicies(ns)}?limit=500`),
    'one that is strict': post(mtlsPolicies(ns), mtls('default', 'STRICT')),
    'all of them': get(`${mtlsPolicies(ns)}?limit=500`),
  }),
};

const notes: Sequence = {
  name: 'notes',
  steps: (ns) => {
    const about = (seen: Body): Body => ({
      apiVersion: ISTIO,
      kind: 'VirtualService',
      namespace: ns,
      name: 'gateway',
      uid: seen['a route'].metadata.uid,
    });
    return {
      'a route': given(post(routes(ns), route('gateway'))),
      'an event, as the bot writes it': seenFirst((seen) =>
        post(`${events(ns)}${BY_US}`, event('gateway.1', about(seen))),
      ),
      'the same once more': seenFirst((seen) =>
        post(`${events(ns)}${BY_US}`, event('gateway.1', about(seen))),
      ),
      'an event of a type that is none': seenFirst((seen) =>
        post(`${events(ns)}?dryRun=All`, event('gateway.2', about(seen), { type: 'Alarm' })),
      ),
      'an event with a long message': seenFirst(
        (seen) =>
          post(`${events(ns)}?dryRun=All`, event('gateway.3', about(seen), { message: 'm'.repeat(1025) })),
        { look: ({ message, ...rest }) => ({ ...rest, length: message.length }) },
      ),
      'all of them': get(`${events(ns)}?limit=500`),
      'by the object’s uid': seenFirst((seen) =>
        get(`${events(ns)}?fieldSelector=involvedObject.uid%3D${seen['a route'].metadata.uid}`),
      ),
      'by the object’s name and kind': get(
        `${events(ns)}?fieldSelector=involvedObject.name%3Dgateway,involvedObject.kind%3DVirtualService`,
        { look: (body) => body.items.length },
      ),
      'by reason': get(`${events(ns)}?fieldSelector=reason%3DRolledBack,type%3DWarning`, {
        look: (body) => body.items.length,
      }),
    };
  },
};

const isolation: Sequence = {
  name: 'isolation',
  steps: (ns) => ({
    'a policy that lets nothing through': post(`${networkPolicies(ns)}${BY_US}`, networkPolicy('quarantine')),
    'the same once more': post(`${networkPolicies(ns)}${BY_US}`, networkPolicy('quarantine')),
    'it is read': get(networkPolicies(ns, 'quarantine')),
    'a policy that is not there': get(networkPolicies(ns, 'nobody')),
    'a pod that is not there': get(pods(ns, 'nobody')),
  }),
};

export const NEIGHBOURS: Subject = {
  name: 'neighbours',
  sequences: [scalers, twoScalers, keda, protection, room, reach, mesh, policies, notes, isolation],
};
