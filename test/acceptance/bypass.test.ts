/** A client that reaches the candidate's pods without the route, as one outside the mesh does. The whole bot. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KUBECTL_TOKEN } from '../../sandbox/world/ground.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests, NAMESPACE, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 60,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      // Probing lasts: this probe waits for something that does not come.
      serviceOf(config, 'payment-gateway').probes.push({
        name: 'later',
        ...{ group: 'performance', kind: 'promql', query: 'vector(0)', op: '==', value: 1 },
        ...{ retries: 20, interval: '1s' },
      });
      serviceOf(config, 'upi-switch').times['readiness'] = '8s';
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const read = async (path: string) => {
  const headers = { authorization: `Bearer ${KUBECTL_TOKEN}` };
  return (await fetch(`${world.cluster.url}${path}`, { headers })).json();
};

/** Sends to every pod of the candidate until it is told to stop; the mesh sees the name, or none. */
function sendPast(service: string, source: string): () => Promise<void> {
  let isOver = false;
  const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      const list = (await read(`${pods}?labelSelector=app=${service},dabbawala.dev/colour=green`)) as {
        items: { metadata: { name: string } }[];
      };
      const headers = {
        authorization: `Bearer ${KUBECTL_TOKEN}`,
        ...(source !== '' && { 'x-sandbox-source': source }),
      };
      await Promise.all(
        list.items.map(({ metadata }) =>
          fetch(`${world.cluster.url}${pods}/${metadata.name}/proxy/health`, { headers })
            .then((answer) => answer.arrayBuffer())
            .catch(() => undefined),
        ),
      );
      await delay(50);
    }
  };
  const running = loop();
  return async () => {
    isOver = true;
    await running;
  };
}

it('in preparing it holds at once, says how many and from whom, and goes on when they stop', async () => {
  const on = new Lane(world, 'ledger');
  await on.plan(ASHA, 'v5.1.0');
  const stop = sendPast('ledger', '');
  try {
    await on.approve(BHARAT);
    await on.shows(
      /PREPARING, HELD[\s\S]*green gets about [\d.]+ requests\/s past the route, before it has any weight, from clients without a sidecar/,
    );
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
  } finally {
    await stop();
  }
  await on.shows(/PROBING|SHIFTING|ANALYSING/, 20_000);
  await on.ask(ASHA, '/rollback ledger reason="seen enough"', /is accepted/);
  await on.shows(/ROLLED BACK/);
}, 60_000);

it('in preparing past the deadline it ends rolled back for it', async () => {
  const on = new Lane(world, 'upi-switch');
  await on.plan(ASHA, 'v1.9.0');
  const stop = sendPast('upi-switch', 'legacy-batch');
  try {
    await on.approve(BHARAT);
    await on.shows(
      /ROLLED BACK[\s\S]*past the route[\s\S]*from legacy-batch; still so after [\d.]+ min/,
      20_000,
    );
  } finally {
    await stop();
  }
  await memory.isFree('upi-switch');
  await until('the candidate has no pod', () => (on.deployment('green')?.ready === 0 ? true : null));
}, 60_000);

it('in probing it ends rolled back at once, the client named, though every probe would pass', async () => {
  const on = new Lane(world, 'payment-gateway');
  await on.plan(ASHA, 'v2.3.1');
  await on.approve(BHARAT);
  await on.shows(/PROBING[\s\S]*smoke/, 20_000);
  await until('its own probes are no bypass', async () =>
    (await memory.running('payment-gateway')).probes.every(
      ({ name, status }) => name === 'later' || status === 'passed',
    )
      ? true
      : null,
  );
  const stop = sendPast('payment-gateway', 'legacy-batch');
  try {
    await on.shows(
      /ROLLED BACK[\s\S]*green gets about [\d.]+ requests\/s past the route[\s\S]*from legacy-batch/,
    );
  } finally {
    await stop();
  }
  expect(on.weights()).toEqual({ blue: 100, green: 0 });
  expect(on.weightWrites().every(({ weights }) => weights.includes(100))).toBe(true);
  await memory.recorded(
    'why it ended',
    ({ action, data, object }) =>
      action === 'rollout.rollback' &&
      object.startsWith(on.target) &&
      data['reason'] === 'traffic_bypasses_router',
  );
  await memory.isFree('payment-gateway');
  expect(await lostRequests(world)).toEqual([]);
}, 60_000);
