/** Brings to the war room what looks at rest have to say: each once, also when Slack or a process dies between. */
import { type RestNotice, type RestRecord, withoutNotice } from '../core/rest/record.ts';
import type { Target } from '../core/target.ts';
import type { Log } from '../lib/log.ts';
import type { Chat, Message } from '../ports/chat.ts';
import type { Deliveries, TargetStore } from '../ports/rollout-store.ts';
import { readDeliveryFault } from './delivery-fault.ts';

export interface SayPorts {
  readonly targets: TargetStore;
  readonly deliveries: Deliveries;
  readonly chat: Chat;
  readonly warRoom: string;
  readonly render: (target: Target, notice: RestNotice) => Message;
  /** Counts the post in the budget of all; nothing here waits for it. */
  readonly takeBudget: () => Promise<unknown>;
  readonly onFailed: (slackError: string) => void;
  readonly log: Log;
}

/** Longer than a post may take: nobody posts the same words beside it. */
const TURN_MS = 15_000;

/** Whether all is said. What is not stays in the record, for the next who looks. Throws `store_unavailable`. */
export async function sayAtRest(ports: SayPorts, target: Target, record: RestRecord): Promise<boolean> {
  let current = record;
  for (const notice of record.unsaid) {
    if (!(await ports.deliveries.isFirst(`rest:${notice.id}`, TURN_MS))) return false;
    if (!(await post(ports, target, notice))) return false;
    const rest = withoutNotice(current, notice.id);
    // Somebody looked meanwhile: whoever finds it unsaid finds the message too.
    if (!(await ports.targets.saveRest(target, rest, []))) return false;
    current = rest;
  }
  return true;
}

async function post(ports: SayPorts, target: Target, notice: RestNotice): Promise<boolean> {
  const { chat, warRoom, log } = ports;
  try {
    await ports.takeBudget();
    // Looked for first: it cannot be known whether somebody posted it and died before this was noted.
    if ((await chat.find(warRoom, notice.id)) === null)
      await chat.post(warRoom, ports.render(target, notice), notice.id);
    return true;
  } catch (error) {
    const fault = readDeliveryFault(error);
    ports.onFailed(fault.slackError);
    log.warn({ service: target.service, ...fault, why: String(error) }, 'a notice is not delivered yet');
    return false;
  }
}
