/** Alert groups, their outbox and the delivery loop on a real Redis, with a clock that moves only while the loop sleeps. */
import type { RedisConnections } from '../../src/adapters/redis/connect.ts';
import { RedisDigestStore } from '../../src/adapters/redis/digest-store.ts';
import { StoreClient } from '../../src/adapters/redis/store-client.ts';
import { createRedisStores, type RedisStores } from '../../src/adapters/redis/stores.ts';
import type { AlertGroup } from '../../src/core/alert/alert-group.ts';
import type { Digest } from '../../src/core/alert/digest.ts';
import { groupIdOf } from '../../src/core/alert/fingerprint.ts';
import type { CardState, Outbox } from '../../src/ports/rollout-store.ts';
import { CardDelivery } from '../../src/services/deliver-cards.ts';
import { StormOutbox } from '../../src/services/storm-outbox.ts';
import { openConnections } from '../contract/redis-target.ts';
import { FakeChat } from '../fakes/fake-chat.ts';
import { createFakeLog, type FakeLog } from '../fakes/fake-log.ts';
import { ALERT_T0, makeGroup, makePost } from '../support/alert-fixtures.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { LoopTime } from './delivery-harness.ts';

export const ROOM = 'C0WARROOM';
export const PACE_MS = 1050;
export const idOf = (name: string): string => groupIdOf(makePost(name));

export class StormGround {
  readonly server: RedisServer;
  readonly connections: RedisConnections;
  stores!: RedisStores;
  time!: LoopTime;
  chat!: FakeChat;
  log!: FakeLog;
  lists: string[] = [];
  #serial = 0;

  private constructor(server: RedisServer, connections: RedisConnections) {
    this.server = server;
    this.connections = connections;
  }

  static async start(cluster: boolean): Promise<StormGround> {
    const server = await startRedis({ cluster });
    // The loop's clock does not know how busy this machine is: no answer is late.
    return new StormGround(server, await openConnections(server, { commandTimeout: 60_000 }));
  }

  async stop(): Promise<void> {
    this.connections.close();
    await this.server.stop();
  }

  async reset(): Promise<void> {
    await this.connections.commands.flushall();
    this.stores = createRedisStores(this.connections);
    this.time = new LoopTime();
    this.chat = new FakeChat(this.time.now);
    this.log = createFakeLog();
    this.lists = [];
    this.#serial = 0;
  }

  readonly clock = { now: async (): Promise<number> => ALERT_T0 + this.time.nowMs };

  /** One replica's; `wrap` stands between it and the store. */
  outbox(wrap: (outbox: StormOutbox) => Outbox = (outbox) => outbox): Outbox {
    const digests = new RedisDigestStore(new StoreClient(this.connections), this.log);
    return wrap(
      new StormOutbox({
        ...{ alerts: this.stores.alertOutbox, digests, clock: this.clock, postIntervalMs: PACE_MS },
        newId: () => String(++this.#serial).padStart(12, '0'),
      }),
    );
  }

  delivery(outbox: Outbox = this.outbox(), chat = this.chat): CardDelivery {
    return new CardDelivery({
      ...{ outbox, chat, log: this.log, time: this.time },
      renderCard: (card) => ({ text: textOf(card), blocks: [], classic: [] }),
      renderLine: ({ text }) => ({ text, blocks: [], classic: [] }),
      attachList: async (card) => {
        this.lists.push(card.id);
      },
      limits: { take: async () => 0 },
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
      countLive: async () => 1,
      pace: { postIntervalMs: PACE_MS, editIntervalMs: 3000 },
    });
  }

  run(target: CardDelivery = this.delivery(), channel = ROOM): Promise<void> {
    return target.deliverChannel(channel, new AbortController().signal);
  }

  /** Until nothing is left to do: what waits for the calm is looked for again, as the sweep does. */
  async runCalm(target: CardDelivery = this.delivery()): Promise<void> {
    for (let look = 0; look < 4; look += 1) {
      await this.run(target);
      await this.time.sleep(10_000);
    }
  }

  /** Stores the group as its messages would leave it. */
  async put(name: string, more: Partial<AlertGroup> = {}): Promise<void> {
    const id = idOf(name);
    const stored = await this.stores.alerts.load(id);
    const group = stored?.group ?? makeGroup({ title: name, channel: ROOM }, makePost(name));
    await this.stores.alerts.save(id, {
      next: { ...group, ...more },
      expectedRev: stored?.rev ?? 0,
      ...{ lines: [], audit: [], isDirty: true },
    });
  }

  async putMany(count: number, more: (index: number) => Partial<AlertGroup> = () => ({})): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => this.put(`Alert${index}`, more(index))));
  }

  /** Names that people can read, each as often as a message names it. */
  named(): readonly string[] {
    return this.chat.messages
      .filter(({ dedupId }) => dedupId.startsWith('card-d-'))
      .flatMap(({ text }) => text.split('\n'));
  }

  cards(): readonly string[] {
    return this.chat.messages.filter(({ dedupId }) => dedupId.startsWith('card-a-')).map(({ text }) => text);
  }
}

const textOf = (card: CardState): string => {
  if (card.kind === 'rollout' || card.kind === 'incident') return card.id;
  return card.kind === 'alerts' ? `${card.group.title} ${card.group.state}` : namesOf(card.digest);
};

const namesOf = ({ entries }: Digest): string =>
  entries
    .map(({ title, endedAt, hasCard }) => `${title}${hasCard ? ' card' : endedAt === null ? '' : ' ended'}`)
    .join('\n');
