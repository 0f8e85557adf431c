/** Delete: conditions, finalizers, dependents, collections. */
import { deployment, deployments, isSettled, route, routes, secret, secrets } from '../objects.ts';
import { at, get, given, patch, post, remove, type Sequence, type Subject, seenFirst } from '../sequence.ts';

const options = (more: object): object => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...more });

const conditions: Sequence = {
  name: 'conditions',
  steps: (ns) => ({
    'a route': given(post(routes(ns), route('gateway'))),
    'with another uid': remove(routes(ns, 'gateway'), options({ preconditions: { uid: 'other' } })),
    'with another version': remove(
      routes(ns, 'gateway'),
      options({ preconditions: { resourceVersion: '1' } }),
    ),
    'with a policy that is none': remove(routes(ns, 'gateway'), options({ propagationPolicy: 'Sideways' })),
    'with a policy and the old word for one': remove(
      routes(ns, 'gateway'),
      options({ propagationPolicy: 'Background', orphanDependents: true }),
    ),
    'in a dry run': remove(`${routes(ns, 'gateway')}?dryRun=All`),
    'in a dry run of the body': remove(routes(ns, 'gateway'), options({ dryRun: ['All'] })),
    'text that is no JSON': remove(routes(ns, 'gateway'), '{'),
    'options of another kind': remove(routes(ns, 'gateway'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
    }),
    'it is still there': get(routes(ns, 'gateway')),
    'with its uid': seenFirst((seen) =>
      remove(
        routes(ns, 'gateway'),
        options({ preconditions: { uid: seen['it is still there'].metadata.uid } }),
      ),
    ),
    'gone is gone': remove(routes(ns, 'gateway')),
    'a missing object of a group': remove(deployments(ns, 'none')),
    'a secret': given(post(secrets(ns), secret('one'))),
    'a built-in object': remove(secrets(ns, 'one')),
    'another secret': given(post(secrets(ns), secret('two'))),
    'a built-in object with another uid': remove(
      secrets(ns, 'two'),
      options({ preconditions: { uid: 'other' } }),
    ),
    'a built-in object with another version': remove(
      secrets(ns, 'two'),
      options({ preconditions: { resourceVersion: '1' } }),
    ),
    'a policy by the query': remove(`${secrets(ns, 'two')}?propagationPolicy=Foreground`),
    'that is gone too': get(secrets(ns, 'two'), { until: (_body, status) => status === 404 }),
    'a part of what is gone': remove(routes(ns, 'gateway', 'scale')),
  }),
};

const finalizers: Sequence = {
  name: 'finalizers',
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    const waiting = {
      ...route('gateway'),
      metadata: { name: 'gateway', finalizers: ['dabbawala.dev/wait'] },
    };
    return {
      'a route that waits': post(routes(ns), waiting),
      'told to go': remove(path),
      'told once more': remove(path),
      'seen while it goes': get(path),
      'changed while it goes': patch(`${path}?fieldManager=dabbawala`, [
        { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
      ]),
      'another finalizer while it goes': patch(path, [
        { op: 'add', path: '/metadata/finalizers/-', value: 'dabbawala.dev/more' },
      ]),
      'made again while it goes': post(routes(ns), route('gateway')),
      'the last finalizer goes': patch(path, [{ op: 'remove', path: '/metadata/finalizers' }]),
      'and so does it': get(path),
      'a secret that waits': given(
        post(secrets(ns), secret('one', {}, { finalizers: ['dabbawala.dev/wait'] })),
      ),
      'a built-in object told to go': remove(secrets(ns, 'one')),
      'its finalizer goes': patch(secrets(ns, 'one'), [{ op: 'remove', path: '/metadata/finalizers/0' }]),
    };
  },
};

const dependents: Sequence = {
  name: 'dependents',
  steps: (ns) => {
    const sets = at('apps/v1', ns, 'replicasets');
    const path = deployments(ns, 'gateway');
    return {
      'a Deployment': given(post(deployments(ns), deployment('gateway'))),
      settled: get(path, { until: isSettled }),
      'its set': get(sets),
      'as the bot deletes': seenFirst((seen) =>
        remove(
          path,
          options({ propagationPolicy: 'Foreground', preconditions: { uid: seen['settled'].metadata.uid } }),
        ),
      ),
      'it goes': get(path, { until: (_body, status) => status === 404 }),
      'and its set': get(sets, { until: (body) => body.items.length === 0 }),
      'a Deployment in its place': given(post(deployments(ns), deployment('gateway'))),
      'settled again': given(get(path, { until: isSettled })),
      'in the background': remove(path, options({ propagationPolicy: 'Background' })),
      'its set follows': get(sets, { until: (body) => body.items.length === 0 }),
      'a third': given(post(deployments(ns), deployment('gateway'))),
      'settled a third time': given(get(path, { until: isSettled })),
      alone: remove(path, options({ propagationPolicy: 'Orphan' })),
      'it is gone': get(path, { until: (_body, status) => status === 404 }),
      'its set stays': get(sets, {
        until: (body) => body.items[0]?.metadata.ownerReferences === undefined,
        look: (body) =>
          body.items.map(
            ({ metadata }: { metadata: { ownerReferences?: unknown } }) => metadata.ownerReferences ?? null,
          ),
      }),
    };
  },
};

const collections: Sequence = {
  name: 'collections',
  steps: (ns) => ({
    one: given(post(routes(ns), { ...route('one'), metadata: { name: 'one', labels: { a: 'b' } } })),
    two: given(post(routes(ns), route('two'))),
    'by a label': remove(`${routes(ns)}?labelSelector=a%3Db`),
    'what is left': get(routes(ns), {
      look: (body) => body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    }),
    'in a dry run': remove(`${routes(ns)}?dryRun=All`, undefined, {
      look: ({ kind, items }) => ({ kind, count: items?.length }),
    }),
    all: remove(routes(ns), options({})),
    'nothing is left': get(routes(ns)),
    'a secret': given(post(secrets(ns), secret('one', { a: 'b' }))),
    'of a built-in kind': remove(`${secrets(ns)}?labelSelector=a%3Db`),
  }),
};

export const DELETION: Subject = {
  name: 'deletion',
  sequences: [conditions, finalizers, dependents, collections],
};
