/** Brings up etcd, the API server, its controllers and KWOK in this network namespace; and ends them. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Api } from './api.ts';
import { factsFile, KUBELET_PORT, type LabFacts, NODE_ADDRESS, POD_NETWORK } from './facts.ts';
import { Processes } from './processes.ts';
import type { Programs } from './programs.ts';

const SERVER = 'https://127.0.0.1:6443';
const STORE = 'http://127.0.0.1:2379';
const READY_WITHIN_MS = 120_000;
export const ISSUER = 'https://lab.local';

/** API server first: with its store gone first it hangs. */
export const DOWN_ORDER = [
  'kwok',
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
  'etcd',
] as const;

/** What the bot asks and what it is answered, whole; nothing of anybody else. */
const auditPolicy = (user: string) => ({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'RequestResponse', users: [user] }, { level: 'None' }],
});

const kubeconfigOf = (caFile: string, token: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'lab', cluster: { server: SERVER, 'certificate-authority': caFile } }],
  users: [{ name: 'admin', user: { token } }],
  contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'admin' } }],
  'current-context': 'lab',
});

const node = (number: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: `node-${number}`,
    labels: {
      'kubernetes.io/hostname': `node-${number}`,
      'topology.kubernetes.io/zone': `zone-${number}`,
      type: 'kwok',
    },
  },
  status: {
    allocatable: { cpu: '64', memory: '512Gi', pods: '500' },
    capacity: { cpu: '64', memory: '512Gi', pods: '500' },
  },
});

export interface UpOptions {
  readonly dir: string;
  readonly programs: Programs;
  /** Whose requests the audit log keeps. */
  readonly auditedUser: string;
}

export async function up({ dir, programs, auditedUser }: UpOptions): Promise<LabFacts> {
  // The pods' whole range leads to this namespace, so that a pod is a server on an address of its own.
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  execFileSync('ip', ['route', 'replace', 'local', POD_NETWORK, 'dev', 'lo']);
  const processes = new Processes(dir);
  const adminToken = randomBytes(16).toString('hex');
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  file(
    'sa.key',
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs1', format: 'pem' })
      .toString(),
  );
  file('token.csv', `${adminToken},admin,admin,system:masters\n`);
  file('audit.json', JSON.stringify(auditPolicy(auditedUser)));
  processes.start('etcd', need(programs, 'etcd'), [
    '--data-dir=etcd',
    '--unsafe-no-fsync',
    `--listen-client-urls=${STORE}`,
    `--advertise-client-urls=${STORE}`,
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--log-level=warn',
  ]);
  processes.start('kube-apiserver', need(programs, 'kube-apiserver'), apiServerArgs());
  const caFile = join(dir, 'certs', 'apiserver.crt');
  await until('the API server has a certificate', async () => existsSync(caFile), processes);
  const api = new Api({ server: SERVER, caFile, token: adminToken });
  await until(
    'the API server is ready',
    async () => (await api.send('GET', '/readyz')).status === 200,
    processes,
  );
  const hasPods = DOWN_ORDER.every((name) => programs[name] !== undefined);
  if (hasPods)
    await startNodes(
      api,
      processes,
      programs,
      file('kubeconfig', JSON.stringify(kubeconfigOf(caFile, adminToken))),
    );
  const { gitVersion } = await api.must('GET', '/version');
  api.close();
  return {
    kind: 'own',
    dir,
    server: SERVER,
    caFile,
    adminToken,
    hasPods,
    jq: programs.gojq ?? null,
    version: gitVersion,
    crds: 'small',
  };
}

export const writeFacts = (facts: LabFacts): void =>
  writeFileSync(factsFile(facts.dir), JSON.stringify(facts));

export const down = (dir: string): Promise<void> => new Processes(dir).endAll(DOWN_ORDER);

const need = (programs: Programs, name: keyof Programs): string => {
  const at = programs[name];
  if (at === undefined) throw new Error(`the lab needs ${name}`);
  return at;
};

const apiServerArgs = (): readonly string[] => [
  `--etcd-servers=${STORE}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=10.244.255.1',
  '--secure-port=6443',
  '--cert-dir=certs',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC',
  '--token-auth-file=token.csv',
  '--service-account-key-file=sa.key',
  '--service-account-signing-key-file=sa.key',
  `--service-account-issuer=${ISSUER}`,
  '--allow-privileged',
  '--kubelet-preferred-address-types=InternalIP',
  // There is no kube-proxy: APIs of others are reached at their endpoints.
  '--enable-aggregator-routing',
  '--audit-policy-file=audit.json',
  '--audit-log-path=audit.log',
  '--audit-log-mode=blocking',
];

async function startNodes(
  api: Api,
  processes: Processes,
  programs: Programs,
  kubeconfig: string,
): Promise<void> {
  processes.start('kube-controller-manager', need(programs, 'kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    '--service-account-private-key-file=sa.key',
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--horizontal-pod-autoscaler-sync-period=1s',
    '--resource-quota-sync-period=2s',
  ]);
  processes.start('kube-scheduler', need(programs, 'kube-scheduler'), [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
  processes.start('kwok', need(programs, 'kwok'), [
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=true',
    `--node-ip=${NODE_ADDRESS}`,
    `--node-port=${KUBELET_PORT}`,
    // Its own; the nodes' port is ours (node-agent.ts).
    '--server-address=127.0.0.1:10247',
    `--cidr=${POD_NETWORK}`,
    `--config=${fileURLToPath(new URL('./stages.yaml', import.meta.url))}`,
  ]);
  for (const number of [1, 2, 3]) await api.put(node(number));
  const isReady = async (): Promise<boolean> => {
    const nodes = await api.list('/api/v1/nodes');
    return nodes.every(({ status, spec }) => {
      const ready = status.conditions?.find(({ type }: { type: string }) => type === 'Ready');
      return ready?.status === 'True' && (spec.taints ?? []).length === 0;
    });
  };
  await until('the nodes are ready', isReady, processes);
}

async function until(what: string, isSo: () => Promise<boolean>, processes: Processes): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (performance.now() > deadline || !processes.isRunning('kube-apiserver'))
      throw new Error(`not within ${READY_WITHIN_MS / 1000} s: ${what}\n${processes.log('kube-apiserver')}`);
    await delay(50);
  }
}
