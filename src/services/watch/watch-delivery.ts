/** Looks whether what waits for Slack waits too long, and says so in another channel. */
import {
  isCalm,
  type LateNotice,
  type LateRecord,
  type Waiting,
  watchDelivery,
  withoutLateNotice,
} from '../../core/watch/late.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Chat, Message } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CardState, Deliveries, Outbox } from '../../ports/rollout-store.ts';
import type { WatchStore } from '../../ports/watch-store.ts';
import { readDeliveryFault } from '../delivery-fault.ts';

export interface DeliveryWatchPorts {
  readonly outbox: Pick<Outbox, 'dirty'>;
  readonly watch: WatchStore;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  readonly chat: Chat;
  readonly render: (notice: LateNotice) => Message;
  /** Where it is said, the first that is not the late one; none: metrics alone tell it. */
  readonly channels: readonly string[];
  /** ms. */
  readonly limitMs: number;
  readonly onWaiting: (waiting: readonly Waiting[], now: number) => void;
  readonly onFailed: (slackError: string) => void;
  readonly log: Log;
}

/** Longer than a post may take: nobody posts the same words beside it. */
const TURN_MS = 15_000;

/** Never throws. */
export async function lookAtDelivery(ports: DeliveryWatchPorts): Promise<void> {
  const { outbox, watch, clock, limitMs, onWaiting, log } = ports;
  try {
    const [before, dirty, now] = await Promise.all([watch.readLate(), outbox.dirty(), clock.now()]);
    const cards = dirty.map(waitingCard);
    const { next, waiting } = watchDelivery(before, cards, now, limitMs);
    onWaiting(waiting, now);
    if (isCalm(before, cards)) return;
    // Another replica saw the same, and says it.
    if (await watch.saveLate(next)) await sayAll(ports, next);
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    log[level]({ err: error }, 'delivery not looked at');
  }
}

const waitingCard = ({ id, channel, postedRev, ts, lines }: CardState) => ({
  ...{ id, channel },
  // A line that went, a card that was drawn: it moves.
  mark: `${ts ?? '-'} ${postedRev} ${lines[0]?.id ?? '-'}`,
  lineAt: lines[0]?.at ?? null,
});

async function sayAll(ports: DeliveryWatchPorts, record: LateRecord): Promise<void> {
  let current = record;
  for (const notice of record.unsaid) {
    const channel = ports.channels.find((one) => one !== notice.channel);
    if (channel !== undefined) {
      if (!(await ports.deliveries.isFirst(`say:${notice.id}`, TURN_MS))) continue;
      if (!(await post(ports, channel, notice))) continue;
    }
    const rest = withoutLateNotice(current, notice.id);
    if (!(await ports.watch.saveLate(rest))) return;
    current = rest;
  }
}

async function post(
  { chat, render, onFailed, log }: DeliveryWatchPorts,
  channel: string,
  notice: LateNotice,
): Promise<boolean> {
  try {
    // Looked for first: somebody may have posted it and died before this was noted.
    if ((await chat.find(channel, notice.id)) === null) await chat.post(channel, render(notice), notice.id);
    return true;
  } catch (error) {
    const fault = readDeliveryFault(error);
    onFailed(fault.slackError);
    log.warn({ channel, ...fault, why: String(error) }, 'that messages are late could not be said yet');
    return false;
  }
}
