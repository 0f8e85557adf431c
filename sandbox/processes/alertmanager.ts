import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { type Service, startService } from './service.ts';

export interface AlertmanagerOptions {
  /** Where it sends groups, with the bearer token that goes along. */
  readonly webhook: { readonly url: string; readonly token: string };
  readonly groupBy?: readonly string[];
  /** Default 1 s: what fires is told at once, what is new of a group a second later. */
  readonly groupIntervalMs?: number;
  readonly port?: number;
}

export type Alertmanager = Service;

/** Debian's package names it after Prometheus, everybody else does not. */
function commandOf(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const isThere = (name: string): boolean =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return isThere('prometheus-alertmanager') ? 'prometheus-alertmanager' : 'alertmanager';
}

/** Starts a real Alertmanager on loopback, alone in its cluster, that tells the webhook. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { webhook, groupBy = ['alertname', 'service'], groupIntervalMs = 1000 } = options;
  const config = stringify({
    route: {
      receiver: 'war-room',
      group_by: groupBy,
      group_wait: '0s',
      group_interval: `${groupIntervalMs}ms`,
      repeat_interval: '4h',
    },
    receivers: [
      {
        name: 'war-room',
        webhook_configs: [
          {
            url: webhook.url,
            send_resolved: true,
            http_config: { authorization: { credentials: webhook.token } },
          },
        ],
      },
    ],
  });
  return startService({
    title: 'alertmanager',
    scheme: 'http',
    port: options.port,
    readyMs: 20_000,
    program: async (port, dir) => {
      const configFile = join(dir, 'alertmanager.yml');
      await writeFile(configFile, config, { mode: 0o600 });
      return {
        command: commandOf(),
        debianPackage: 'prometheus-alertmanager',
        brewFormula: 'alertmanager',
        args: [
          `--config.file=${configFile}`,
          `--storage.path=${join(dir, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          // Empty: no gossip, no port of its own.
          '--cluster.listen-address=',
          '--log.level=warn',
        ],
      };
    },
    isReady: async (port) =>
      (await fetch(`http://127.0.0.1:${port}/-/ready`, { signal: AbortSignal.timeout(1000) })).ok,
  });
}
