/** The part of the composition root that shows alerts: their outbox, their cards, the list below a digest. */
import type { RedisStores } from './adapters/redis/stores.ts';
import type { Config } from './config/schema.ts';
import type { AlertGroup } from './core/alert/alert-group.ts';
import { calledBy } from './core/alert/digest.ts';
import type { Attachments, Message } from './ports/chat.ts';
import type { CardOf, CardState, Outbox } from './ports/rollout-store.ts';
import { alertAbilities } from './services/alerts/alert-abilities.ts';
import { StormOutbox } from './services/storm-outbox.ts';
import { alertCard } from './views/alert-card.ts';
import { digestCard } from './views/digest-card.ts';
import { digestList } from './views/digest-list.ts';

export interface AlertCards {
  readonly outbox: Outbox;
  render(card: CardOf<'alerts'> | CardOf<'digest'>): Message;
  /** Throws as Chat does. */
  attachList(card: CardState, cardTs: string): Promise<void>;
}

export function createAlertCards({
  config,
  stores,
  chat,
  newId,
}: {
  readonly config: Config;
  readonly stores: RedisStores;
  readonly chat: Attachments;
  readonly newId: () => string;
}): AlertCards {
  return {
    outbox: new StormOutbox({
      ...{ alerts: stores.alertOutbox, digests: stores.digests, clock: stores.clock, newId },
      postIntervalMs: config.slack.postIntervalMs,
    }),
    render: (card) =>
      card.kind === 'digest'
        ? digestCard({ digest: card.digest, callees: calledBy(card.digest) })
        : alertCard({
            ...{ group: card.group, rev: card.rev },
            callees: card.group.escalation?.called ?? [],
            linkHosts: config.alerts?.linkHosts ?? [],
            can: alertAbilities(config, card.group),
          }),
    attachList: async (card, cardTs) => {
      if (card.kind !== 'digest') return;
      const stored = await Promise.all(card.digest.entries.map(({ id }) => stores.alerts.load(id)));
      const groups = stored.flatMap((one): [string, AlertGroup][] =>
        one === null ? [] : [[one.group.id, one.group]],
      );
      await chat.attach(card.channel, cardTs, digestList(card.digest, new Map(groups)));
    },
  };
}
