import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Service, startService } from './service.ts';

export interface ScrapeTarget {
  /** Full address of the exposition, path included. */
  readonly url: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Value of the `job` label; default `sandbox`. */
  readonly job?: string;
}

export interface PrometheusOptions {
  readonly targets: readonly ScrapeTarget[];
  readonly scrapeIntervalMs?: number;
  /** Alerting: the groups of a rule file, and where what fires is sent. */
  readonly alerting?: { readonly groups: readonly object[]; readonly alertmanager: string };
  readonly port?: number;
  /** Kept at close; without it a temporary folder is made and removed. */
  readonly dir?: string;
}

export type Prometheus = Service;

/** One scrape config per job, scheme and path: static targets cannot carry a path of their own. */
function scrapeConfigs(targets: readonly ScrapeTarget[]): unknown[] {
  const configs = new Map<string, { head: object; static_configs: object[] }>();
  for (const target of targets) {
    const url = new URL(target.url);
    const job = target.job ?? 'sandbox';
    const key = `${job} ${url.protocol} ${url.pathname}`;
    const config = configs.get(key) ?? {
      head: {
        job_name: configs.size === 0 ? job : `${job}-${configs.size}`,
        scheme: url.protocol.slice(0, -1),
        metrics_path: url.pathname,
      },
      static_configs: [],
    };
    config.static_configs.push({ targets: [url.host], labels: { job, ...target.labels } });
    configs.set(key, config);
  }
  return [...configs.values()].map(({ head, static_configs }) => ({ ...head, static_configs }));
}

/** Starts a real Prometheus on loopback that scrapes the targets. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const interval = `${options.scrapeIntervalMs ?? 1000}ms`;
  const config = stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: scrapeConfigs(options.targets),
    ...(options.alerting
      ? {
          rule_files: ['rules.yml'],
          alerting: {
            alertmanagers: [
              { static_configs: [{ targets: [new URL(options.alerting.alertmanager).host] }], timeout: '2s' },
            ],
          },
        }
      : {}),
  });
  return startService({
    title: 'prometheus',
    scheme: 'http',
    port: options.port,
    dir: options.dir,
    readyMs: 20_000,
    program: async (port, dir) => {
      const configFile = join(dir, 'prometheus.yml');
      await writeFile(configFile, config);
      if (options.alerting)
        await writeFile(join(dir, 'rules.yml'), stringify({ groups: options.alerting.groups }));
      return {
        command: 'prometheus',
        debianPackage: 'prometheus',
        brewFormula: 'prometheus',
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(dir, 'data')}`,
          '--storage.tsdb.retention.time=6h',
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ],
      };
    },
    isReady: async (port) =>
      (await fetch(`http://127.0.0.1:${port}/-/ready`, { signal: AbortSignal.timeout(1000) })).ok,
  });
}
