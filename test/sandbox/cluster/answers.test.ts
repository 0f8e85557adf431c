import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import {
  APPS,
  BATCH,
  CORE,
  call,
  deployment,
  FakeRuntime,
  ISTIO,
  patch,
  type Reply,
  TOKEN,
  virtualService,
} from './support.ts';

/** The table of what a real API server answers, row by row. */

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime(), user: 'bot' });
});
afterAll(() => cluster.close());
beforeEach(() => {
  cluster.clearForbidden();
  cluster.seed([
    virtualService('ledger'),
    deployment('ledger', { replicas: 0 }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'payments' },
      data: { a: '1' },
    },
  ]);
});

const ROUTE = `${ISTIO}/virtualservices/ledger`;
const DEPLOYMENT = `${APPS}/deployments/ledger`;
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { a: '2' },
});

interface Row {
  readonly request: string;
  readonly ask: () => Promise<Reply>;
  readonly status: number;
  readonly body: object;
}

const rows: readonly Row[] = [
  {
    request: 'a JSON patch whose test of resourceVersion fails',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }]),
    status: 422,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    },
  },
  {
    request: 'a JSON patch into a path that does not exist',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'add', path: '/spec/http/7/route/0/weight', value: 5 }]),
    status: 422,
    body: {
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    },
  },
  {
    request: 'a JSON patch that removes what is not there',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'remove', path: '/metadata/labels' }]),
    status: 422,
    body: { reason: 'Invalid', details: {} },
  },
  {
    request: 'a JSON patch that replaces a weight that was never set',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'replace', path: '/spec/http/0/route/1/weight', value: 5 }]),
    status: 200,
    body: { kind: 'VirtualService', spec: { http: [{ route: [{ weight: 100 }, { weight: 5 }] }] } },
  },
  {
    request: 'a test of null where nothing is',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'test', path: '/spec/http/0/route/1/weight', value: null }]),
    status: 200,
    body: { kind: 'VirtualService' },
  },
  {
    request: 'a weight of -5',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'add', path: '/spec/http/0/route/1/weight', value: -5 }]),
    status: 200,
    body: { spec: { http: [{ route: [{ weight: 100 }, { weight: -5 }] }] } },
  },
  {
    request: 'a strategic merge patch on a custom resource',
    ask: () =>
      call(cluster.url, 'PATCH', ROUTE, { body: {}, type: 'application/strategic-merge-patch+json' }),
    status: 415,
    body: {
      kind: 'Status',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      reason: 'UnsupportedMediaType',
      code: 415,
    },
  },
  {
    request: 'a PUT with an old resourceVersion',
    ask: () => {
      const old = virtualService('ledger');
      return call(cluster.url, 'PUT', ROUTE, {
        body: { ...old, metadata: { ...old.metadata, resourceVersion: '1' } },
      });
    },
    status: 409,
    body: {
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on virtualservices.networking.istio.io "ledger": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'ledger', group: 'networking.istio.io', kind: 'virtualservices' },
      code: 409,
    },
  },
  {
    request: 'a PUT of a custom resource without resourceVersion',
    ask: () => call(cluster.url, 'PUT', ROUTE, { body: virtualService('ledger') }),
    status: 422,
    body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
  },
  {
    request: 'a patch that brings an old resourceVersion along',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'replace', path: '/metadata/resourceVersion', value: '1' }]),
    status: 409,
    body: { reason: 'Conflict' },
  },
  {
    request: 'an object that is not there',
    ask: () => call(cluster.url, 'GET', `${ISTIO}/virtualservices/none`),
    status: 404,
    body: {
      message: 'virtualservices.networking.istio.io "none" not found',
      reason: 'NotFound',
      details: { name: 'none', group: 'networking.istio.io', kind: 'virtualservices' },
      code: 404,
    },
  },
  {
    request: 'a create of a name that is taken',
    ask: () => call(cluster.url, 'POST', `${CORE}/configmaps`, { body: configMap('settings') }),
    status: 409,
    body: {
      message: 'configmaps "settings" already exists',
      reason: 'AlreadyExists',
      details: { name: 'settings', kind: 'configmaps' },
    },
  },
  {
    request: 'a create in a namespace that is not there',
    ask: () => call(cluster.url, 'POST', '/api/v1/namespaces/none/configmaps', { body: configMap('x') }),
    status: 404,
    body: { message: 'namespaces "none" not found', reason: 'NotFound' },
  },
  {
    request: 'a bad DNS name',
    ask: () => call(cluster.url, 'POST', `${CORE}/configmaps`, { body: configMap('Bad_Name') }),
    status: 422,
    body: {
      message: expect.stringMatching(
        /^ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": /,
      ),
      reason: 'Invalid',
      details: {
        name: 'Bad_Name',
        kind: 'ConfigMap',
        causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }],
      },
    },
  },
  {
    request: 'a change of a Deployment selector',
    ask: () =>
      patch(cluster.url, DEPLOYMENT, [
        { op: 'add', path: '/spec/selector/matchLabels/dabbawala.dev~1colour', value: 'blue' },
        { op: 'add', path: '/spec/template/metadata/labels/dabbawala.dev~1colour', value: 'blue' },
      ]),
    status: 422,
    body: {
      message: expect.stringMatching(
        /^Deployment\.apps "ledger" is invalid: spec\.selector: .*field is immutable$/,
      ),
      details: { causes: [{ field: 'spec.selector' }] },
    },
  },
  {
    request: 'a Deployment whose selector misses its template',
    ask: () => {
      const wrong = deployment('other');
      wrong.spec.selector.matchLabels.app = 'ledger';
      return call(cluster.url, 'POST', `${APPS}/deployments`, { body: wrong });
    },
    status: 422,
    body: { details: { causes: [{ field: 'spec.template.metadata.labels' }] } },
  },
  {
    request: 'a label value that is too long',
    ask: () =>
      patch(cluster.url, DEPLOYMENT, [{ op: 'add', path: '/metadata/labels/x', value: 'a'.repeat(64) }]),
    status: 422,
    body: { message: expect.stringContaining('must be no more than 63 bytes') },
  },
  {
    request: 'an annotation that is a number',
    ask: () => patch(cluster.url, ROUTE, [{ op: 'add', path: '/metadata/annotations/x', value: 7 }]),
    status: 422,
    body: { message: expect.stringContaining('cannot unmarshal number') },
  },
  {
    request: 'a Job that would be restarted for ever',
    ask: () =>
      call(cluster.url, 'POST', `${BATCH}/jobs`, {
        body: {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'probe' },
          spec: { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } },
        },
      }),
    status: 422,
    body: { details: { causes: [{ field: 'spec.template.spec.restartPolicy' }] } },
  },
  {
    request: 'a DELETE with a wrong preconditions.uid',
    ask: () => call(cluster.url, 'DELETE', DEPLOYMENT, { body: { preconditions: { uid: 'not-this-one' } } }),
    status: 409,
    body: {
      reason: 'Conflict',
      message: expect.stringMatching(
        /^Operation cannot be fulfilled on Deployment\.apps "ledger": the UID in the precondition \(not-this-one\) does not match/,
      ),
    },
  },
  {
    request: 'a DELETE with an old preconditions.resourceVersion',
    ask: () => call(cluster.url, 'DELETE', DEPLOYMENT, { body: { preconditions: { resourceVersion: '1' } } }),
    status: 409,
    body: { reason: 'Conflict' },
  },
  {
    request: 'no token',
    ask: () => call(cluster.url, 'GET', `${APPS}/deployments`, { headers: {} }),
    status: 403,
    body: {
      reason: 'Forbidden',
      message:
        'deployments.apps is forbidden: User "system:anonymous" cannot list resource "deployments" in API group "apps" in the namespace "payments"',
      details: { group: 'apps', kind: 'deployments' },
    },
  },
  {
    request: 'no token, on a path that is no resource',
    ask: () => call(cluster.url, 'GET', '/apis', { headers: {} }),
    status: 403,
    body: { message: 'forbidden: User "system:anonymous" cannot get path "/apis"', details: {} },
  },
  {
    request: 'a wrong token',
    ask: () => call(cluster.url, 'GET', DEPLOYMENT, { headers: { authorization: 'Bearer nobody' } }),
    status: 401,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    },
  },
  {
    request: 'no right to patch a route',
    ask: () => {
      cluster.setForbidden({ verb: 'patch', resource: 'virtualservices' });
      return patch(cluster.url, ROUTE, []);
    },
    status: 403,
    body: {
      reason: 'Forbidden',
      message:
        'virtualservices.networking.istio.io "ledger" is forbidden: User "bot" cannot patch resource "virtualservices" in API group "networking.istio.io" in the namespace "payments"',
      details: { name: 'ledger', group: 'networking.istio.io', kind: 'virtualservices' },
      code: 403,
    },
  },
  {
    request: 'no right to the pod proxy',
    ask: () => {
      cluster.setForbidden({ verb: 'get', resource: 'pods/proxy' });
      return call(cluster.url, 'GET', `${CORE}/pods/http:x:8080/proxy/health`);
    },
    status: 403,
    body: { message: expect.stringContaining('cannot get resource "pods/proxy" in API group ""') },
  },
  {
    request: 'a list with a selector nobody can read',
    ask: () => call(cluster.url, 'GET', `${CORE}/pods?labelSelector=${encodeURIComponent('a in b')}`),
    status: 400,
    body: { reason: 'BadRequest' },
  },
  {
    request: 'a body that is not JSON',
    ask: () => call(cluster.url, 'POST', `${CORE}/configmaps`, { body: '{' }),
    status: 400,
    body: { reason: 'BadRequest' },
  },
];

