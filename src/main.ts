/** Process entry: configuration in, application up, signals to an orderly stop. */
import './node-version.ts';
import { startApp } from './app.ts';
import { loadConfig, loadSecrets } from './config/load.ts';
import { ownSecrets } from './config/own-secrets.ts';
import { isDabbawalaError } from './lib/errors.ts';
import { createMask } from './lib/outbound/mask.ts';

const EXIT_CONFIG = 78;
const STOP_WITHIN_MS = 15_000;

const mask = createMask(ownSecrets(process.env));
const complain = (text: string): void => console.error(mask(text));
const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

async function main(): Promise<void> {
  const file = process.argv[2] ?? process.env['DABBAWALA_CONFIG'] ?? 'config/dabbawala.yml';
  const config = loadConfig(file);
  const secrets = loadSecrets(process.env);
  const app = await startApp(config, secrets);
  const stop = (signal: string): void => {
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    void app.stop().then(
      () => process.exit(0),
      (error) => {
        complain(`stopping after ${signal} failed: ${textOf(error)}`);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}

// State is in Redis and the cluster: a process that no longer knows what it does is worth less than a fresh one.
process.on('unhandledRejection', (reason) => {
  complain(JSON.stringify({ level: 60, msg: 'unhandled rejection: leaving', err: mask(textOf(reason)) }));
  process.exit(1);
});

main().catch((error: unknown) => {
  const isConfig = isDabbawalaError(error, 'invalid_config');
  complain(isConfig ? error.message : textOf(error));
  process.exit(isConfig ? EXIT_CONFIG : 1);
});
