/** What a modal carries from where it was opened to where it is submitted. Not secret, so every fact is read again. */
import type { Target } from '../core/target.ts';
import { LIMITS } from './limits.ts';

export interface ModalMetadata {
  /** Where the command was typed or the card stands. */
  readonly channel: string;
  /** encodeTarget(), when the target is fixed. */
  readonly target?: string;
  /** `environment` or `environment/region`, when there is only one. */
  readonly place?: string;
  readonly verb?: string;
  readonly rolloutId?: string;
  readonly approvalId?: string;
  readonly digestPrefix?: string;
  readonly revision?: string;
  /** Id of what its card is about, an alert group or an incident; or encodeCardValue() where more of it was seen. */
  readonly card?: string;
}

const KEYS = [
  'channel',
  'target',
  'place',
  'verb',
  'rolloutId',
  'approvalId',
  'digestPrefix',
  'revision',
  'card',
] as const;
const VALUE_MAX = 160;

/** Fits Slack's 3000 characters: a longer value than any of ours is cut, and then fails where it is read. */
export function encodeMetadata(metadata: ModalMetadata): string {
  const entries = KEYS.flatMap((key) => {
    const value = metadata[key];
    return value === undefined ? [] : [[key, value.slice(0, VALUE_MAX).toWellFormed()] as const];
  });
  return JSON.stringify(Object.fromEntries(entries)).slice(0, LIMITS.metadata);
}

/** null: not one of ours. Unknown keys are dropped. */
export function decodeMetadata(text: string): ModalMetadata | null {
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const known: Record<string, string> = {};
  for (const key of KEYS) {
    const value: unknown = Object.hasOwn(parsed, key) ? Reflect.get(parsed, key) : undefined;
    if (typeof value === 'string') known[key] = value;
    else if (value !== undefined) return null;
  }
  return typeof known.channel === 'string' ? { ...known, channel: known.channel } : null;
}

function parse(text: string): unknown {
  if (text.length > LIMITS.metadata) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `service/environment/region`, `-` for no region; an option's value as well. */
export const encodeTarget = (target: Target): string =>
  `${target.service}/${target.environment}/${target.region ?? '-'}`;

/** null: not one of ours. */
export function decodeTarget(text: string): Target | null {
  const [service, environment, region, more] = text.split('/');
  if (!service || !environment || !region || more !== undefined) return null;
  return { service, environment, region: region === '-' ? null : region };
}
