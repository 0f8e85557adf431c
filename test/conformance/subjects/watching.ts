/** Watches: which events, in which order, and when there are none. */
import { route, routes, secret, secrets } from '../objects.ts';
import {
  type Body,
  get,
  given,
  merge,
  patch,
  post,
  remove,
  type Sequence,
  type Subject,
  watch,
} from '../sequence.ts';

const names = (events: readonly Body[]): unknown =>
  events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.message}`);

const order: Sequence = {
  name: 'order',
  steps: (ns) => ({
    'a first': given(post(secrets(ns), secret('first'))),
    'a list': given(get(secrets(ns))),
    'from a list on': {
      ...watch(
        '',
        {
          'a second': given(post(secrets(ns), secret('second', { app: 'a' }))),
          'it changes': given(
            patch(`${secrets(ns, 'second')}?fieldManager=us`, [
              { op: 'add', path: '/metadata/labels/b', value: 'c' },
            ]),
          ),
          'it changes by a dry run': given(
            patch(`${secrets(ns, 'second')}?dryRun=All`, [
              { op: 'add', path: '/metadata/labels/x', value: 'y' },
            ]),
          ),
          'it changes into what it is': given(
            patch(`${secrets(ns, 'second')}?fieldManager=us`, [
              { op: 'add', path: '/metadata/labels/b', value: 'c' },
            ]),
          ),
          'a third': given(post(secrets(ns), secret('third'))),
          'the first goes': given(remove(secrets(ns, 'first'))),
          'the second goes': given(remove(secrets(ns, 'second'))),
        },
        5,
      ),
      request: (seen) => ({
        method: 'GET',
        path: `${secrets(ns)}?watch=1&resourceVersion=${seen['a list'].metadata.resourceVersion}`,
      }),
    },
    'from nothing on': watch(
      `${secrets(ns)}?watch=true`,
      { 'a fourth': given(post(secrets(ns), secret('fourth'))) },
      2,
    ),
    'from version 0 on': watch(`${secrets(ns)}?watch=true&resourceVersion=0`, {}, 2, {
      look: (events) => events.map(({ type, object }: Body) => `${type} ${object.metadata.name}`).sort(),
    }),
    'one by its name': watch(
      `${secrets(ns)}?watch=1&fieldSelector=metadata.name%3Dfifth`,
      {
        'a fifth': given(post(secrets(ns), secret('fifth'))),
        'another change': given(merge(secrets(ns, 'third'), { metadata: { labels: { a: 'b' } } })),
        'the fifth goes': given(remove(secrets(ns, 'fifth'))),
      },
      2,
      { look: names },
    ),
  }),
};

const selected: Sequence = {
  name: 'selected',
  steps: (ns) => ({
    'a list': given(get(routes(ns))),
    'by a label': {
      ...watch(
        '',
        {
          'one without': given(post(routes(ns), route('one'))),
          'it gets the label': given(merge(routes(ns, 'one'), { metadata: { labels: { app: 'a' } } })),
          'it changes with it': given(merge(routes(ns, 'one'), { spec: { hosts: ['b'] } })),
          'it loses it': given(merge(routes(ns, 'one'), { metadata: { labels: { app: 'z' } } })),
          'it changes without it': given(merge(routes(ns, 'one'), { spec: { hosts: ['c'] } })),
          'it gets it again': given(merge(routes(ns, 'one'), { metadata: { labels: { app: 'a' } } })),
          'it goes': given(remove(routes(ns, 'one'))),
        },
        5,
      ),
      request: (seen) => ({
        method: 'GET',
        path: `${routes(ns)}?watch=1&labelSelector=app%3Da&resourceVersion=${seen['a list'].metadata.resourceVersion}`,
      }),
    },
    'with a finalizer': given(
      post(routes(ns), { ...route('two'), metadata: { name: 'two', finalizers: ['dabbawala.dev/wait'] } }),
    ),
    'a list again': given(get(routes(ns))),
    'one that waits': {
      ...watch(
        '',
        {
          'it is told to go': given(remove(routes(ns, 'two'))),
          'it may go': given(patch(routes(ns, 'two'), [{ op: 'remove', path: '/metadata/finalizers' }])),
        },
        2,
      ),
      request: (seen) => ({
        method: 'GET',
        path: `${routes(ns)}?watch=1&resourceVersion=${seen['a list again'].metadata.resourceVersion}`,
      }),
    },
  }),
};

const marks: Sequence = {
  name: 'bookmarks',
  steps: (ns) => ({
    one: given(post(secrets(ns), secret('one'))),
    'all that is there, and a mark': watch(
      `${secrets(ns)}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
      {},
      2,
      {
        look: (events) =>
          events.map(({ type, object }: Body) =>
            type === 'BOOKMARK'
              ? { type, object: { ...object, metadata: { ...object.metadata, resourceVersion: 'any' } } }
              : { type, object },
          ),
      },
    ),
    'all that is there, of a custom kind': watch(
      `${routes(ns)}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
      {},
      1,
      {
        look: (events) =>
          events.map(({ type, object }: Body) => ({
            type,
            object: { ...object, metadata: { ...object.metadata, resourceVersion: 'any' } },
          })),
      },
    ),
    'without saying how old': get(`${secrets(ns)}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`),
  }),
};

const refused: Sequence = {
  name: 'watch-refused',
  steps: (ns) => ({
    'a version that is none': get(`${secrets(ns)}?watch=1&resourceVersion=soon`),
    'a version that is not yet': get(`${secrets(ns)}?watch=1&resourceVersion=999999999&timeoutSeconds=1`),
    'a selector that cannot be read': get(`${secrets(ns)}?watch=1&labelSelector=a%20in%20b`),
    'a kind that is none': get('/apis/nowhere.example/v1/things?watch=1'),
    'it ends in time': get(`${secrets(ns)}?watch=1&timeoutSeconds=1`),
    'a version that is forgotten': watch(`${routes(ns)}?watch=1&resourceVersion=2`, {}, 1),
  }),
};

export const WATCHING: Subject = { name: 'watching', sequences: [order, selected, marks, refused] };
