/** The admission policies that we ship, in force: applied, compiled by the server, and seen to refuse. */
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
  for (const object of admissionPolicies(services, NAMES)) await api.put(object);
  const warnings = await compiled(api);
  const bot = await botApi(api);
  try {
    await refuses(bot, services[0]?.namespace ?? '');
  } finally {
    bot.close();
  }
  return warnings;
}

export async function removeGuard(api: Api): Promise<void> {
  for (const place of [BINDINGS, POLICIES]) await api.must('DELETE', place);
  const bot = await botApi(api);
  const deadline = performance.now() + 30_000;
  while ((await probe(bot, 'payments')).status !== 201) {
    if (performance.now() > deadline) throw new Error('the policies still refuse after 30 s');
    await delay(100);
  }
  bot.close();
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
