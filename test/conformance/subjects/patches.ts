/** JSON patch, merge patch, strategic merge patch, PUT. */
import { deployment, deployments, isSettled, route, routes, secret, secrets } from '../objects.ts';
import {
  at,
  type Body,
  get,
  given,
  JSON_PATCH,
  merge,
  patch,
  post,
  put,
  type Sequence,
  type Step,
  type Subject,
  seenFirst,
  strategic,
} from '../sequence.ts';

const BY_US = '?fieldManager=dabbawala';
const blue = '/spec/http/0/route/0';
const green = '/spec/http/0/route/1';

/** Steps that patch one object, each as it is left by the one before. */
const series = (path: string, patches: Readonly<Record<string, unknown>>): Readonly<Record<string, Step>> =>
  Object.fromEntries(Object.entries(patches).map(([name, body]) => [name, patch(`${path}${BY_US}`, body)]));

const weights: Sequence = {
  name: 'weights',
  // With the published schemas the server checks more, and says more, than with small ones.
  needs: ['published'],
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    return {
      'a route': post(routes(ns), route('gateway')),
      'the weights, as the bot writes them': seenFirst((seen) =>
        patch(`${path}${BY_US}`, [
          { op: 'test', path: '/metadata/resourceVersion', value: seen['a route'].metadata.resourceVersion },
          { op: 'test', path: `${blue}/destination/subset`, value: 'blue' },
          { op: 'test', path: `${green}/destination/subset`, value: 'green' },
          { op: 'add', path: `${blue}/weight`, value: 90 },
          { op: 'add', path: `${green}/weight`, value: 10 },
          { op: 'add', path: '/metadata/annotations/dabbawala.dev~1token.gateway', value: '7' },
        ]),
      ),
      'the version of before': seenFirst((seen) =>
        patch(`${path}${BY_US}`, [
          { op: 'test', path: '/metadata/resourceVersion', value: seen['a route'].metadata.resourceVersion },
          { op: 'add', path: `${blue}/weight`, value: 80 },
        ]),
      ),
      'the version of before, written instead of tested': seenFirst((seen) =>
        patch(`${path}${BY_US}`, [
          { op: 'add', path: '/metadata/resourceVersion', value: seen['a route'].metadata.resourceVersion },
          { op: 'add', path: `${blue}/weight`, value: 80 },
        ]),
      ),
      ...series(path, {
        'another destination than is there': [
          { op: 'test', path: `${blue}/destination/subset`, value: 'green' },
          { op: 'add', path: `${blue}/weight`, value: 80 },
        ],
        'the same once more': [
          { op: 'add', path: `${blue}/weight`, value: 90 },
          { op: 'add', path: `${green}/weight`, value: 10 },
        ],
        'a weight that is absent is replaced': [
          { op: 'remove', path: `${green}/weight` },
          { op: 'replace', path: `${green}/weight`, value: 5 },
        ],
        'a weight that is absent is removed': [
          { op: 'remove', path: `${green}/weight` },
          { op: 'remove', path: `${green}/weight` },
        ],
        'a weight that is null': [{ op: 'add', path: `${green}/weight`, value: null }],
        'a destination that is not there': [{ op: 'add', path: '/spec/http/0/route/7/weight', value: 5 }],
        'a destination behind the last': [
          { op: 'add', path: '/spec/http/0/route/-', value: { destination: { host: 'other' }, weight: 0 } },
        ],
        'a destination before the first': [
          { op: 'add', path: '/spec/http/0/route/0', value: { destination: { host: 'first' }, weight: 0 } },
        ],
        'the first destination goes': [{ op: 'remove', path: '/spec/http/0/route/0' }],
        'the last destination goes': [{ op: 'remove', path: '/spec/http/0/route/2' }],
        'a destination before the list': [
          { op: 'add', path: '/spec/http/0/route/-1', value: { destination: { host: 'late' }, weight: 0 } },
        ],
        'a destination that goes and is not there': [{ op: 'remove', path: '/spec/http/0/route/5' }],
        'two of them change places': [
          { op: 'move', from: '/spec/http/0/route/0', path: '/spec/http/0/route/1' },
        ],
        'a copy': [{ op: 'copy', from: '/spec/hosts/0', path: '/spec/hosts/1' }],
      }),
      'a copy of nothing': patch(`${path}${BY_US}&dryRun=All`, [
        { op: 'copy', from: '/spec/none', path: '/spec/hosts/1' },
      ]),
      'somebody else’s weights': patch(`${path}?fieldManager=argocd`, [
        { op: 'add', path: `${blue}/weight`, value: 50 },
      ]),
      'who owns what is looked up': get(path),
      'our entry is given back': seenFirst((seen) => {
        const entries: readonly Body[] = seen['who owns what is looked up'].metadata.managedFields;
        const index = entries.findIndex(({ manager }) => manager === 'argocd');
        return patch(`${path}${BY_US}`, [
          { op: 'test', path: `/metadata/managedFields/${index}/manager`, value: 'argocd' },
          { op: 'remove', path: `/metadata/managedFields/${index}` },
        ]);
      }),
      'nobody is recorded any more': patch(`${path}${BY_US}`, [
        { op: 'add', path: '/metadata/managedFields', value: [{}] },
      ]),
      'and it stays so': patch(`${path}${BY_US}`, [{ op: 'add', path: `${blue}/weight`, value: 51 }]),
    };
  },
};

