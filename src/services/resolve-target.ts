/** Words to a target: short names, the channel's defaults, regions. Pure. */
import type { Config } from '../config/schema.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import { didYouMean, nearestWords } from '../lib/nearest.ts';

export interface TargetWords {
  /** undefined: the channel's service. */
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly region: string | undefined;
  readonly channel: string | null;
}

type Names = Pick<Config, 'services' | 'environments' | 'clusters' | 'defaultEnvironment' | 'slack'>;

/** The service that a channel stands for; null where it stands for none. */
export const channelService = (config: Names, channel: string | null): string | null =>
  (channel === null ? undefined : config.slack.channels[channel]?.service) ?? null;

/** The whole name of the service meant, by name or short name, or the channel's. Throws `unknown_service` with the nearest names. */
export function resolveService(config: Names, words: Pick<TargetWords, 'service' | 'channel'>): string {
  const typed = words.service?.toLowerCase() ?? channelService(config, words.channel);
  if (typed === null)
    throw new DabbawalaError('invalid_argument', 'No service was named and this channel stands for none.');
  if (Object.hasOwn(config.services, typed)) return typed;
  for (const [name, service] of Object.entries(config.services))
    if (service.short.includes(typed)) return name;
  const names = Object.keys(config.services);
  const all = Object.entries(config.services).flatMap(([name, service]) => [name, ...service.short]);
  const near = nearestWords(typed, all);
  throw new DabbawalaError(
    'unknown_service',
    `There is no service "${typed.slice(0, 60)}".${didYouMean(typed, all)}`,
    {
      hint:
        near.length > 0
          ? 'Pick one of the names shown, or add the service to the configuration.'
          : `The services are ${names.slice(0, 20).sort().join(', ')}.`,
    },
  );
}

function resolveEnvironment(config: Names, service: string, words: TargetWords): string {
  const known = config.services[service]?.environments ?? [];
  const asked =
    words.environment?.toLowerCase() ??
    (words.channel === null ? undefined : config.slack.channels[words.channel]?.environment);
  if (asked !== undefined) {
    if (known.includes(asked)) return asked;
    // Never another one than was asked for: a channel for staging must not reach production.
    throw new DabbawalaError(
      'unknown_environment',
      `${service} has no environment "${asked.slice(0, 60)}".${didYouMean(asked, known)}`,
      { hint: `Name one with \`env=…\`: ${known.join(', ')}.` },
    );
  }
  const fallback = config.defaultEnvironment;
  if (fallback !== undefined && known.includes(fallback)) return fallback;
  const [only] = known;
  if (known.length === 1 && only !== undefined) return only;
  throw new DabbawalaError(
    'unknown_environment',
    `${service} runs in several environments and none was named.`,
    {
      hint: `Name one with \`env=…\`: ${known.join(', ')}.`,
    },
  );
}

function resolveRegion(config: Names, environment: string, typed: string | undefined): string | null {
  const clusters = config.environments[environment]?.clusters ?? [];
  const regions = clusters.map((cluster) => config.clusters[cluster]?.region ?? null);
  const named = regions.filter((region) => region !== null);
  if (typed !== undefined) {
    const region = typed.toLowerCase();
    if (named.includes(region)) return region;
    throw new DabbawalaError(
      'invalid_argument',
      `${environment} has no region "${region.slice(0, 60)}".${didYouMean(region, named)}`,
      {
        hint:
          named.length === 0
            ? 'Leave `region=` out: there is only one.'
            : `Its regions are ${named.join(', ')}.`,
      },
    );
  }
  if (regions.length <= 1) return regions[0] ?? null;
  throw new DabbawalaError('region_required', `${environment} has several regions: ${named.join(', ')}.`);
}

/** Throws `unknown_service`, `unknown_environment`, `region_required` or `invalid_argument`, each with the names there are. */
export function resolveTarget(config: Names, words: TargetWords): Target {
  const service = resolveService(config, words);
  const environment = resolveEnvironment(config, service, words);
  return { service, environment, region: resolveRegion(config, environment, words.region) };
}
