/** The admission policies that we ship, in force: applied, compiled by the server, and seen to refuse. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { admissionPolicies, type GuardedService } from '../../../src/adapters/kubernetes/admission-policy.ts';
import { Api, type Body } from './api.ts';
import { BOT, botToken } from './bot-account.ts';
import { labFacts } from './facts.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${ADMISSION}/validatingadmissionpolicies`;
const BINDINGS = `${ADMISSION}/validatingadmissionpolicybindings`;
const NAMES = { serviceAccount: BOT.name, botNamespace: BOT.namespace } as const;

/** An API client with the bot's own token and rights. */
export async function botApi(api: Api): Promise<Api> {
  const { server, caFile } = labFacts();
  return new Api({ server, caFile, token: await botToken(api) });
}

/**
 * Resolves when the server refuses by them.
 * @returns what its type checker says of the expressions; empty: nothing
 */
export async function applyGuard(api: Api, services: readonly GuardedService[]): Promise<readonly string[]> {
  for (const object of [...keeper, ...admissionPolicies(services, NAMES)]) await api.put(object);
  const warnings = await compiled(api);
  const bot = await botApi(api);
  try {
    await refuses(bot, services[0]?.namespace ?? '');
  } finally {
    bot.close();
  }
  return warnings;
}

/** Resolves when the server has forgotten them: policies of the same names that come later must be compiled anew. */
export async function removeGuard(api: Api): Promise<void> {
  await removeAll(api);
  // The server takes policies over in rounds, each all that there are: one that was made later shows that a round is over.
  const marker = `round-${randomBytes(4).toString('hex')}`;
  for (const object of refuseAll(marker)) await api.put(object);
  const bot = await botApi(api);
  await until(`the server has not seen ${marker}`, async () => {
    const { body } = await probe(bot, 'payments');
    return String(body.message).includes(marker);
  });
  await removeAll(api);
  await until('the policies still refuse', async () => (await probe(bot, 'payments')).status === 201);
  bot.close();
}

async function removeAll(api: Api): Promise<void> {
  for (const place of [BINDINGS, POLICIES])
    for (const { metadata } of await api.list(place))
      if (metadata.name !== KEEPER) await api.must('DELETE', `${place}/${metadata.name}`);
}

/**
 * Says nothing of anything, and keeps the server's eye on Deployments as parameters. Without it the last policy with such a
 * parameter would take that eye along, and kube-apiserver 1.36 does not open it again: policies that come later are judged
 * by Deployments as they were (a shared informer runs but once).
 */
const KEEPER = 'keeps-deployments-as-parameters';
const keeper: readonly object[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: KEEPER },
    spec: {
      paramKind: { apiVersion: 'apps/v1', kind: 'Deployment' },
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['podtemplates'] },
        ],
      },
      validations: [{ expression: 'true' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: KEEPER },
    spec: {
      policyName: KEEPER,
      validationActions: ['Deny'],
      paramRef: { name: 'none', namespace: 'default', parameterNotFoundAction: 'Allow' },
    },
  },
];

const refuseAll = (name: string): readonly object[] => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['jobs'] },
        ],
      },
      validations: [{ expression: 'false', message: name }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  },
];

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}, after 30 s`);
    await delay(100);
  }
}

async function compiled(api: Api): Promise<readonly string[]> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const policies = await api.list(POLICIES);
    const isChecked = policies.every(
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation && status.typeChecking !== undefined,
    );
    if (isChecked)
      return policies.flatMap(({ metadata, status }) =>
        (status.typeChecking.expressionWarnings ?? []).map(
          (warning: Body) => `${metadata.name} ${warning.fieldRef}: ${warning.warning}`,
        ),
      );
    if (performance.now() > deadline) throw new Error('the policies were not checked within 30 s');
    await delay(100);
  }
}

/** A Job that is no probe: within the Role, beyond the policies. */
const probe = (bot: Api, namespace: string) =>
  bot.send('POST', `/apis/batch/v1/namespaces/${namespace}/jobs?dryRun=All`, {
    body: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'no-probe' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:b' }] } } },
    },
  });

async function refuses(bot: Api, namespace: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { status, body } = await probe(bot, namespace);
    if (status !== 201 && /ValidatingAdmissionPolicy/.test(body.message)) return;
    if (performance.now() > deadline)
      throw new Error(`the policies do not refuse within 30 s: ${JSON.stringify(body)}`);
    await delay(100);
  }
}
