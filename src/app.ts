/**
 * Composition root: the only file that constructs adapters. It names what there is (commands, handlers, jobs come as
 * lists), wires it, and starts and stops it in order. No decision is made here.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import cron from 'node-cron';
import { createAlertmanager } from './adapters/alertmanager.ts';
import { startHealthServer } from './adapters/health-server.ts';
import { IstioRouter } from './adapters/istio.ts';
import { KubeClient } from './adapters/kubernetes/client.ts';
import { KubernetesContainment } from './adapters/kubernetes/containment.ts';
import { KubernetesDiagnostics } from './adapters/kubernetes/diagnostics.ts';
import { KubernetesWorkloads } from './adapters/kubernetes/workloads.ts';
import { OciRegistry } from './adapters/oci-registry.ts';
import { PrometheusMetrics } from './adapters/prometheus/metrics-source.ts';
import { connectRedis } from './adapters/redis/connect.ts';
import { BullDriveQueue } from './adapters/redis/drive-queue.ts';
import { createRedisStores } from './adapters/redis/stores.ts';
import { sealKeyOf } from './adapters/route-memory.ts';
import { RouteRouters } from './adapters/route-routers.ts';
import { boltLogger } from './adapters/slack/bolt-logger.ts';
import { createSlackClients } from './adapters/slack/clients.ts';
import { createBackoff, createSendLimits } from './adapters/slack/send-limits.ts';
import { createSlackApp } from './adapters/slack/slack-app.ts';
import { SlackChat } from './adapters/slack/slack-chat.ts';
import { SlackDirectory } from './adapters/slack/slack-directory.ts';
import { createTcpProber } from './adapters/tcp-prober.ts';
import { createTelemetry } from './adapters/telemetry.ts';
import { createAlertCards } from './app-alert-cards.ts';
import { createAlertIntake } from './app-alerts.ts';
import { createCommandListener } from './commands/command-listener.ts';
import { commands } from './commands/index.ts';
import { callCommand, isRollback, runCommand, type TypedCommand, usageOf } from './commands/run-command.ts';
import type { Secrets } from './config/load.ts';
import { ownSecrets } from './config/own-secrets.ts';
import type { Config } from './config/schema.ts';
import { clocksOf } from './core/incident/clocks.ts';
import { createClickListener } from './handlers/click-listener.ts';
import { buttons, cardButtons, forms, openers } from './handlers/index.ts';
import { createMentionListener } from './handlers/mention-listener.ts';
import { createOptionsListener } from './handlers/options-listener.ts';
import { createSubmitListener } from './handlers/submit-listener.ts';
import { jobs } from './jobs/index.ts';
import { createLogger } from './lib/logger.ts';
import { createMask } from './lib/outbound/mask.ts';
import { createServices } from './services/create-services.ts';
import { CardDelivery } from './services/deliver-cards.ts';
import { remindOfFilings } from './services/incidents/filings.ts';
import { outboxOf } from './services/outbox-of.ts';
import { createPlanner } from './services/planner.ts';
import { createProbeRunner } from './services/probe-runner.ts';
import { readinessOf } from './services/readiness.ts';
import { createRebuild } from './services/rebuild.ts';
import { Redraws } from './services/redraw-card.ts';
import { createReconciler } from './services/rollout-reconciler.ts';
import { rollbackPeople } from './services/show-rights.ts';
import type { UseCasePorts } from './services/use-case-ports.ts';
import { createRestWatch } from './services/watch-at-rest.ts';
import { ACTIONS, MODALS } from './views/actions.ts';
import { incidentCard } from './views/incident-card.ts';
import { errorReply } from './views/replies.ts';
import { restNotice } from './views/rest-notice.ts';
import { rolloutCard } from './views/rollout-card.ts';
import { threadLine } from './views/thread.ts';

export interface RunningApp {
  /** null in Socket Mode: nothing listens. */
  readonly slackPort: number | null;
  readonly healthPort: number;
  /** null: no alerts are taken. */
  readonly webhookPort: number | null;
  /** Stops taking requests, lets acked handlers and drive loops end, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** A store that is away delays the start this long; then the process is up and says not ready. */
const START_WITHIN_MS = 5000;
/** Most rollouts one process drives at once; each is a loop that mostly sleeps. */
const DRIVES_AT_ONCE = 200;
/** Subsets are not edited by the second, and a weight never rises on what is remembered. */
const RULES_VALID_MS = 1000;

/** Where people may act: also where alerts are shown. */
const channelsOf = ({ slack, alerts }: Config): readonly string[] => [
  ...new Set([
    slack.warRoom,
    ...Object.keys(slack.channels),
    ...(alerts?.routes ?? []).map(({ channel }) => channel),
  ]),
];

/** 12 characters of [a-z0-9], unguessable. */
const newId = (): string =>
  randomBytes(24)
    .toString('base64url')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 12)
    .padEnd(12, '0');

