/** Server-side apply, and who owns which field. */
import { deployments, ISTIO, isSettled, route, routes, secret, secrets } from '../objects.ts';
import {
  apply,
  type Body,
  get,
  given,
  patch,
  post,
  put,
  type Sequence,
  type Subject,
  seenFirst,
} from '../sequence.ts';

const weighted = (name: string, blue: number, green: number, more: Body = {}): Body => ({
  ...route(name, [blue, green]),
  ...more,
});

const applied: Sequence = {
  name: 'applied',
  steps: (ns) => {
    const path = routes(ns, 'gateway');
    const byArgo = `${path}?fieldManager=argocd-controller`;
    const byUs = `${path}?fieldManager=dabbawala`;
    return {
      'a new object': apply(byArgo, weighted('gateway', 100, 0)),
      'the same once more': apply(byArgo, weighted('gateway', 100, 0)),
      'other weights of its own': apply(byArgo, weighted('gateway', 90, 10)),
      'our weights': patch(byUs, [{ op: 'add', path: '/spec/http/0/route/0/weight', value: 50 }]),
      'against our weights': apply(byArgo, weighted('gateway', 100, 0)),
      'against our weights, in a dry run': apply(`${byArgo}&dryRun=All`, weighted('gateway', 100, 0)),
      'against our weights, by force': apply(`${byArgo}&force=true`, weighted('gateway', 100, 0)),
      'our weights again': patch(byUs, [{ op: 'add', path: '/spec/http/0/route/0/weight', value: 50 }]),
      'our entry is given back': seenFirst((seen) => {
        const entries: readonly Body[] = seen['our weights again'].metadata.managedFields;
        const index = entries.findIndex(({ manager }) => manager === 'dabbawala');
        return patch(byUs, [
          { op: 'test', path: `/metadata/managedFields/${index}/manager`, value: 'dabbawala' },
          { op: 'remove', path: `/metadata/managedFields/${index}` },
        ]);
      }),
      'no conflict any more': apply(byArgo, weighted('gateway', 100, 0)),
      'a field that is no longer said': apply(byArgo, {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        metadata: { name: 'gateway' },
        spec: { hosts: ['payment-gateway'] },
      }),
      'the same by two': apply(`${path}?fieldManager=flux`, {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        metadata: { name: 'gateway' },
        spec: { hosts: ['payment-gateway'] },
      }),
      'otherwise by one of two': apply(`${path}?fieldManager=flux`, {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        metadata: { name: 'gateway' },
        spec: { hosts: ['other'] },
      }),
      'an annotation': apply(`${path}?fieldManager=flux`, {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        metadata: { name: 'gateway', annotations: { a: 'b' } },
        spec: { hosts: ['payment-gateway'] },
      }),
      'nothing more of it': apply(`${path}?fieldManager=flux`, {
        apiVersion: ISTIO,
        kind: 'VirtualService',
        metadata: { name: 'gateway' },
      }),
      'without a manager': apply(path, weighted('gateway', 100, 0)),
      'without what it is': apply(byArgo, { metadata: { name: 'gateway' } }),
      'another name': apply(byArgo, weighted('other', 100, 0)),
      'another kind': apply(byArgo, { ...weighted('gateway', 1, 2), kind: 'Other' }),
      'with managed fields': apply(byArgo, {
        ...weighted('gateway', 1, 2),
        metadata: { name: 'gateway', managedFields: [{ manager: 'x' }] },
      }),
      'with an old version': apply(byArgo, {
        ...weighted('gateway', 1, 2),
        metadata: { name: 'gateway', resourceVersion: '1' },
      }),
      'force with another patch': patch(`${path}?force=true`, []),
    };
  },
};

const builtIn: Sequence = {
  name: 'applied-built-in',
  steps: (ns) => {
    const path = deployments(ns, 'gateway');
    const wanted = (replicas: number | null, image: string): Body => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'gateway', labels: { app: 'gateway' } },
      spec: {
        ...(replicas !== null && { replicas }),
        selector: { matchLabels: { app: 'gateway' } },
        template: {
          metadata: { labels: { app: 'gateway' } },
          spec: {
            containers: [
              { name: 'app', image, env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 8080 }] },
            ],
          },
        },
      },
    });
    const settled = given(get(path, { until: isSettled }));
    return {
      'a new Deployment': apply(`${path}?fieldManager=helm`, wanted(0, 'app:1')),
      'its controller wrote': get(path, { until: isSettled }),
      'our replicas': patch(`${path}?fieldManager=dabbawala`, [
        { op: 'add', path: '/spec/replicas', value: 0 },
        { op: 'add', path: '/metadata/annotations/dabbawala.dev~1rollout', value: 'r1' },
      ]),
      'settled 2': settled,
      'our image': patch(`${path}?fieldManager=dabbawala`, [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:2' },
      ]),
      'settled 3': settled,
      'against our image': apply(`${path}?fieldManager=helm`, wanted(0, 'app:3')),
      'without replicas': apply(`${path}?fieldManager=helm`, wanted(null, 'app:2'), {
        look: (body) => ({
          spec: body.spec,
          managedFields: body.metadata.managedFields.filter(
            ({ manager }: Body) => manager !== 'kube-controller-manager',
          ),
        }),
      }),
    };
  },
};

const updated: Sequence = {
  name: 'updated',
  steps: (ns) => {
    const path = secrets(ns, 'one');
    const us = `${path}?fieldManager=dabbawala`;
    return {
      'its owner': given(post(secrets(ns), secret('owner'))),
      'made by one': post(
        `${secrets(ns)}?fieldManager=terraform`,
        secret('one', { a: '1', b: '2' }, { annotations: { x: 'y' } }),
      ),
      'taken by another': patch(us, [{ op: 'replace', path: '/metadata/labels/a', value: '9' }]),
      'taken away': patch(us, [{ op: 'remove', path: '/metadata/labels/b' }]),
      'a manager by the program’s name': patch(path, [{ op: 'add', path: '/metadata/labels/c', value: '3' }]),
      'a finalizer': patch(us, [{ op: 'add', path: '/metadata/finalizers', value: ['dabbawala.dev/wait'] }]),
      'an owner': seenFirst((seen) =>
        patch(us, [
          {
            op: 'add',
            path: '/metadata/ownerReferences',
            value: [{ apiVersion: 'v1', kind: 'Secret', name: 'owner', uid: seen['its owner'].metadata.uid }],
          },
        ]),
      ),
      'data of its own': patch(us, [{ op: 'add', path: '/data', value: { key: 'dmFsdWU=' } }]),
      'replaced by a third': seenFirst((seen) =>
        put(`${path}?fieldManager=kubectl-replace`, {
          ...seen['data of its own'],
          data: { key: 'b3RoZXI=', more: 'bW9yZQ==' },
        }),
      ),
      'all of it goes': patch(us, [
        { op: 'remove', path: '/data' },
        { op: 'remove', path: '/metadata/annotations' },
        { op: 'remove', path: '/metadata/labels' },
      ]),
      'managed fields that nobody would write': patch(us, [
        {
          op: 'add',
          path: '/metadata/managedFields',
          value: [
            { manager: 'x', operation: 'Wrong', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
          ],
        },
      ]),
      'managed fields of a type that is none': patch(us, [
        {
          op: 'add',
          path: '/metadata/managedFields',
          value: [
            { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV9', fieldsV1: {} },
          ],
        },
      ]),
      'no managed fields': patch(us, [{ op: 'add', path: '/metadata/managedFields', value: [] }]),
      'as it is': get(path),
    };
  },
};

export const OWNERS: Subject = { name: 'owners', sequences: [applied, builtIn, updated] };
