import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  podSchema,
  splitImage,
  toDeploymentState,
  toPodState,
  waitingReason,
} from '../../../src/adapters/kubernetes/observed.ts';
import { findOwner, metadataSchema } from '../../../src/adapters/kubernetes/owner.ts';
import { redact } from '../../../src/adapters/kubernetes/redact.ts';
import { RIGHTS, rbacRule, renderRbac } from '../../../src/adapters/kubernetes/rights.ts';

describe('rights', () => {
  const text = renderRbac({
    namespaces: ['payments', 'ledger'],
    serviceAccount: 'dabbawala',
    botNamespace: 'ops',
  });
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, never>);

  it('renders a ServiceAccount, and a Role with its binding per namespace', () => {
    expect(documents.map((document) => document.kind)).toEqual([
      'ServiceAccount',
      'Role',
      'RoleBinding',
      'Role',
      'RoleBinding',
    ]);
    expect(documents[1]).toMatchObject({ metadata: { name: 'dabbawala', namespace: 'payments' } });
    expect(documents[2]).toMatchObject({
      roleRef: { kind: 'Role', name: 'dabbawala' },
      subjects: [{ kind: 'ServiceAccount', name: 'dabbawala', namespace: 'ops' }],
    });
  });

  it('has no wildcard, no Secrets, no exec and nothing cluster-wide', () => {
    expect(text).not.toMatch(/"\*"|secrets"|pods\/exec|ClusterRole/);
  });

  it('gives every right a reason, and each rule is what an error prints', () => {
    const rules = (documents[1] as unknown as { rules: unknown[] }).rules;
    expect(rules).toEqual(RIGHTS.map((right) => parse(rbacRule(right))[0]));
    for (const right of RIGHTS) expect(text).toContain(`# ${right.why}`);
  });
});

describe('a Deployment whose pods the server refuses', () => {
  const message =
    'pods "x-1" is forbidden: exceeded quota: team, requested: pods=1, used: pods=9, limited: pods=9';
  const read = (conditions: readonly object[]) =>
    toDeploymentState(
      {
        metadata: { name: 'x', uid: 'u', resourceVersion: '1', generation: 1 },
        spec: { selector: {}, template: { spec: { containers: [{ name: 'x', image: 'r/x:1' }] } } },
        status: { conditions },
      },
      'x',
    ).replicaFailure;

  it('says why, in the words of the controller, while that is so', () => {
    expect(read([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }])).toBe(message);
    expect(read([{ type: 'ReplicaFailure', status: 'False', message }])).toBeNull();
    expect(read([{ type: 'Progressing', status: 'True', message: 'fine' }])).toBeNull();
  });
});

describe('findOwner', () => {
  const owner = (metadata: object) => findOwner(metadataSchema.parse({ name: 'x', ...metadata }));

  it.each([
    ['nothing', {}, null],
    ['the instance label alone', { labels: { 'app.kubernetes.io/instance': 'x' } }, null],
    ['managed-by Helm alone', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, null],
    ['kubectl', { managedFields: [{ manager: 'kubectl-edit' }] }, null],
    [
      'a tracking id',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:payments/x' } },
      'Argo CD (application shop)',
    ],
    [
      'the field manager of Argo CD',
      { labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: [{ manager: 'argocd-controller' }] },
      'Argo CD (application shop)',
    ],
    [
      'labels of a Kustomization',
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      'Flux (Kustomization flux-system/apps)',
    ],
    [
      'the kustomize-controller',
      { managedFields: [{ manager: 'kustomize-controller' }] },
      'Flux (Kustomization unknown)',
    ],
    ['a HelmRelease', { labels: { 'helm.toolkit.fluxcd.io/name': 'pg' } }, 'Flux (HelmRelease pg)'],
    [
      'a Helm release',
      { annotations: { 'meta.helm.sh/release-name': 'pg', 'meta.helm.sh/release-namespace': 'payments' } },
      'Helm (release payments/pg)',
    ],
  ])('%s', (_title, metadata, words) => {
    expect(owner(metadata)).toBe(words);
  });
});

describe('splitImage', () => {
  it.each([
    ['app', { repository: 'app', tag: null, digest: null }],
    ['registry:5000/team/app', { repository: 'registry:5000/team/app', tag: null, digest: null }],
    ['registry:5000/team/app:v1', { repository: 'registry:5000/team/app', tag: 'v1', digest: null }],
    ['r/app@sha256:ab', { repository: 'r/app', tag: null, digest: 'sha256:ab' }],
    ['r:1/app:v1@sha256:ab', { repository: 'r:1/app', tag: 'v1', digest: 'sha256:ab' }],
  ])('%s', (image, parts) => {
    expect(splitImage(image)).toEqual(parts);
  });
});

describe('pods', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const pod = (status: object) => podSchema.parse({ metadata: { name: 'p' }, status });

  it.each([
    ['pulled by digest', `docker-pullable://r/app@${digest}`, digest],
    ['of containerd', `r/app@${digest}`, digest],
    ['of an image config', digest, null],
    ['not there yet', '', null],
  ])('image id %s', (_title, imageID, expected) => {
    expect(toPodState(pod({ containerStatuses: [{ name: 'c', imageID }] }), 'c').imageDigest).toBe(expected);
  });

  it.each([
    ['running', { containerStatuses: [{ name: 'c', state: { running: {} } }] }, null],
    [
      'starting',
      { containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] },
      null,
    ],
    [
      'a broken image',
      { containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      'ImagePullBackOff',
    ],
    [
      'a crashing init container',
      { initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'CrashLoopBackOff',
    ],
    [
      'no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      'Unschedulable',
    ],
    ['no status at all', {}, null],
  ])('%s', (_title, status, reason) => {
    expect(waitingReason(pod(status))).toBe(reason);
  });
});

describe('redact', () => {
  it.each([
    ['password=hunter2', 'password=[hidden]'],
    ['DB_PASSWORD: "hunter 2", user: x', 'DB_PASSWORD: [hidden], user: x'],
    ['{"token":"abc","ok":true}', '{"token":[hidden],"ok":true}'],
    ['Authorization: Bearer abc.def', 'Authorization: [hidden] [hidden]'],
    ['sent bearer abcdef', 'sent bearer [hidden]'],
    ['postgres://user:pw@db/x failed', 'postgres://[hidden]@db/x failed'],
    ['card 4111 1111 1111 1111 declined', 'card [hidden] declined'],
    ['jwt eyJhbGciOi.eyJzdWIi.sig', 'jwt [hidden]'],
    ['two\nlines\tand \u001b[31mred\u001b[0m', 'two lines and red'],
    ['all 4 checks passed in 120 ms', 'all 4 checks passed in 120 ms'],
  ])('%j', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('is short', () => {
    expect(redact('ab '.repeat(200))).toHaveLength(200);
  });
});