export async function startApp(config: Config, secrets: Secrets): Promise<RunningApp> {
  const mask = createMask(ownSecrets(process.env));
  const log = createLogger(config.logLevel, mask);
  const telemetry = createTelemetry();
  const connections = connectRedis(config.redis, log);
  const stores = createRedisStores(connections, log, telemetry.onDropped);
  const queue = new BullDriveQueue(connections, log);

  const clients = new Map(
    Object.entries(config.clusters).map(([name, settings]) => [name, new KubeClient(name, settings)]),
  );
  const sealKey = sealKeyOf(secrets.slackBotToken);
  const router = new RouteRouters(
    new Map(
      [...clients].map(([name, client]) => [
        name,
        new IstioRouter(client, { rulesValidMs: RULES_VALID_MS, sealKey }),
      ]),
    ),
  );
  const workloads = new KubernetesWorkloads(clients);
  const metrics = new PrometheusMetrics(
    new Map(Object.entries(config.clusters).map(([name, { prometheus }]) => [name, prometheus])),
  );
  const registry = new OciRegistry(config.registries);

  const slack = createSlackClients({
    apiUrl: config.slack.apiUrl,
    token: secrets.slackBotToken,
    logger: boltLogger(log),
    mask,
  });
  const chat = new SlackChat(slack);
  const directory = new SlackDirectory(slack);

  const planner = createPlanner({
    config,
    registry,
    router,
    workloads,
    metrics,
    ...{ targets: stores.targets, incidents: stores.incidents },
  });
  const useCasePorts: UseCasePorts = {
    config,
    store: stores.rollouts,
    targets: stores.targets,
    alerts: stores.alerts,
    onCall: stores.onCall,
    incidents: stores.incidents,
    audit: stores.audit,
    queue,
    clock: stores.clock,
    directory,
    registry,
    router,
    workloads,
    planner,
    log,
    cardLink: async ({ id, channel }) => {
      const ts = await outbox.cardTs(id);
      return ts === null ? null : chat.permalink(channel, ts);
    },
    ...(config.alerts && {
      hands: {
        alertmanager: config.alerts.alertmanager ? createAlertmanager(config.alerts.alertmanager) : null,
        containment: new KubernetesContainment(clients),
        ...{ errands: stores.errands, deliveries: stores.deliveries },
      },
    }),
    attachToCard: async ({ id, channel }, file) => {
      const ts = await outbox.cardTs(id);
      if (ts !== null) await chat.attach(channel, ts, file);
      return ts !== null;
    },
    newId,
  };
  const services = createServices(useCasePorts);

  const drive = createReconciler({
    store: stores.rollouts,
    targets: stores.targets,
    clock: stores.clock,
    queue,
    router,
    workloads,
    metrics,
    planner,
    probes: createProbeRunner({ workloads, metrics, tcp: createTcpProber() }),
    onCall: config.slack.onCall,
    log,
    onPass: telemetry.onPass,
  });
  const onCall = [...config.slack.onCall.groups, ...config.slack.onCall.users];
  const limits = createSendLimits(config.slack.editsPerMinute);
  const alertCards = createAlertCards({ config, stores, chat, newId });
  const outbox = outboxOf({
    ...{ 'r-': stores.outbox, 'INC-': stores.incidentOutbox },
    ...(config.alerts ? { 'a-': alertCards.outbox, 'd-': alertCards.outbox } : {}),
  });
  const delivery = new CardDelivery({
    outbox,
    chat,
    renderCard: (card) =>
      card.kind === 'incident'
        ? incidentCard({
            ...{ incident: card.incident, rev: card.rev, clocks: clocksOf(card.incident) },
            ...{ onCall, root: config.slack.rootCommand },
          })
        : card.kind === 'rollout'
          ? rolloutCard({
              ...{ rollout: card.rollout, rev: card.rev, onCall, root: config.slack.rootCommand },
              mayRollBack: rollbackPeople(config, card.rollout.target),
            })
          : alertCards.render(card),
    renderLine: threadLine,
    attachList: alertCards.attachList,
    limits,
    createBackoff,
    countLive: async () => (await stores.rollouts.active()).length,
    pace: config.slack,
    time: {
      now: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    },
    log,
    hooks: {
      onSent: telemetry.onMessage,
      onFailed: telemetry.onMessageFailed,
      onRateLimited: telemetry.onRateLimited,
      onSettled: async (id) => {
        if (id.startsWith('r-')) await stores.rollouts.forgetActive(id);
      },
    },
  });

  const watchAtRest = createRestWatch({
    ...{ config, router, workloads, chat, log, newId },
    ...{
      store: stores.rollouts,
      targets: stores.targets,
      clock: stores.clock,
      deliveries: stores.deliveries,
    },
    render: (target, notice) => restNotice({ target, notice, onCall }),
    takeBudget: () => limits.take('chat.postMessage', 'alarm'),
    onLook: telemetry.onRestLook,
    onFailed: (slackError) => telemetry.onMessageFailed('notice', slackError),
  });

  const commandDeps = { config, commands, services, people: directory };
  const asking = {
    root: config.slack.rootCommand,
    runCommand: (typed: TypedCommand) => runCommand(commandDeps, typed),
  };
  const redraws = new Redraws({ store: stores.rollouts, queue, log });
  const slackApp = createSlackApp({
    apiUrl: config.slack.apiUrl,
    token: secrets.slackBotToken,
    signingSecret: secrets.slackSigningSecret,
    appToken: secrets.slackAppToken,
    clients: slack,
    mask,
    gate: {
      teams: config.slack.teams,
      channels: channelsOf(config),
      deliveries: stores.deliveries,
      showError: errorReply,
      whispers: chat,
      isUnlimited: (command, text) => isRollback(commandDeps, command, text),
      needsNoStore: ({ kind, action, command, text }) =>
        kind === 'command' || kind === 'event'
          ? isRollback(commandDeps, command, text)
          : [
              `click ${ACTIONS.rollback}`,
              `click ${ACTIONS.alertRollBack}`,
              `submit ${MODALS.rollback}`,
            ].includes(action),
      auditDenied: services.auditDenied,
    },
    listeners: {
      command: createCommandListener({ ...commandDeps, log }),
      click: createClickListener({
        buttons,
        cardButtons,
        openers,
        ...asking,
        services,
        people: directory,
        redraw: (id) => {
          delivery.urge(id);
          if (id.startsWith('INC-')) return services.incidents.redraw(id);
          return id.startsWith('r-') ? redraws.draw(id) : services.alerts.redraw(id);
        },
        log,
      }),
      submit: createSubmitListener({
        forms,
        services,
        people: directory,
        commands,
        callCommand: (call) => callCommand(commandDeps, call),
        log,
      }),
      options: createOptionsListener({ services, log }),
      mention: createMentionListener({
        ...asking,
        chat,
        services,
        usageOf: (text) => usageOf(commandDeps, text),
        log,
      }),
    },
    log,
  });

  if (!(await connections.ready(START_WITHIN_MS)))
    log.warn({}, 'the state store does not answer yet: going on without it until it does');
  queue.startDriveWorker({ concurrency: DRIVES_AT_ONCE, drive });
  queue.startChannelWorker({ deliver: (channel, signal) => delivery.deliverChannel(channel, signal) });
  const intake =
    config.alerts &&
    createAlertIntake({
      ...{ settings: config.alerts, config, stores, queue, telemetry, mask, log },
      ...{ ports: useCasePorts, chat, outbox },
      ...{ diagnostics: new KubernetesDiagnostics(clients), history: metrics },
    });
  const clockJobs = [
    ...jobs({
      store: stores.rollouts,
      targets: stores.targets,
      outbox,
      queue,
      clock: stores.clock,
      log,
      repairIndexes: stores.repairIndexes,
      rebuild: createRebuild({
        config,
        store: stores.rollouts,
        ...{ targets: stores.targets, deliveries: stores.deliveries, epoch: stores.epoch },
        ...{ router, queue, clock: stores.clock, chat, log, newId },
      }),
      recordLate: () => services.recordLate(),
      drawOwed: () => redraws.drawOwed(),
      onBacklog: telemetry.setUndelivered,
      rest: {
        clock: stores.clock,
        deliveries: stores.deliveries,
        restEveryMs: config.atRest.every,
        targets: () => services.targets(),
        lookAtRest: watchAtRest,
        log,
      },
    }),
    {
      name: 'remind-of-filings',
      pattern: '*/10 * * * * *',
      run: () => remindOfFilings(useCasePorts),
    },
    ...(intake?.jobs ?? []),
  ];
  const schedules = clockJobs.map(({ name, pattern, run }) =>
    cron.schedule(pattern, run, { name, noOverlap: true, suppressMissedWarning: true }),
  );
  const health = await startHealthServer({
    ...config.server,
    registry: telemetry.registry,
    readiness: () =>
      readinessOf({
        askStore: () => stores.rollouts.active(),
        durability: stores.durability,
        isSlackKnown: () => slackApp.identity() !== null,
      }),
  });
  const webhookPort = (await intake?.listen()) ?? null;
  for (const job of clockJobs) void job.run();
  const slackPort = await slackApp.start(config.slack.port, config.slack.host);
  log.info({ slackPort, healthPort: health.port, webhookPort }, 'Dabbawala is up');

  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    await Promise.all(schedules.map((schedule) => schedule.destroy()));
    await Promise.all([slackApp.stop(), intake?.close()]);
    await services.recordLate();
    await intake?.settle();
    await queue.close();
    await health.close();
    connections.close();
    log.info({}, 'Dabbawala has stopped');
  };
  return {
    slackPort,
    healthPort: health.port,
    webhookPort,
    stop: () => (stopping ??= stop()),
  };
}
