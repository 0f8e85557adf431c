/** What happened around an incident, from the audit chains of all that it touches: one list, oldest first. Pure. */
import type { AuditRecord } from '../audit.ts';
import { verifyChain } from '../audit-chain.ts';
import type { Incident } from './incident.ts';

export interface Chain {
  /** For people: `INC-12`, `rollout r-…`, `payment-gateway in prod`. */
  readonly name: string;
  readonly records: readonly AuditRecord[];
}

export interface TimelineEntry {
  readonly at: number;
  /** null: the bot itself. */
  readonly who: string | null;
  readonly chain: string;
  readonly action: string;
  readonly outcome: AuditRecord['outcome'];
  /** What it was done to, and with what, in words. */
  readonly text: string;
}

export interface Timeline {
  readonly from: number;
  readonly until: number;
  readonly entries: readonly TimelineEntry[];
  /** In the middle, where there are more than a person reads. */
  readonly leftOut: number;
  /** Chains whose records do not follow one another: said, never passed over. */
  readonly broken: readonly string[];
  readonly chains: readonly string[];
}

/** What led to it is often older than its alarm. */
export const BEFORE_MS = 30 * 60_000;
export const AFTER_MS = 10 * 60_000;
const ENTRIES_AT_MOST = 400;

/** Who looked changes nothing. */
const isLook = (action: string): boolean => /\.(?:show|plan)$/.test(action);

export function timelineOf(
  { detectedAt, resolvedAt }: Pick<Incident, 'detectedAt' | 'resolvedAt'>,
  chains: readonly Chain[],
  now: number,
): Timeline {
  const from = detectedAt - BEFORE_MS;
  const until = resolvedAt === null ? now : Math.min(now, resolvedAt + AFTER_MS);
  const all = chains
    .flatMap(({ name, records }) =>
      records
        .filter(({ at, action }) => at >= from && at <= until && !isLook(action))
        .map((record) => entryOf(name, record)),
    )
    .sort((a, b) => a.at - b.at);
  // The beginning says why, the end how: what is left out is in the middle.
  const half = ENTRIES_AT_MOST / 2;
  const isLong = all.length > ENTRIES_AT_MOST;
  return {
    ...{ from, until },
    entries: isLong ? [...all.slice(0, half), ...all.slice(-half)] : all,
    leftOut: isLong ? all.length - ENTRIES_AT_MOST : 0,
    broken: chains.flatMap(({ name, records }) => (verifyChain(records) === null ? [] : [name])),
    chains: chains.map(({ name }) => name),
  };
}

function entryOf(chain: string, { at, actor, action, outcome, object, data }: AuditRecord): TimelineEntry {
  const { text, ...rest } = data;
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${String(value)}`);
  const words = [typeof text === 'string' ? text : '', ...facts].filter((part) => part !== '');
  return {
    ...{ at, chain, action, outcome },
    who: actor === null ? null : (actor.name ?? actor.id),
    text: words.length === 0 ? object : words.join(', '),
  };
}
