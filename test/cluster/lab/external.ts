/** A cluster of somebody's, through KUBECONFIG: what its current context says, with a token or the kubeconfig's own. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.ts';
import type { LabFacts } from './facts.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    cluster: { server: string; 'certificate-authority-data'?: string; 'certificate-authority'?: string };
  }[];
  readonly users: readonly { user: { token?: string } }[];
}

export async function externalFacts(dir: string): Promise<LabFacts> {
  const text = execFileSync('kubectl', ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'], {
    encoding: 'utf8',
  });
  const { clusters, users } = JSON.parse(text) as Kubeconfig;
  const cluster = clusters[0]?.cluster;
  const ca = cluster?.['certificate-authority-data'];
  if (cluster === undefined || ca === undefined)
    throw new Error('the current context of KUBECONFIG names no server with a certificate authority');
  const caFile = join(dir, 'ca.crt');
  writeFileSync(caFile, Buffer.from(ca, 'base64'));
  const adminToken = users[0]?.user.token ?? mintToken();
  const api = new Api({ server: cluster.server, caFile, token: adminToken });
  const { gitVersion } = await api.must('GET', '/version');
  api.close();
  // Its nodes pull no image of ours: what needs pods stays out.
  return {
    kind: 'external',
    dir,
    server: cluster.server,
    caFile,
    adminToken,
    hasPods: false,
    jq: null,
    version: gitVersion,
    crds: 'small',
  };
}

const ADMIN = 'dabbawala-lab-admin';
let isAdminMade = false;

/** Nobody's cluster keeps an account of ours that may do everything. */
export function dropAdmin(): void {
  if (!isAdminMade) return;
  const drop = (...object: string[]): void =>
    void execFileSync('kubectl', ['delete', '--ignore-not-found', ...object], { stdio: 'ignore' });
  drop('clusterrolebinding', ADMIN);
  drop('serviceaccount', ADMIN, '-n', 'default');
}

/** For a kubeconfig with a client certificate or a credential plug-in: an account of the test's own, made through it. */
const mintToken = (): string => {
  const kubectl = (...args: string[]): string => execFileSync('kubectl', args, { encoding: 'utf8' });
  const apply = (object: object): void =>
    void execFileSync('kubectl', ['apply', '-f', '-'], { input: JSON.stringify(object) });
  const name = ADMIN;
  isAdminMade = true;
  apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } });
  apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  });
  return kubectl('create', 'token', name, '-n', 'default', '--duration=2h').trim();
};