const operations: Sequence = {
  name: 'operations',
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    return {
      'a route': given(post(routes(ns), route('gateway'))),
      ...series(path, {
        'the only entry is taken away': [{ op: 'remove', path: '/metadata/managedFields/0' }],
        'no operation': [],
        'an object instead of a list': { op: 'add', path: '/spec', value: 1 },
        'a word that is no operation': [{ op: 'set', path: '/spec/hosts', value: [] }],
        'without an operation': [{ path: '/spec/hosts', value: [] }],
        'without a path': [{ op: 'add', value: 1 }],
        'without a value': [{ op: 'add', path: '/metadata/annotations/a' }],
        'a path without a slash': [{ op: 'add', path: 'metadata/annotations/a', value: 'b' }],
        'a parent that is not there': [{ op: 'add', path: '/metadata/labels/a', value: 'b' }],
        'a parent that is a word': [{ op: 'add', path: '/metadata/name/a', value: 'b' }],
        'a test of null where nothing is': [{ op: 'test', path: '/metadata/labels', value: null }],
        'a test of null where something is': [{ op: 'test', path: '/metadata/annotations', value: null }],
        'a test without a value': [{ op: 'test', path: '/metadata/annotations' }],
        'a test of a whole object': [
          { op: 'test', path: '/metadata/annotations', value: { team: 'payments' } },
        ],
        'a test of what is not there': [{ op: 'test', path: '/spec/none/at/all', value: 1 }],
        'a test of a number that is written otherwise': [
          { op: 'test', path: '/spec/http/0/route/0/weight', value: 100.0 },
        ],
        'a test of a number by its word': [{ op: 'test', path: '/spec/http/0/route/0/weight', value: '100' }],
        'another name': [{ op: 'replace', path: '/metadata/name', value: 'other' }],
        'another namespace': [{ op: 'replace', path: '/metadata/namespace', value: 'default' }],
        'another kind': [{ op: 'replace', path: '/kind', value: 'Other' }],
        'another version of the API': [
          { op: 'replace', path: '/apiVersion', value: 'networking.istio.io/v1beta1' },
        ],
        'another uid': [{ op: 'replace', path: '/metadata/uid', value: 'other' }],
        'another generation': [{ op: 'replace', path: '/metadata/generation', value: 77 }],
        'another time of creation': [
          { op: 'replace', path: '/metadata/creationTimestamp', value: '2020-01-01T00:00:00Z' },
        ],
        'no version': [
          { op: 'remove', path: '/metadata/resourceVersion' },
          { op: 'add', path: '/metadata/annotations/seen', value: 'yes' },
        ],
        'a number as annotation': [{ op: 'add', path: '/metadata/annotations/a', value: 5 }],
        'no metadata': [{ op: 'remove', path: '/metadata' }],
        'a status that is not ours to write': [{ op: 'add', path: '/status', value: { mine: true } }],
        'all annotations go': [{ op: 'remove', path: '/metadata/annotations' }],
        'a finalizer': [{ op: 'add', path: '/metadata/finalizers', value: ['dabbawala.dev/wait'] }],
        'a bad label': [{ op: 'add', path: '/metadata/labels', value: { app: 'a b' } }],
        'a dry run that fails': [{ op: 'test', path: '/metadata/name', value: 'x' }],
      }),
      'a dry run': patch(`${path}${BY_US}&dryRun=All`, [
        { op: 'add', path: '/spec/http/0/route/0/weight', value: 42 },
      ]),
      'after the dry run': get(path),
      'of its status': patch(`${routes(ns, 'gateway', 'status')}${BY_US}`, [
        { op: 'add', path: '/status', value: { observedGeneration: 1 } },
      ]),
      'of its status, with something else': patch(`${routes(ns, 'gateway', 'status')}${BY_US}`, [
        { op: 'add', path: '/status/observedGeneration', value: 2 },
        { op: 'add', path: '/spec/hosts/0', value: 'evil' },
      ]),
      'in its older version': patch(
        `${at('networking.istio.io/v1beta1', ns, 'virtualservices', 'gateway')}${BY_US}`,
        [{ op: 'add', path: '/spec/http/0/route/0/weight', value: 43 }],
      ),
      'of a missing object': patch(routes(ns, 'none'), [{ op: 'add', path: '/spec/hosts', value: [] }]),
      'of a missing built-in object': patch(secrets(ns, 'none'), [
        { op: 'add', path: '/metadata/labels', value: {} },
      ]),
      'of a collection': patch(routes(ns), [{ op: 'add', path: '/spec/hosts', value: [] }]),
      'text that is no JSON': patch(path, '[{'),
      'no text': patch(path, ''),
      'a media type that is none': patch(path, {}, { contentType: 'text/plain' }),
      'no media type of a patch': patch(path, {}, { contentType: 'application/json' }),
      'a strategic patch of a custom kind': strategic(path, { metadata: { labels: { a: 'b' } } }),
      'a media type with its letters': patch(path, [], { contentType: `${JSON_PATCH}; charset=utf-8` }),
    };
  },
};

