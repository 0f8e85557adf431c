/** One service under chaos: people who ask again when nobody answered, and the outcome read from the store. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { ASHA, BHARAT, CHITRA, type Colour, Lane, ROOM } from '../../acceptance/support/lane.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Store } from './history.ts';

/** Nothing here waits long, but two busy cores may. */
const PATIENCE_MS = 180_000;
const ASK_AGAIN_MS = 8000;

/** Looks five times a second: many lanes share two cores with what they look at. */
async function until<T>(
  what: string,
  look: () => Promise<T | null>,
  withinMs: number,
  seen: () => unknown = () => '',
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline)
      throw new Error(`not within ${Math.round(withinMs / 1000)} s: ${what}\nseen last: ${String(seen())}`);
    await delay(200);
  }
}

const unlessAway = <T>(asked: Promise<T>): Promise<T | null> => asked.catch(() => null);

export class ChaosLane {
  readonly service: string;
  readonly people: Lane;
  readonly #chaos: ChaosWorld;
  readonly #store: Store;

  readonly #asker: string;

  /** @param turn lanes take turns in who asks: a person may type ten commands a minute */
  constructor(chaos: ChaosWorld, store: Store, service: string, turn: number) {
    this.#asker = [ASHA, BHARAT, CHITRA][turn % 3] ?? ASHA;
    this.#chaos = chaos;
    this.#store = store;
    this.service = service;
    this.people = new Lane(chaos.world, service);
  }

  /**
   * Asks until the plan is stored, again whenever nobody answered, the store was away, or this person asked too often.
   * What was accepted is never asked again: it may not be lost.
   */
  async ask(version: string): Promise<Rollout> {
    const text = `/deploy ${this.service} ${version} reason="chaos"`;
    const stored = (): Promise<Rollout | null> => unlessAway(this.#store.of(this.service, version));
    let askedAt = Number.NEGATIVE_INFINITY;
    await until(
      `the deploy of ${this.service} ${version} is stored`,
      async () => {
        if (await stored()) return true;
        if (performance.now() - askedAt < ASK_AGAIN_MS || this.#isAccepted(version)) return null;
        askedAt = performance.now();
        const { delivered } = await this.#chaos.world.slack.command({
          user: this.#asker,
          channel: ROOM,
          text,
        });
        if (!delivered) askedAt = Number.NEGATIVE_INFINITY;
        return null;
      },
      PATIENCE_MS,
      () => JSON.stringify(this.people.whispers(this.#asker).at(-1)?.text),
    );
    return until(
      `the plan of ${this.service} ${version}`,
      async () => {
        const found = await stored();
        if (found?.phase === 'closed') throw new Error(`${this.service}: ${found.cause.text}`);
        return found && found.phase !== 'planning' ? found : null;
      },
      PATIENCE_MS,
    );
  }

  #isAccepted(version: string): boolean {
    return this.people
      .whispers(this.#asker)
      .some(({ text }) => text.includes(this.service) && text.includes(version) && /is accepted/.test(text));
  }

  /** Both approvers press at once, again and again, until it is decided. */
  async approve(id: string): Promise<void> {
    await until(
      `the approval of ${this.service}`,
      async () => {
        const now = await unlessAway(this.#store.load(id));
        if (now && now.phase !== 'awaiting-approval') return true;
        const card = this.people.cards().at(-1);
        if (card)
          await Promise.all(
            [BHARAT, CHITRA].map((user) =>
              this.#chaos.world.slack
                .click({ user, channel: ROOM, ts: card.ts, actionId: 'approve' })
                // The card of this moment may have no such button.
                .catch(() => null),
            ),
          );
        return null;
      },
      PATIENCE_MS,
    );
  }

  async deploy(version: string): Promise<string> {
    const { id } = await this.ask(version);
    await this.approve(id);
    return id;
  }

  /** A person orders the way back. */
  async rollBack(): Promise<void> {
    await this.people.type(this.#asker, `/rollback ${this.service} reason="chaos"`);
  }

  /** The first state that fits. */
  reaches(
    id: string,
    what: string,
    fits: (rollout: Rollout) => boolean,
    withinMs = 300_000,
  ): Promise<Rollout> {
    let last: Rollout | null = null;
    return until(
      `${this.service} ${id} ${what}`,
      async () => {
        const now = await unlessAway(this.#store.load(id));
        last = now ?? last;
        return now && fits(now) ? now : null;
      },
      withinMs,
      () =>
        JSON.stringify(
          last && { phase: last.phase, cause: last.cause, hold: last.hold, percent: last.confirmedPercent },
        ),
    );
  }

  /** At the step, its weight seen: what the plan calls analysing, or baking at 100. */
  reachesStep(id: string, percent: number): Promise<Rollout> {
    return this.reaches(
      id,
      `is watched at ${percent} %`,
      ({ phase, confirmedPercent }) =>
        confirmedPercent === percent && (phase === 'analysing' || phase === 'baking'),
    );
  }

  ends(id: string, withinMs?: number): Promise<Rollout> {
    return this.reaches(id, 'ends', ({ endedAt }) => endedAt !== null, withinMs);
  }

  weightOf(colour: Colour): number {
    return this.people.weights()[colour];
  }
}
