/** `kubectl drain`, pod by pod: the Eviction API, which asks the PodDisruptionBudgets. */
import { setTimeout as delay } from 'node:timers/promises';
import { WORLD } from '../../../sandbox/contract.ts';
import { until } from '../../acceptance/support/lane.ts';
import type { Body, Reply } from '../lab/api.ts';
import { isReady, podsOf } from './busy.ts';
import type { RealWorld } from './real-world.ts';

type Colour = 'blue' | 'green' | 'plain';

const TRY_EVERY_MS = 400;

const ask = ({ cluster }: RealWorld, { metadata }: Body, isDryRun: boolean): Promise<Reply> =>
  cluster.api.send('POST', `/api/v1/namespaces/${WORLD.namespace}/pods/${metadata.name}/eviction`, {
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: metadata.name, namespace: WORLD.namespace },
      deleteOptions: { ...(isDryRun && { dryRun: ['All'] }), preconditions: { uid: metadata.uid } },
    },
  });

/** A ready pod goes, and another comes: as a node is drained. Asked again while the budget has no room, as kubectl does. */
export async function evict(world: RealWorld, service: string, colour: Colour): Promise<void> {
  const ready = () => podsOf(world, service, colour).filter(isReady);
  let answer: Reply | null = null;
  await until(
    `a pod of ${service} ${colour} is evicted`,
    async () => {
      const [pod] = ready();
      answer = pod === undefined ? null : await ask(world, pod, false);
      if (answer?.status !== 201) return null;
      await until('it is gone', () =>
        ready().some(({ metadata }) => metadata.uid === pod.metadata.uid) ? null : true,
      );
      return true;
    },
    30_000,
    () => JSON.stringify(answer),
  );
  await until(`${service} ${colour} is whole again`, () => (ready().length >= 2 ? true : null), 30_000);
}

/**
 * Asks all the while whether each ready pod of the service could be evicted.
 * @returns what was refused for another reason than a budget that has no room at that moment
 */
export function tryEvictions(
  world: RealWorld,
  service: string,
): { readonly refused: readonly string[]; readonly asked: () => number; close(): Promise<void> } {
  const ended = new AbortController();
  const refused: string[] = [];
  let asked = 0;
  const work = (async () => {
    while (!ended.signal.aborted) {
      for (const pod of podsOf(world, service).filter(isReady)) {
        const { status, body } = await ask(world, pod, true);
        asked += 1;
        // 429: no room now; 404 and 409: it went meanwhile.
        if (![201, 404, 409, 429].includes(status))
          refused.push(`${pod.metadata.name}: ${status} ${body.message}`);
      }
      await delay(TRY_EVERY_MS);
    }
  })();
  return {
    refused,
    asked: () => asked,
    close: async () => {
      ended.abort();
      await work;
    },
  };
}
