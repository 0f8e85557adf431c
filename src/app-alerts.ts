/** The part of the composition root that takes alerts: the way in, their folding, what is looked at for their cards. */
import type { RedisStores } from './adapters/redis/stores.ts';
import type { Telemetry } from './adapters/telemetry.ts';
import { webhookTokens } from './adapters/webhooks/tokens.ts';
import { startWebhookServer, type WebhookOptions } from './adapters/webhooks/webhook-server.ts';
import { InvalidConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { END_QUIET, FOLD_ALERTS, foldWaiting } from './jobs/fold-alerts.ts';
import type { ClockJob } from './jobs/index.ts';
import type { Log } from './lib/log.ts';
import type { DriveQueue } from './ports/drive-queue.ts';
import type { AlertPorts } from './services/alerts/alert-ports.ts';
import { Escalations } from './services/alerts/escalate-groups.ts';
import { RolloutRelations } from './services/alerts/relate-rollouts.ts';
import { AlertFolder } from './services/fold-alerts.ts';
import { createIngest } from './services/ingest-alert.ts';

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
  readonly ports: AlertPorts;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

export function createAlertIntake(deps: AlertIntakeDeps): AlertIntake {
  const { settings, config, stores, queue, ports, telemetry, log } = deps;
  const relations = new RolloutRelations(ports);
  const escalations = new Escalations(ports);
  const folder = new AlertFolder({
    ...{ alerts: stores.alerts, clock: stores.clock, queue, settings, log },
    warRoom: config.slack.warRoom,
    begin: (group, now) => escalations.begin(group, now),
    onFolded: ({ id }) => void relations.relate(id),
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
      { name: 'escalate-alerts', pattern: '*/5 * * * * *', run: () => escalations.lookAtAll() },
      { name: 'relate-rollouts', pattern: '*/5 * * * * *', run: () => relations.relateOpen() },
    ],
    listen: async () => {
      server = await startWebhookServer({
        ...settings,
        tokens: openTokens(settings),
        ingest: createIngest({ alerts: stores.alerts, wake: (shard) => folder.wake(shard) }),
        log,
        onRequest: telemetry.onWebhook,
      });
      return server.port;
    },
    close: async () => server?.close(),
    settle: () => folder.stop(),
  };
}

/** @throws InvalidConfig: nothing is opened to everybody by a forgotten variable */
function openTokens(alerts: NonNullable<Config['alerts']>): WebhookOptions['tokens'] {
  const { faults, tokens } = webhookTokens(alerts);
  if (faults.length > 0) throw new InvalidConfig('The environment', faults);
  return tokens;
}
