/** Get, list, selectors, pages. */
import { route, routes, rule, rules, secret, secrets } from '../objects.ts';
import {
  at,
  type Body,
  get,
  given,
  post,
  type Sequence,
  type Step,
  type Subject,
  seenFirst,
} from '../sequence.ts';

const three = (ns: string): Readonly<Record<string, Step>> => ({
  one: given(post(secrets(ns), secret('one', { app: 'gateway', tier: 'front' }))),
  two: given(post(secrets(ns), secret('two', { app: 'ledger' }))),
  three: given(post(secrets(ns), secret('three', { app: 'gateway' }))),
});

/** Which objects come, in which order: the whole objects are compared once. */
const names = (body: Body): unknown => ({
  ...body,
  items: body.items?.map((item: Body) => item.metadata.name),
});

const SELECTORS: Readonly<Record<string, string>> = {
  'a label that is': 'labelSelector=app%3Dgateway',
  'a label that is, with two signs': 'labelSelector=app%3D%3Dgateway',
  'a label that is not': 'labelSelector=app!%3Dgateway',
  'a label of a set': 'labelSelector=app%20in%20(gateway,ledger)',
  'a label of no set': 'labelSelector=app%20notin%20(gateway)',
  'a label that exists': 'labelSelector=tier',
  'a label that does not exist': 'labelSelector=!tier',
  'two labels': 'labelSelector=app%3Dgateway,!tier',
  'a selector that nothing meets': 'labelSelector=app%3Dnone',
  'an empty selector': 'labelSelector=',
  'a selector that cannot be read': 'labelSelector=app%20in%20gateway',
  'a label that cannot be': 'labelSelector=app%3Da%2Fb',
  'a name': 'fieldSelector=metadata.name%3Dtwo',
  'not a name': 'fieldSelector=metadata.name!%3Dtwo',
  'a namespace of the field selector': 'fieldSelector=metadata.namespace%3Dnowhere',
  'a type': 'fieldSelector=type%3DOpaque',
  'a field that cannot be selected': 'fieldSelector=spec.colour%3Dblue',
  'a field selector that cannot be read': 'fieldSelector=metadata.name',
};

const selectors: Sequence = {
  name: 'selectors',
  steps: (ns) => ({
    ...three(ns),
    ...Object.fromEntries(
      Object.entries(SELECTORS).map(([name, query]) => [
        name,
        get(`${secrets(ns)}?${query}`, { look: names }),
      ]),
    ),
  }),
};

const lists: Sequence = {
  name: 'lists',
  steps: (ns) => ({
    'a list of nothing': get(secrets(ns)),
    'a list of nothing in no namespace': get(secrets('c-nowhere')),
    ...three(ns),
    'a list of a built-in kind': get(secrets(ns)),
    'a list from the cache': get(`${secrets(ns)}?resourceVersion=0`, { look: names }),
    'a list of the whole cluster': get(
      `${at('v1', null, 'secrets')}?fieldSelector=metadata.namespace%3D${ns}`,
      {
        look: names,
      },
    ),
    'a list of a version that is not yet': get(`${secrets(ns)}?resourceVersion=999999999`),
    'a list of no version': get(`${secrets(ns)}?resourceVersion=soon`),
    'a limit that is none': get(`${secrets(ns)}?limit=many`),
    'a negative limit': get(`${secrets(ns)}?limit=-1`, { look: names }),
    route: given(post(routes(ns), route('payment-gateway'))),
    rule: given(post(rules(ns), rule('payment-gateway'))),
    'a list of a custom kind': get(routes(ns)),
    'a list of a custom kind by a label': get(`${routes(ns)}?labelSelector=app%3Dgateway`),
    'a list of a custom kind by name': get(`${routes(ns)}?fieldSelector=metadata.name%3Dpayment-gateway`, {
      look: names,
    }),
    'a list of a custom kind in its older version': get(
      at('networking.istio.io/v1beta1', ns, 'virtualservices'),
    ),
    'a list of pods as the bot asks for it': get(`${at('v1', ns, 'pods')}?limit=500`),
    'a list as the bot asks for it': get(`${rules(ns)}?limit=500`),
    'a list as the bot asks for it, by labels': get(
      `${rules(ns)}?limit=500&labelSelector=dabbawala.dev%2Fcolour%3Dblue`,
    ),
  }),
};

const pages: Sequence = {
  name: 'pages',
  steps: (ns) => ({
    ...three(ns),
    'the first page': get(`${secrets(ns)}?limit=1`),
    'the second page': seenFirst(
      (seen) => get(`${secrets(ns)}?limit=1&continue=${seen['the first page'].metadata.continue}`),
      { look: names },
    ),
    'the last page': seenFirst(
      (seen) => get(`${secrets(ns)}?limit=1&continue=${seen['the second page'].metadata.continue}`),
      { look: names },
    ),
    'the rest in one page': seenFirst(
      (seen) => get(`${secrets(ns)}?continue=${seen['the first page'].metadata.continue}`),
      { look: names },
    ),
    'a page as large as the list': get(`${secrets(ns)}?limit=3`, { look: names }),
    'a page of what a selector picks': get(`${secrets(ns)}?limit=1&labelSelector=app%3Dgateway`, {
      look: names,
    }),
    'a token that is none': get(`${secrets(ns)}?limit=1&continue=***`),
    'a token with a version': seenFirst((seen) =>
      get(`${secrets(ns)}?limit=1&continue=${seen['the first page'].metadata.continue}&resourceVersion=5`),
    ),
    route: given(post(routes(ns), route('one'))),
    'another route': given(post(routes(ns), route('two'))),
    'a page of a custom kind': get(`${routes(ns)}?limit=1`, { look: names }),
  }),
};

const objects: Sequence = {
  name: 'objects',
  steps: (ns) => ({
    'a missing object': get(secrets(ns, 'none')),
    'a missing object of a group': get(at('apps/v1', ns, 'deployments', 'none')),
    'a missing custom object': get(routes(ns, 'none')),
    'a missing namespace': get(at('v1', null, 'namespaces', 'c-nowhere')),
    'an object in a missing namespace': get(secrets('c-nowhere', 'none')),
    'a missing part of an object': get(at('v1', ns, 'secrets', 'one', 'status')),
    'a part of a missing object': get(at('apps/v1', ns, 'deployments', 'none', 'scale')),
    'the log of a missing pod': get(at('v1', ns, 'pods', 'none', 'log')),
    one: given(post(secrets(ns), secret('one', { app: 'gateway' }))),
    'an object': get(secrets(ns, 'one')),
    'an object of a version that is not yet': get(`${secrets(ns, 'one')}?resourceVersion=999999999`),
    'an object for people': get(`${secrets(ns, 'one')}?pretty=true`),
    'an object with a slash behind it': get(`${secrets(ns, 'one')}/`),
    route: given(post(routes(ns), route('payment-gateway'))),
    'a custom object': get(routes(ns, 'payment-gateway')),
    'a custom object in its older version': get(
      at('networking.istio.io/v1beta1', ns, 'virtualservices', 'payment-gateway'),
    ),
    'a custom object in a version that is none': get(
      at('networking.istio.io/v9', ns, 'virtualservices', 'payment-gateway'),
    ),
    'the status of a custom object': get(routes(ns, 'payment-gateway', 'status')),
    'the namespace': get(at('v1', null, 'namespaces', ns)),
  }),
};

export const READING: Subject = { name: 'reading', sequences: [objects, lists, selectors, pages] };
