/** A pod that Falco saw, from its card to its quarantine: the whole bot, the local Slack, the cluster simulator. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, BHARAT, ROOM, until, wordsOf } from './support/lane.ts';

const RULE = 'Terminal shell in container';
let world: World;
beforeAll(async () => {
  world = await startWorld({
    ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
    editConfig: edited((config) => {
      const people = { users: [ASHA] };
      config['rights'] = { ...(config['rights'] as object), quarantine: people, kill: people };
    }),
  });
}, 60_000);
afterAll(async () => world?.close());

const card = (): SeenMessage | undefined =>
  world.slack.messages(ROOM).find(({ text }) => text.includes(` ${RULE} `));
const shows = (pattern: RegExp): Promise<SeenMessage> =>
  until(
    `the card shows ${pattern}`,
    () => {
      const found = card();
      return found && pattern.test(wordsOf(found)) ? found : null;
    },
    20_000,
    () => wordsOf(card() as SeenMessage),
  );
const podOf = (name: string) =>
  world.cluster.read(`/api/v1/namespaces/payments/pods/${name}`) as
    | { readonly metadata: { readonly labels?: Record<string, string> } }
    | undefined;
async function fill(actionId: string, values: Readonly<Record<string, string>>): Promise<void> {
  await world.slack.click({ user: ASHA, channel: ROOM, ts: card()?.ts ?? '', actionId });
  const view = await until('the form is open', () => world.slack.views(ASHA).at(-1) ?? null);
  const found = /"value":"([0-9a-f-]{36})"/.exec(JSON.stringify(view.blocks))?.[1] ?? '';
  const chosen = values['pod'] === undefined ? values : { ...values, pod: found };
  await world.slack.submit({ user: ASHA, viewId: view.id, values: chosen });
}
const approve = () =>
  world.slack.click({ user: BHARAT, channel: ROOM, ts: card()?.ts ?? '', actionId: 'alert_approve' });

it('a pod is quarantined and then killed from its card, each after a second person’s yes', async () => {
  const pods = world.cluster.list('/api/v1/namespaces/payments/pods');
  const name = pods.map(({ metadata }) => metadata.name).find((one) => one.startsWith('ledger')) ?? '';
  const response = await fetch(`${world.bots[0]?.webhooksUrl}/falco`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.webhookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ rule: RULE, priority: 'Critical', source: 'syscall', hostname: 'node-1' },
      ...{ output: 'A shell was spawned', time: new Date().toISOString() },
      output_fields: { 'k8s.ns.name': 'payments', 'k8s.pod.name': name },
    }),
  });
  expect(response.status).toBe(200);
  await shows(/Quarantine pod…/);
  await fill('quarantine', { pod: 'chosen', reason: 'a shell in a payment pod' });
  await shows(/Approval wanted: quarantine pod ledger[\s\S]*a shell in a payment pod/);
  expect(podOf(name)?.metadata.labels?.['dabbawala.dev/quarantine']).toBeUndefined();
  await approve();
  await shows(/quarantined[\s\S]*approved by Bharat[\s\S]*Kill pod…/);
  expect(podOf(name)?.metadata.labels).toEqual({ 'dabbawala.dev/quarantine': 'true' });
  await fill('kill_pod', { reason: 'the memory is secured' });
  await shows(/Approval wanted: kill pod ledger/);
  await approve();
  await shows(/killed/);
  await until('the pod is gone', () => (podOf(name) === undefined ? true : null), 20_000);
}, 90_000);
