/** Words to a target where a thread may imply it. Pure. */
import type { Target } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import { channelService, resolveTarget, type TargetWords } from './resolve-target.ts';
import type { ThreadPlace } from './thread-place.ts';

type Names = Parameters<typeof resolveTarget>[0];

/** The service that needs not be named here. */
export function impliedService(config: Names, channel: string, thread: ThreadPlace): string | null {
  if (thread.kind === 'card') return thread.target.service;
  return thread.kind === 'unknown' ? null : channelService(config, channel);
}

/** Below a card its whole target is meant, also when its service is named: never the channel's environment instead. */
export function resolveInThread(config: Names, words: TargetWords, thread: ThreadPlace): Target {
  if (thread.kind === 'unknown' && words.service === undefined)
    throw new DabbawalaError('invalid_argument', 'No service was named and the thread could not be read.', {
      hint: 'Name the service.',
    });
  if (thread.kind !== 'card' || !isOfCard(config, words, thread.target)) return resolveTarget(config, words);
  const { service, environment, region } = thread.target;
  const isSamePlace = words.environment === undefined || words.environment.toLowerCase() === environment;
  return resolveTarget(config, {
    ...words,
    service,
    environment: words.environment ?? environment,
    region: words.region ?? (isSamePlace ? (region ?? undefined) : undefined),
  });
}

function isOfCard(config: Names, { service }: TargetWords, target: Target): boolean {
  const typed = service?.toLowerCase();
  return (
    typed === undefined ||
    typed === target.service ||
    (config.services[target.service]?.short ?? []).includes(typed)
  );
}
