/** The bot's own Prometheus metrics. Names follow the Prometheus naming practice: unit suffix, _total for counters. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from '../core/rollout/decision.ts';
import type { Rollout } from '../core/rollout/rollout.ts';

export interface Telemetry {
  readonly registry: Registry;
  onPass(rollout: Rollout, decision: Decision, ms: number): void;
  onMessage(kind: string): void;
  onMessageFailed(kind: string, reason: string): void;
  onRateLimited(method: string): void;
  setUndelivered(cards: number, oldestMs: number): void;
  onRestLook(service: string, environment: string, outcome: string): void;
  onWebhook(source: string, outcome: string, ms: number): void;
  setAlertsWaiting(messages: number, oldestMs: number): void;
  /** By channel; a channel that is not named has nothing waiting. */
  setWaiting(
    waiting: readonly { readonly channel: string; readonly cards: number; readonly oldestMs: number }[],
  ): void;
  /** ms; null: never heard. */
  setHeartbeatAge(heartbeat: string, ms: number | null): void;
  /** Something that was accepted and will not be shown. */
  onDropped(what: Dropped): void;
}

export const DROPPED = ['message', 'card'] as const;
export type Dropped = (typeof DROPPED)[number];

export function createTelemetry(): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const passes = new Histogram({
    name: 'dabbawala_pass_duration_seconds',
    help: 'One look, decision and save of a rollout.',
    labelNames: ['phase'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  });
  const ends = new Counter({
    name: 'dabbawala_rollouts_ended_total',
    help: 'Rollouts by end and cause.',
    labelNames: ['service', 'environment', 'end', 'cause'],
    registers,
  });
  const weight = new Gauge({
    name: 'dabbawala_candidate_weight_percent',
    help: 'Percent of the pair that the candidate has by our hand.',
    labelNames: ['service', 'environment'],
    registers,
  });
  const holds = new Counter({
    name: 'dabbawala_holds_total',
    help: 'Times a rollout began to hold, by reason.',
    labelNames: ['service', 'code'],
    registers,
  });
  const messages = new Counter({
    name: 'dabbawala_slack_messages_total',
    help: 'Messages posted and edited.',
    labelNames: ['kind'],
    registers,
  });
  const failures = new Counter({
    name: 'dabbawala_slack_failures_total',
    help: 'Messages that Slack did not take; each is tried again.',
    labelNames: ['kind', 'reason'],
    registers,
  });
  const limited = new Counter({
    name: 'dabbawala_slack_rate_limited_total',
    help: 'Answers 429 by method.',
    labelNames: ['method'],
    registers,
  });
  const undelivered = new Gauge({
    name: 'dabbawala_outbox_cards',
    help: 'Cards whose newest state is not delivered.',
    registers,
  });
  const oldest = new Gauge({
    name: 'dabbawala_outbox_oldest_seconds',
    help: 'Age of the oldest undelivered thread line.',
    registers,
  });
  const looks = new Counter({
    name: 'dabbawala_rest_looks_total',
    help: 'Looks at services without a rollout, by what was found or done.',
    labelNames: ['service', 'environment', 'outcome'],
    registers,
  });
  const webhooks = new Counter({
    name: 'dabbawala_webhooks_total',
    help: 'Webhook messages by source and outcome; unauthorized and refused ones are not stored.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const webhookTime = new Histogram({
    name: 'dabbawala_webhook_duration_seconds',
    help: 'From the first byte of a webhook to its answer, the durable commit included.',
    labelNames: ['source'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const waiting = new Gauge({
    name: 'dabbawala_alerts_waiting',
    help: 'Accepted messages that are not folded into their alert group yet.',
    registers,
  });
  const waitingFor = new Gauge({
    name: 'dabbawala_alerts_waiting_oldest_seconds',
    help: 'Age of the oldest of them.',
    registers,
  });
  const channelCards = new Gauge({
    name: 'dabbawala_undelivered_cards',
    help: 'Cards of a channel whose newest state, or a line of them, is not delivered.',
    labelNames: ['channel'],
    registers,
  });
  const channelOldest = new Gauge({
    name: 'dabbawala_undelivered_oldest_seconds',
    help: 'How long the oldest of them has waited.',
    labelNames: ['channel'],
    registers,
  });
  const heartbeat = new Gauge({
    name: 'dabbawala_heartbeat_age_seconds',
    help: 'Time since a heartbeat alert was last heard; NaN: never.',
    labelNames: ['heartbeat'],
    registers,
  });
  const dropped = new Counter({
    name: 'dabbawala_dropped_total',
    help: 'What was accepted and cannot be shown, since it cannot be read: always 0, or something is broken. `message`: kept aside in the store; `card`: shown again with its next message.',
    labelNames: ['what'],
    registers,
  });
  for (const what of DROPPED) dropped.inc({ what }, 0);
  return {
    registry,
    setWaiting: (waiting) => {
      channelCards.reset();
      channelOldest.reset();
      for (const { channel, cards, oldestMs } of waiting) {
        channelCards.set({ channel }, cards);
        channelOldest.set({ channel }, oldestMs / 1000);
      }
    },
    setHeartbeatAge: (name, ms) => heartbeat.set({ heartbeat: name }, ms === null ? Number.NaN : ms / 1000),
    onDropped: (what) => dropped.inc({ what }),
    onRestLook: (service, environment, outcome) => looks.inc({ service, environment, outcome }),
    onWebhook: (source, outcome, ms) => {
      webhooks.inc({ source, outcome });
      webhookTime.observe({ source }, ms / 1000);
    },
    setAlertsWaiting: (messages, oldestMs) => {
      waiting.set(messages);
      waitingFor.set(oldestMs / 1000);
    },
    onPass: (rollout, { next }, ms) => {
      const { service, environment } = rollout.target;
      passes.observe({ phase: rollout.phase }, ms / 1000);
      weight.set({ service, environment }, next.confirmedPercent);
      if (next.hold && next.hold.code !== rollout.hold?.code) holds.inc({ service, code: next.hold.code });
      if (next.endedAt !== null && rollout.endedAt === null)
        ends.inc({ service, environment, end: next.outcome ?? next.phase, cause: next.cause.code });
    },
    onMessage: (kind) => messages.inc({ kind }),
    onMessageFailed: (kind, reason) => failures.inc({ kind, reason }),
    onRateLimited: (method) => limited.inc({ method }),
    setUndelivered: (cards, oldestMs) => {
      undelivered.set(cards);
      oldest.set(oldestMs / 1000);
    },
  };
}