const merges: Sequence = {
  name: 'merges',
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    return {
      'a route': given(post(routes(ns), route('gateway'))),
      'an annotation': merge(`${path}?fieldManager=kubectl-annotate`, {
        metadata: { annotations: { by: 'hand' } },
      }),
      'an annotation that goes': merge(path, { metadata: { annotations: { by: null } } }),
      'an annotation that goes and was not there': merge(path, { metadata: { annotations: { none: null } } }),
      'a whole list': merge(`${path}?fieldManager=kubectl-edit`, {
        spec: {
          http: [{ route: [{ destination: { host: 'payment-gateway', subset: 'green' }, weight: 100 }] }],
        },
      }),
      nothing: merge(path, {}),
      'an old version': merge(path, { metadata: { resourceVersion: '1' }, spec: { hosts: ['evil'] } }),
      'another uid': merge(path, { metadata: { uid: 'other' } }),
      'another name': merge(path, { metadata: { name: 'other' } }),
      'a list': merge(path, [{ op: 'add' }]),
      'text that is no JSON': merge(path, '{'),
      'a number as annotation': merge(path, { metadata: { annotations: { a: 5 } } }),
      'no annotations': merge(path, { metadata: { annotations: null } }),
      'a bad label': merge(path, { metadata: { labels: { app: 'a b' } } }),
      'of a missing object': merge(routes(ns, 'none'), {}),
      'a dry run': merge(`${path}?dryRun=All`, { metadata: { labels: { a: 'b' } } }),
      secret: given(post(secrets(ns), secret('one', { a: 'b' }))),
      'a label of a built-in kind': merge(secrets(ns, 'one'), { metadata: { labels: { a: null, c: 'd' } } }),
    };
  },
};

