/** The bot as a process of its own: started, killed, started again. It runs unchanged; only its addresses are this world's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Part } from '../contract.ts';

export interface BotOptions {
  readonly configFile: string;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly slackPort: number;
  readonly healthPort: number;
  readonly webhookPort: number;
  readonly logFile: string;
  /** Entry to run; default the source. */
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Bot extends Part {
  readonly pid: number | null;
  /** Where Slack sends requests; null while it is down. */
  readonly eventsUrl: string | null;
  /** Where Alertmanager and Falco send; null while it is down. */
  readonly webhooksUrl: string | null;
  readonly logFile: string;
  /** SIGKILL: no goodbye. Resolves when it is gone. */
  kill(): Promise<void>;
  /** The last lines of its log. */
  recentLog(lines: number): Promise<string>;
  /** Resolves when it answers its health check. */
  start(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_WITHIN_MS = 30_000;

export async function startBot(options: BotOptions): Promise<Bot> {
  let child: ChildProcess | null = null;
  let log: WriteStream | null = null;

  const ended = (process: ChildProcess): Promise<void> =>
    process.exitCode !== null || process.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => process.once('exit', () => resolve()));

  const bot: Bot = {
    logFile: options.logFile,
    get pid() {
      return child?.pid ?? null;
    },
    get eventsUrl() {
      return child ? `http://127.0.0.1:${options.slackPort}/slack/events` : null;
    },
    get webhooksUrl() {
      return child ? `http://127.0.0.1:${options.webhookPort}/webhooks` : null;
    },
    async start() {
      if (child) return;
      log ??= createWriteStream(options.logFile, { flags: 'a' });
      const started = spawn(process.execPath, [options.entry ?? ENTRY, options.configFile], {
        env: {
          ...process.env,
          ...options.env,
          SLACK_BOT_TOKEN: options.botToken,
          SLACK_SIGNING_SECRET: options.signingSecret,
          // A real app's token in this shell must not take the bot away from its local Slack.
          SLACK_APP_TOKEN: '',
          SLACK_APP_TOKEN_FILE: '',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stdout?.pipe(log, { end: false });
      started.stderr?.pipe(log, { end: false });
      started.once('exit', () => {
        if (child === started) child = null;
      });
      await answers(`http://127.0.0.1:${options.healthPort}/healthz`, started, options.logFile);
    },
    recentLog: (lines) => tail(options.logFile, lines),
    async kill() {
      const running = child;
      if (!running) return;
      running.kill('SIGKILL');
      await ended(running);
    },
    async close() {
      const running = child;
      if (running) {
        running.kill('SIGTERM');
        const late = setTimeout(() => running.kill('SIGKILL'), 8000);
        await ended(running);
        clearTimeout(late);
      }
      log?.end();
      log = null;
    },
  };
  await bot.start();
  return bot;
}

async function answers(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + START_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(
        `the bot ended with code ${child.exitCode} while starting:\n${await tail(logFile, 20)}`,
      );
    const isUp = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the bot did not answer within ${START_WITHIN_MS / 1000} s:\n${await tail(logFile, 20)}`);
}

const tail = async (file: string, lines: number): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-lines).join('\n');
