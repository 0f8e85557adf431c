/** Rollouts of several services, one after the other in each lane: some healthy, some that fail at a step chosen by chance. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Breach } from '../checker.ts';
import { type ChaosWorld, STEPS, VERSIONS } from './chaos-world.ts';
import type { Store } from './history.ts';
import { ChaosLane } from './lane.ts';
import type { Chance } from './seed.ts';

/** From the first failed request to weight 0: the window has to fill, then scrape, tick and write, on a busy machine. */
const BACK_WITHIN_MS = 15_000;

export const laneNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => (index % 2 === 0 ? `sound-${index}` : `broken-${index}`));

const isBroken = (service: string): boolean => service.startsWith('broken');

export interface Played {
  /** `sound-0 v1.2.0: promoted`, in the order of their ends. */
  readonly ends: readonly string[];
  /** Those that did not end as they should. */
  readonly wrong: readonly string[];
  readonly breaches: readonly Breach[];
}

/** Plays all lanes until `isEnough`; whatever runs then goes on to its end. */
export async function playRollouts(
  chaos: ChaosWorld,
  store: Store,
  names: readonly string[],
  chance: Chance,
  isEnough: () => boolean,
  firstVersion = 2,
): Promise<Played> {
  const ends: string[] = [];
  const wrong: string[] = [];
  const breaches: Breach[] = [];
  // Drawn before anything runs: the order in which lanes get on must not change what is drawn.
  const plans = names.map((service) => ({
    service,
    failsAt: VERSIONS.map(() => chance.pick([0, ...STEPS])),
  }));

  const playOne = async (lane: ChaosLane, version: string, failsAt: number): Promise<void> => {
    const { service } = lane;
    const fail = async (rollout: string): Promise<void> => {
      await chaos.world.mesh.setBehaviour(`tiffin/${service}`, version, { errorPercent: 60 });
      breaches.push({ service, rollout, at: Date.now(), withinMs: BACK_WITHIN_MS });
    };
    const id = await lane.deploy(version);
    if (isBroken(service)) {
      if (failsAt > 0)
        await lane.reaches(id, `has ${failsAt} %`, ({ desiredPercent }) => desiredPercent >= failsAt);
      await fail(id);
    }
    const { phase, cause } = await lane.ends(id);
    ends.push(`${service} ${version}: ${phase}`);
    const isRight = isBroken(service)
      ? phase === 'rolled-back' && cause.code.startsWith('rule_breached')
      : phase === 'promoted';
    if (!isRight) wrong.push(`${service} ${version} ended ${phase}: ${cause.text}`);
  };

  await Promise.all(
    plans.map(async ({ service, failsAt }, turn) => {
      const lane = new ChaosLane(chaos, store, service, turn);
      for (let index = firstVersion; index < VERSIONS.length && !isEnough(); index += 1)
        try {
          await playOne(lane, VERSIONS[index] ?? '', failsAt[index] ?? 0);
        } catch (error) {
          wrong.push(`${service}: ${String(error)}`);
          return;
        }
    }),
  );
  return { ends, wrong, breaches };
}

/** The cards say in the end what the store says. */
export async function cardsAreRight(
  chaos: ChaosWorld,
  store: Store,
  names: readonly string[],
): Promise<readonly string[]> {
  const wrong = async (): Promise<readonly string[]> => {
    const rollouts = await store.rollouts();
    return names.flatMap((service) => {
      const last = rollouts
        .filter(({ target, endedAt }) => target.service === service && endedAt !== null)
        .toSorted((a, b) => a.createdAt - b.createdAt)
        .at(-1);
      const wanted = last?.phase === 'promoted' ? 'PROMOTED' : 'ROLLED BACK';
      const card = chaos.world.slack
        .messages('C0WARROOM')
        .findLast((message) => message.metadata !== undefined && message.text.includes(` ${service} ·`));
      return card?.text.includes(wanted)
        ? []
        : [`${service}: ${last?.phase}, the card says ${card?.text.split('\n')[0]}`];
    });
  };
  const deadline = performance.now() + 45_000;
  for (;;) {
    const found = await wrong();
    if (found.length === 0 || performance.now() > deadline) return found;
    await delay(500);
  }
}