const strategics: Sequence = {
  name: 'strategics',
  steps: (ns) => {
    const path = deployments(ns, 'gateway');
    const settled = given(get(path, { until: isSettled }));
    return {
      'a Deployment': given(post(deployments(ns), deployment('gateway'))),
      settled,
      'an image, by its container': strategic(`${path}?fieldManager=kubectl-set`, {
        spec: { template: { spec: { containers: [{ name: 'app', image: 'registry.example/other:1' }] } } },
      }),
      'settled again': settled,
      'a variable more': strategic(path, {
        spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'MORE', value: '1' }] }] } } },
      }),
      'a container more': strategic(
        path,
        { spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } } },
        { look: (body) => body.spec.template.spec.containers.map(({ name }: Body) => name) },
      ),
      'a container less': strategic(
        path,
        { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } } },
        { look: (body) => body.spec.template.spec.containers.map(({ name }: Body) => name) },
      ),
      'a label': strategic(
        path,
        { metadata: { labels: { tier: 'front' } } },
        { look: (body) => body.metadata.labels },
      ),
      'an old version': strategic(path, { metadata: { resourceVersion: '1' } }),
      'without the key of a list': strategic(path, {
        spec: { template: { spec: { containers: [{ image: 'x' }] } } },
      }),
      'text that is no JSON': strategic(path, '{'),
    };
  },
};

const replacements: Sequence = {
  name: 'replacements',
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    const read = (seen: Body, change: (object: Body) => void): Body => {
      const object = structuredClone(seen['a route']);
      change(object);
      return object;
    };
    return {
      'a route': post(routes(ns), route('gateway')),
      'a replacement': seenFirst((seen) =>
        put(
          `${path}?fieldManager=kubectl-replace`,
          read(seen, (object) => {
            object.spec.hosts = ['other'];
          }),
        ),
      ),
      'from the version of before': seenFirst((seen) =>
        put(
          path,
          read(seen, (object) => {
            object.spec.hosts = ['evil'];
          }),
        ),
      ),
      'without a version': seenFirst((seen) =>
        put(
          path,
          read(seen, (object) => {
            delete object.metadata.resourceVersion;
          }),
        ),
      ),
      'under another name': seenFirst((seen) =>
        put(
          path,
          read(seen, (object) => {
            object.metadata.name = 'other';
          }),
        ),
      ),
      'in another namespace': seenFirst((seen) =>
        put(
          path,
          read(seen, (object) => {
            object.metadata.namespace = 'default';
          }),
        ),
      ),
      'with another uid': seenFirst((seen) =>
        put(
          path,
          read(seen, (object) => {
            object.metadata.uid = 'other';
            delete object.metadata.resourceVersion;
          }),
        ),
      ),
      'of a missing object': put(routes(ns, 'none'), route('none')),
      'of a missing object with a version': put(routes(ns, 'none'), {
        ...route('none'),
        metadata: { name: 'none', resourceVersion: '5' },
      }),
      'of a missing built-in object': put(secrets(ns, 'none'), secret('none')),
      'a secret': given(post(secrets(ns), secret('one', { a: 'b' }))),
      'of a built-in object without a version': put(secrets(ns, 'one'), secret('one', { c: 'd' })),
      'of a built-in object under another name': put(secrets(ns, 'one'), secret('two')),
      'the same once more': put(secrets(ns, 'one'), secret('one', { c: 'd' })),
    };
  },
};

export const PATCHES: Subject = {
  name: 'patches',
  sequences: [weights, operations, merges, strategics, replacements],
};
