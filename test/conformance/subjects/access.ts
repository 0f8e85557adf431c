/** Who may, what is served, and what is not. */
import { deployment, deployments, ISTIO, route, routes, secret, secrets } from '../objects.ts';
import {
  at,
  type Body,
  get,
  given,
  patch,
  post,
  put,
  remove,
  type Sequence,
  type Subject,
} from '../sequence.ts';

const stranger = { as: 'stranger' } as const;

const rights: Sequence = {
  name: 'rights',
  steps: (ns) => ({
    'no token': get(secrets(ns), { as: 'nobody' }),
    'no token, for a custom kind': get(routes(ns, 'gateway'), { as: 'nobody' }),
    'a wrong token': get(secrets(ns), { as: 'impostor' }),
    'a wrong token, for a path': get('/version', { as: 'impostor' }),
    'no token, for a path that is open': get('/readyz', { as: 'nobody' }),
    'no token, for a path that is not': get('/metrics', { as: 'nobody' }),
    'no token, for the kinds': get('/apis', { as: 'nobody' }),
    get: get(deployments(ns, 'gateway'), stranger),
    'get of a custom kind': get(routes(ns, 'gateway'), stranger),
    'get of a core kind': get(secrets(ns, 'one'), stranger),
    list: get(routes(ns), stranger),
    'list of the whole cluster': get(routes(null), stranger),
    'list of namespaces': get(at('v1', null, 'namespaces'), stranger),
    'get of a namespace': get(at('v1', null, 'namespaces', ns), stranger),
    watch: get(`${routes(ns)}?watch=1`, stranger),
    create: post(routes(ns), route('gateway'), stranger),
    'create of a core kind': post(secrets(ns), secret('one'), stranger),
    patch: patch(routes(ns, 'gateway'), [], stranger),
    update: put(secrets(ns, 'one'), secret('one'), stranger),
    delete: remove(deployments(ns, 'gateway'), undefined, stranger),
    'delete of all': remove(deployments(ns), undefined, stranger),
    'a part': patch(deployments(ns, 'gateway', 'scale'), [], stranger),
    'the way into a pod': get(at('v1', ns, 'pods', 'gateway:8080', 'proxy/health'), stranger),
    'a log': get(at('v1', ns, 'pods', 'gateway', 'log'), stranger),
    'an eviction': post(at('v1', ns, 'pods', 'gateway', 'eviction'), {}, stranger),
    'a kind that is none': get(at('nowhere.example/v1', ns, 'things'), stranger),
    'in a namespace that is none': get(secrets('c-nowhere'), stranger),
    'the kinds': get('/apis/apps/v1', {
      ...stranger,
      look: ({ kind, groupVersion }) => ({ kind, groupVersion }),
    }),
    'the metrics of the server': get('/metrics', stranger),
  }),
};

const GROUPS = ['apps', 'autoscaling', 'batch', 'discovery.k8s.io', 'networking.istio.io', 'policy'];

/** Of what both serve; the real one serves far more. */
const resource =
  (...names: readonly string[]) =>
  (body: Body): unknown => ({
    ...body,
    resources: body.resources
      .filter(({ name }: Body) => names.includes(name))
      .map(({ storageVersionHash: _hash, ...rest }: Body) => rest)
      .sort((a: Body, b: Body) => (a.name < b.name ? -1 : 1)),
  });

const discovery: Sequence = {
  name: 'discovery',
  // What is served depends on which kinds are there.
  needs: ['published'],
  steps: () => ({
    version: get('/version', {
      look: (body) => ({
        major: body.major,
        minor: body.minor,
        gitVersion: body.gitVersion,
        fields: Object.keys(body)
          .filter((name) => !/ulationM|CompatibilityM/.test(name))
          .sort(),
      }),
    }),
    ready: get('/readyz'),
    alive: get('/livez'),
    healthy: get('/healthz'),
    'the core versions': get('/api', { look: ({ kind, versions }) => ({ kind, versions }) }),
    'all groups': get('/apis', {
      look: (body) => ({
        ...body,
        groups: body.groups
          .filter(({ name }: Body) => GROUPS.includes(name))
          .sort((a: Body, b: Body) => (a.name < b.name ? -1 : 1)),
      }),
    }),
    'a group': get('/apis/apps'),
    'a custom group': get('/apis/networking.istio.io', {
      look: ({ kind, apiVersion, name }) => ({ kind, apiVersion, name }),
    }),
    'a group that is none': get('/apis/nowhere.example'),
    'the core kinds': get('/api/v1', {
      look: resource(
        'pods',
        'pods/log',
        'pods/proxy',
        'pods/eviction',
        'services',
        'events',
        'secrets',
        'namespaces',
        'persistentvolumeclaims',
        'resourcequotas',
      ),
    }),
    'the kinds of a group': get('/apis/apps/v1', {
      look: resource('deployments', 'deployments/scale', 'deployments/status', 'replicasets'),
    }),
    'the kinds of a custom group': get(`/apis/${ISTIO}`, {
      look: resource('virtualservices', 'virtualservices/status', 'destinationrules'),
    }),
    'the kinds of autoscaling': get('/apis/autoscaling/v2', { look: resource('horizontalpodautoscalers') }),
    'the kinds of batch': get('/apis/batch/v1', { look: resource('jobs', 'jobs/status') }),
    'the kinds of policy': get('/apis/policy/v1', { look: resource('poddisruptionbudgets') }),
    'a version that is none': get('/apis/apps/v9'),
    'a kind that is none, of a group that is': get(at('apps/v1', 'default', 'things')),
    'a kind that is none, of the core': get(at('v1', 'default', 'things')),
    'a kind whose CRD is not installed': get(at('nowhere.example/v1', 'default', 'things', 'one')),
    'a list of it': get(at('nowhere.example/v1', 'default', 'things')),
    'a new one of it': post(at('nowhere.example/v1', 'default', 'things'), { metadata: { name: 'a' } }),
    'a patch of it': patch(at('nowhere.example/v1', 'default', 'things', 'one'), []),
    'a path that is none': get('/nowhere'),
  }),
};

const methods: Sequence = {
  name: 'methods',
  steps: (ns) => ({
    'a secret': given(post(secrets(ns), secret('one'))),
    'PUT of a collection': put(secrets(ns), secret('one')),
    'PATCH of a collection': patch(secrets(ns), []),
    'POST of an object': post(secrets(ns, 'one'), secret('one')),
    'POST of a custom object': post(routes(ns, 'one'), route('one')),
    'PUT of a custom collection': put(routes(ns), route('one')),
    'POST of the scale': post(deployments(ns, 'gateway', 'scale'), deployment('gateway')),
    'DELETE of a status': remove(deployments(ns, 'gateway', 'status')),
    'a method that is none': { request: { method: 'PURGE', path: secrets(ns, 'one') } },
    OPTIONS: { request: { method: 'OPTIONS', path: secrets(ns, 'one') } },
    'an object of a kind of namespaces without one': get(at('v1', null, 'secrets', 'one')),
  }),
};

export const ACCESS: Subject = { name: 'access', sequences: [rights, discovery, methods] };