describe('the server answers', () => {
  it.each(rows)('$request with $status', async ({ ask, status, body }) => {
    const reply = await ask();
    expect(reply.body).toMatchObject(body);
    expect(reply.status).toBe(status);
  });

  it.each(['/apis/keda.sh/v1alpha1/namespaces/payments/scaledobjects', '/apis/none', '/nothing'])(
    'a path that nothing is installed at (%s) with plain text',
    async (path) => {
      const reply = await call(cluster.url, 'GET', path);
      expect(reply).toMatchObject({
        status: 404,
        text: '404 page not found\n',
        contentType: 'text/plain; charset=utf-8',
      });
    },
  );

  it('a kind whose CRD was taken away as if it had never been', async () => {
    cluster.removeKind('networking.istio.io/v1', 'virtualservices');
    const gone = await call(cluster.url, 'GET', ROUTE);
    const beta = await call(cluster.url, 'GET', ROUTE.replace('/v1/', '/v1beta1/'));
    cluster.restoreKind('networking.istio.io/v1', 'virtualservices');
    const back = await call(cluster.url, 'GET', ROUTE);
    expect([gone.status, gone.text, beta.status, back.status]).toEqual([
      404,
      '404 page not found\n',
      200,
      200,
    ]);
  });

  it('the same object under both versions of Istio', async () => {
    const beta = await call(cluster.url, 'GET', ROUTE.replace('/v1/', '/v1beta1/'));
    const stable = await call(cluster.url, 'GET', ROUTE);
    expect(beta.body.apiVersion).toBe('networking.istio.io/v1beta1');
    expect({ ...beta.body, apiVersion: stable.body.apiVersion }).toEqual(stable.body);
  });

  it('anyone who asks for its health and version', async () => {
    for (const path of ['/readyz', '/healthz', '/version']) {
      expect((await call(cluster.url, 'GET', path, { headers: {} })).status).toBe(200);
    }
  });
});
