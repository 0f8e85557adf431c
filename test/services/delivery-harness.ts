/** The delivery loop against a fake chat, with a clock that moves only while the loop sleeps. */
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { CardDelivery, type DeliveryHooks } from '../../src/services/deliver-cards.ts';
import { FakeChat } from '../fakes/fake-chat.ts';
import { createMemoryStores, type MemoryStores } from '../fakes/memory-store.ts';
import { makeRollout, T0 } from '../support/rollout-fixtures.ts';

export const CHANNEL = 'C0WARROOM';
export const ID = 'r-aaaaaaaaaaaa';

/** Time that passes only while the loop sleeps; what a test schedules happens on the way. */
export class LoopTime {
  nowMs = 0;
  readonly #later: { at: number; work: () => Promise<void> | void }[] = [];

  readonly now = (): number => this.nowMs;
  readonly sleep = async (ms: number): Promise<void> => {
    const until = this.nowMs + ms;
    for (const due of this.#later.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)) {
      this.#later.splice(this.#later.indexOf(due), 1);
      this.nowMs = Math.max(this.nowMs, due.at);
      await due.work();
    }
    this.nowMs = until;
    if (until > 3_600_000) throw new Error('the loop slept for an hour');
  };

  at(ms: number, work: () => Promise<void> | void): void {
    this.#later.push({ at: ms, work });
  }
}

export let time: LoopTime;
export let chat: FakeChat;
export let stores: MemoryStores;
export let budget: Map<string, number>;
/** How each budget was asked for. */
export let asked: [method: string, urgency: string][];

export const reset = (): void => {
  time = new LoopTime();
  chat = new FakeChat(time.now);
  stores = createMemoryStores();
  budget = new Map();
  asked = [];
};

export const delivery = (hooks: DeliveryHooks = {}, live = 1): CardDelivery =>
  new CardDelivery({
    outbox: stores.outbox,
    chat,
    renderCard: (card) => ({
      text:
        card.kind === 'incident'
          ? card.incident.title
          : card.kind === 'rollout'
            ? card.rollout.cause.text
            : card.kind === 'alerts'
              ? card.group.title
              : card.digest.entries.map(({ title }) => title).join(),
      blocks: [],
      classic: [],
    }),
    renderLine: ({ text, mentions }) => ({ text: [text, ...mentions].join(' '), blocks: [], classic: [] }),
    limits: {
      take: async (method, urgency) => {
        asked.push([method, urgency]);
        const left = budget.get(method);
        if (left === undefined) return 0;
        if (left <= 0) return 100;
        budget.set(method, left - 1);
        return 0;
      },
    },
    createBackoff: () => {
      let ms = 500;
      return {
        next: () => {
          ms = Math.min(ms * 2, 30_000);
          return ms;
        },
        reset: () => {
          ms = 500;
        },
      };
    },
    countLive: async () => live,
    pace: { postIntervalMs: 1050, editIntervalMs: 3000 },
    time,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    hooks,
  });

export const create = (id: string, overrides: Partial<Rollout> = {}): Promise<unknown> =>
  stores.rollouts.create(makeRollout({ id, cause: cause(`${id} first`), ...overrides }), []);

export const cause = (text: string): Rollout['cause'] => ({ code: 'waiting', text, at: T0, by: null });

export const change = async (
  id: string,
  overrides: Partial<Rollout>,
  lines: readonly { text: string; mentions?: readonly string[] }[] = [],
): Promise<void> => {
  const stored = await stores.rollouts.load(id);
  if (!stored) throw new Error(`no ${id}`);
  await stores.rollouts.save(id, {
    next: { ...stored.rollout, ...overrides },
    expectedRev: stored.rev,
    token: null,
    lines: lines.map(({ text, mentions = [] }) => ({ text, at: T0, mentions })),
    audit: [],
    isDirty: true,
  });
};

export const run = (target: CardDelivery): Promise<void> =>
  target.deliverChannel(CHANNEL, new AbortController().signal);
export const kinds = (): readonly string[] => chat.calls.map((call) => call.kind);
