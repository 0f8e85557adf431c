/**
 * Accepted messages to alert groups. One loop per shard and process; two processes at the same shard are kept apart by the
 * store, which takes each message once. Whatever dies here is found by the sweep, on any replica.
 */
import type { Config } from '../config/schema.ts';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { type AlertEvent, endQuiet, type Folded, fold } from '../core/alert/fold.ts';
import { routeOf } from '../core/alert/route.ts';
import type { AuditDraft } from '../core/audit.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { AlertStore, GroupChange, WaitingGroup } from '../ports/alert-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';

export interface FoldPorts {
  readonly alerts: AlertStore;
  readonly clock: Clock;
  readonly queue: Pick<DriveQueue, 'wakeChannel'>;
  readonly settings: NonNullable<Config['alerts']>;
  readonly warRoom: string;
  readonly log: Log;
  /** What a new episode begins with. Throws `store_unavailable`: it is folded later then. */
  readonly begin?: (group: AlertGroup, now: number) => Promise<AlertGroup>;
  /** For metrics. */
  readonly onFolded?: (group: AlertGroup, messages: number) => void;
}

/** Read at once. A group's messages of one batch make one change of its card. */
const BATCH = 500;
const TRIES = 5;

export class AlertFolder {
  readonly #ports: FoldPorts;
  readonly #running = new Map<number, Promise<void>>();
  readonly #again = new Set<number>();
  #isStopped = false;

  constructor(ports: FoldPorts) {
    this.#ports = ports;
  }

  /** Folds what waits in the shard, and what comes meanwhile. Never throws. */
  wake(shard: number): void {
    if (this.#isStopped) return;
    if (this.#running.has(shard)) {
      this.#again.add(shard);
      return;
    }
    const run = this.#drain(shard).finally(() => {
      this.#running.delete(shard);
      if (this.#again.delete(shard)) this.wake(shard);
    });
    this.#running.set(shard, run);
  }

  /** Lets what runs end. What waits is another process's, or the next start's. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running.values());
  }

  async #drain(shard: number): Promise<void> {
    try {
      for (;;) {
        if (this.#isStopped) return;
        const groups = await this.#ports.alerts.take(shard, BATCH);
        if (groups.length === 0) return;
        const channels = new Set<string>();
        for (const channel of await Promise.all(groups.map((group) => this.#foldGroup(group))))
          if (channel !== null) channels.add(channel);
        await Promise.all([...channels].map((channel) => this.#ports.queue.wakeChannel(channel)));
      }
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'info' : 'error';
      this.#ports.log[level]({ shard, err: error }, 'alerts not folded yet: the next sweep tries again');
    }
  }

  /** Channel whose card must be drawn; null: none. A conflict is left to the next round, which reads afresh. */
  async #foldGroup(waiting: WaitingGroup): Promise<string | null> {
    const { alerts, clock, onFolded } = this.#ports;
    const now = await clock.now();
    const { folded, events } = foldAll(waiting, this.#settings(now));
    const next = folded?.isChanged ? await this.#begun(folded.next, waiting.group, now) : null;
    const change = next && this.#change(next, waiting, events, now);
    const entries = waiting.messages.map(({ entryId }) => entryId);
    const result = await alerts.commit(waiting.id, entries, change);
    if (result !== 'done' || change === null) return null;
    onFolded?.(change.next, entries.length);
    return change.next.channel;
  }

  async #begun(next: AlertGroup, before: AlertGroup | null, now: number): Promise<AlertGroup> {
    const isNew = before === null || before.episode !== next.episode;
    return isNew ? ((await this.#ports.begin?.(next, now)) ?? next) : next;
  }

  #settings(now: number): FoldAllSettings {
    const { settings, warRoom } = this.#ports;
    return {
      now,
      severities: settings.severities,
      reopenMs: settings.reopen,
      channelOf: (labels) => routeOf(settings.routes, labels) ?? warRoom,
    };
  }

  #change(
    next: AlertGroup,
    { group, rev }: { readonly group: AlertGroup | null; readonly rev: number },
    events: readonly AlertEvent[],
    now: number,
  ): GroupChange {
    const isNew = group === null || group.episode !== next.episode;
    const told = isNew ? [{ code: 'fired' as const, text: `Fires: ${next.title}` }, ...events] : events;
    return {
      next,
      expectedRev: rev,
      // The card itself says that it fires; its thread tells what changed since.
      lines: events.map(({ text }) => ({ text, at: now, mentions: [] })),
      audit: told.map((event) => auditOf(next, event, now)),
      isDirty: true,
    };
  }

  /** Ends the groups that no event came for. Never throws. */
  async endQuiet(): Promise<void> {
    const { alerts, clock, settings, queue, log } = this.#ports;
    try {
      const now = await clock.now();
      for (const id of await alerts.open()) {
        for (let attempt = 0; attempt < TRIES; attempt += 1) {
          const stored = await alerts.load(id);
          const ended = stored && endQuiet(stored.group, now, settings.quiet);
          if (!stored || !ended) break;
          const change = this.#change(ended.next, stored, ended.events, now);
          if ((await alerts.save(id, change)) !== 'done') continue;
          await queue.wakeChannel(ended.next.channel);
          break;
        }
      }
    } catch (error) {
      log.info({ err: error }, 'quiet alert groups not looked at');
    }
  }
}

interface FoldAllSettings {
  readonly now: number;
  readonly severities: Parameters<typeof fold>[2]['severities'];
  readonly reopenMs: number;
  readonly channelOf: (labels: Readonly<Record<string, string>>) => string;
}

/** All messages of a group in their order; what their changes say together. */
function foldAll(
  { group, messages }: WaitingGroup,
  { channelOf, ...settings }: FoldAllSettings,
): { readonly folded: Folded | null; readonly events: readonly AlertEvent[] } {
  let folded = null as Folded | null;
  const events: AlertEvent[] = [];
  for (const { incoming } of messages) {
    const labels =
      incoming.source === 'alertmanager'
        ? { ...incoming.groupLabels, ...incoming.commonLabels }
        : {
            ...incoming.fields,
            rule: incoming.rule,
            priority: incoming.priority,
            namespace: incoming.namespace,
            source: 'falco',
          };
    const step: Folded = fold(folded?.next ?? group, incoming, { ...settings, channel: channelOf(labels) });
    events.push(...step.events);
    folded = { ...step, isChanged: step.isChanged || (folded?.isChanged ?? false) };
  }
  return { folded, events: lastOfEach(events) };
}

/** A storm tells each kind of change once, as it is now. */
const lastOfEach = (events: readonly AlertEvent[]): readonly AlertEvent[] =>
  events.filter((event, index) => !events.slice(index + 1).some(({ code }) => code === event.code));

const auditOf = (group: AlertGroup, event: AlertEvent, at: number): AuditDraft => ({
  at,
  actor: null,
  origin: { via: 'engine', team: null, channel: null },
  action: `alert.${event.code}`,
  object: group.id,
  outcome: 'done',
  planDigest: null,
  data: { text: event.text, severity: group.severity, firing: group.firing, events: group.events },
});
