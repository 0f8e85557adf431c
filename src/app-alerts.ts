/** The part of the composition root that takes alerts: the way in, their folding, what is looked at for their cards. */
import { createPagerDuty } from './adapters/pagerduty.ts';
import type { RedisStores } from './adapters/redis/stores.ts';
import type { Telemetry } from './adapters/telemetry.ts';
import { tokenReader, webhookTokens } from './adapters/webhooks/tokens.ts';
import { startWebhookServer, type WebhookOptions } from './adapters/webhooks/webhook-server.ts';
import { InvalidConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { END_QUIET, FOLD_ALERTS, foldWaiting } from './jobs/fold-alerts.ts';
import type { ClockJob } from './jobs/index.ts';
import { WAKE_NAMED, wakeNamed } from './jobs/wake-named.ts';
import type { Log } from './lib/log.ts';
import type { Mask } from './lib/outbound/mask.ts';
import type { Chat } from './ports/chat.ts';
import type { Diagnostics } from './ports/diagnostics.ts';
import type { DriveQueue } from './ports/drive-queue.ts';
import type { MetricsHistory } from './ports/metrics-history.ts';
import type { Outbox } from './ports/rollout-store.ts';
import type { AlertPorts } from './services/alerts/alert-ports.ts';
import { chartExpression } from './services/alerts/chart-expression.ts';
import { diagnose } from './services/alerts/diagnose.ts';
import { Escalations } from './services/alerts/escalate-groups.ts';
import { LookAround } from './services/alerts/look-around.ts';
import { Pages } from './services/alerts/page-last-level.ts';
import { relateRollouts } from './services/alerts/relate-rollouts.ts';
import { ErrandRunner } from './services/alerts/run-errands.ts';
import { AlertFolder } from './services/fold-alerts.ts';
import { escalateIncidents } from './services/incidents/escalate-incidents.ts';
import type { IncidentPorts } from './services/incidents/incident-ports.ts';
import { createIngest, type IngestAlert } from './services/ingest-alert.ts';
import { raiseAsAlert } from './services/watch/alarm.ts';
import { raiseAsIncident } from './services/watch/raise-incident.ts';
import { lookAtDelivery } from './services/watch/watch-delivery.ts';
import { watchHeartbeats } from './services/watch/watch-heartbeats.ts';
import { lateNotice } from './views/late-notice.ts';

export interface AlertIntake {
  readonly jobs: readonly ClockJob[];
  /** Begins to listen; the port. */
  listen(): Promise<number>;
  /** No new message is taken. */
  close(): Promise<void>;
  /** Lets what is being folded end. */
  settle(): Promise<void>;
}

export interface AlertIntakeDeps {
  readonly settings: NonNullable<Config['alerts']>;
  readonly config: Config;
  readonly stores: RedisStores;
  readonly queue: DriveQueue;
  /** What the acts on alerts stand on. */
  readonly ports: AlertPorts & IncidentPorts;
  readonly diagnostics: Diagnostics;
  readonly history: MetricsHistory;
  readonly telemetry: Telemetry;
  readonly chat: Chat;
  /** Of everything that is shown. */
  readonly outbox: Pick<Outbox, 'dirty'>;
  /** What a page goes through before it leaves. */
  readonly mask: Mask;
  readonly log: Log;
}

export function createAlertIntake(deps: AlertIntakeDeps): AlertIntake {
  const { settings, config, stores, queue, ports, telemetry, log } = deps;
  const around = new LookAround(ports, [
    relateRollouts(ports),
    diagnose({ ...ports, diagnostics: deps.diagnostics, logLines: settings.logLines }),
    chartExpression({ ...ports, history: deps.history }),
  ]);
  const errands = new ErrandRunner(ports);
  const pages = createPages(deps);
  const escalations = new Escalations(ports, (group) => pages?.note(group) ?? Promise.resolve());
  const folder = new AlertFolder({
    ...{ alerts: stores.alerts, clock: stores.clock, queue, settings, log },
    warRoom: config.slack.warRoom,
    begin: (group, now) => escalations.begin(group, now),
    onFolded: ({ id }) => around.note(id),
  });
  const ingest = createIngest({
    ...{ alerts: stores.alerts, heartbeats: settings.heartbeats, wake: (shard) => folder.wake(shard) },
    beat: async (name) => stores.watch.beat(name, await stores.clock.now()),
  });
  let server: Awaited<ReturnType<typeof startWebhookServer>> | null = null;
  return {
    jobs: [
      {
        ...FOLD_ALERTS,
        run: () =>
          foldWaiting({
            ...{ alerts: stores.alerts, clock: stores.clock, folder, log },
            onWaiting: telemetry.setAlertsWaiting,
          }),
      },
      { ...END_QUIET, run: () => folder.endQuiet() },
      { ...WAKE_NAMED, run: () => wakeNamed(stores.alertOutbox, queue, log) },
      { name: 'escalate-alerts', pattern: '*/5 * * * * *', run: () => escalations.lookAtAll() },
      { name: 'escalate-incidents', pattern: '*/5 * * * * *', run: () => escalateIncidents(ports) },
      ...(pages ? [{ name: 'tell-pagerduty', pattern: '*/5 * * * * *', run: () => pages.tellAll() }] : []),
      ...watchJobs(deps, ingest),
      { name: 'look-around', pattern: '*/5 * * * * *', run: () => around.lookAtOpen() },
      { name: 'run-alert-errands', pattern: '*/5 * * * * *', run: () => errands.lookAtAll() },
    ],
    listen: async () => {
      server = await startWebhookServer({
        ...settings,
        tokens: openTokens(settings),
        ingest,
        log,
        onRequest: telemetry.onWebhook,
      });
      return server.port;
    },
    close: async () => server?.close(),
    settle: () => folder.stop(),
  };
}

/** The bot watches its own ways in and out. */
function watchJobs(deps: AlertIntakeDeps, ingest: IngestAlert): readonly ClockJob[] {
  const { settings, config, stores, telemetry, chat, outbox, log } = deps;
  const { channel, after } = settings.selfWatch;
  const { groups, users } = config.slack.onCall;
  const heartbeats = () =>
    watchHeartbeats({
      ...{ heartbeats: settings.heartbeats, watch: stores.watch, clock: stores.clock, log },
      raise: raiseAsIncident(deps.ports, raiseAsAlert(ingest)),
      onAge: telemetry.setHeartbeatAge,
    });
  const delivery = () =>
    lookAtDelivery({
      ...{ outbox, watch: stores.watch, deliveries: stores.deliveries, clock: stores.clock, chat, log },
      ...{ limitMs: after, channels: channel ? [channel, config.slack.warRoom] : [] },
      render: (notice) => lateNotice(notice, [...groups, ...users]),
      onWaiting: (waiting, now) =>
        telemetry.setWaiting(
          waiting.map(({ oldestAt, ...one }) => ({ ...one, oldestMs: Math.max(0, now - oldestAt) })),
        ),
      onFailed: (slackError) => telemetry.onMessageFailed('notice', slackError),
    });
  return [
    { name: 'watch-heartbeats', pattern: '*/5 * * * * *', run: heartbeats },
    { name: 'watch-delivery', pattern: '*/5 * * * * *', run: delivery },
  ];
}

/** null: nobody is paged. @throws InvalidConfig: a page that cannot be sent must not be found out in the night */
function createPages({ settings, stores, ports, mask }: AlertIntakeDeps): Pages | null {
  const { pagerDuty } = settings.escalation;
  if (!pagerDuty) return null;
  const read = tokenReader(pagerDuty.routingKey);
  if (read().length === 0)
    throw new InvalidConfig('The environment', [
      {
        path: pagerDuty.routingKey,
        message: `is not set (or name a file in ${pagerDuty.routingKey}_FILE)`,
        line: null,
      },
    ]);
  return new Pages({
    ...ports,
    ...{ pages: stores.pages, deliveries: stores.deliveries, turnMs: pagerDuty.timeout + 5000 },
    pager: createPagerDuty(pagerDuty, () => read()[0] ?? '', mask),
  });
}

/** @throws InvalidConfig: nothing is opened to everybody by a forgotten variable */
function openTokens(alerts: NonNullable<Config['alerts']>): WebhookOptions['tokens'] {
  const { faults, tokens } = webhookTokens(alerts);
  if (faults.length > 0) throw new InvalidConfig('The environment', faults);
  return tokens;
}
