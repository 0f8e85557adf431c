/**
 * Every Redis key name of Dabbawala, and nowhere else. One hash tag per aggregate: all keys that a script touches are in
 * one slot, so Redis Cluster works. Indexes (`act`, `clm`) live in slots of their own and are written beside the script.
 */
import { type Target, targetKey } from '../../core/target.ts';

const alertTag = (shard: number): string => `db:{al:${String(shard).padStart(2, '0')}}`;
const targetTag = (target: Target): string => `db:{svc:${targetKey(target)}}`;

export const keys = {
  /** Hash: rev, token, phase, doc, channel, cardRev, postedRev, ts, posting. */
  state: (id: string) => `db:{r:${id}}:s`,
  /** List of undelivered thread lines, each `<lineId> <json>`. */
  lines: (id: string) => `db:{r:${id}}:l`,
  rolloutAudit: (id: string) => `db:{r:${id}}:a`,
  /** String: `<rolloutId> <takenAt>`. */
  claim: (target: Target) => `${targetTag(target)}:claim`,
  /** The one rollout that takes the claim next: a superseder keeps its place while it is looked after. */
  turn: (target: Target) => `${targetTag(target)}:next`,
  /** Hash: owner, email, doc. */
  lock: (target: Target) => `${targetTag(target)}:lock`,
  /** Hash: rev, doc: what was said of the target at rest. */
  rest: (target: Target) => `${targetTag(target)}:rest`,
  /** Sorted set of rollout ids by creation time. */
  history: (target: Target) => `${targetTag(target)}:h`,
  targetAudit: (target: Target) => `${targetTag(target)}:a`,
  /** Index, sorted set: ids that have not ended or are not delivered, by creation time. */
  active: 'db:{act}',
  /** Index, sorted set: `<target> <rolloutId>` by the time the claim was taken. */
  claims: 'db:{clm}',
  /** String: the name of what this store remembers. */
  epoch: 'db:{epoch}',
  generalAudit: 'db:{audit}:a',
  /** Stream of accepted messages that wait for their group: `doc`, `id`. */
  alertIntake: (shard: number) => `${alertTag(shard)}:in`,
  /** Stream of messages that could not be read. */
  alertAside: (shard: number) => `${alertTag(shard)}:bad`,
  /** Sorted set of groups that are not over, by their beginning. */
  alertOpen: (shard: number) => `${alertTag(shard)}:open`,
  /** Set of channels that any of the following is or was there for. */
  alertChannels: (shard: number) => `${alertTag(shard)}:ch`,
  /** Sorted set of a channel's groups that no message tells of, most urgent first. */
  alertFresh: (shard: number, channel: string) => `${alertTag(shard)}:new:${channel}`,
  /** The same of groups whose message, or the digest that names them, shows an older state. */
  alertDirty: (shard: number, channel: string) => `${alertTag(shard)}:dirty:${channel}`,
  /** The same of open groups that only a digest names. */
  alertNamed: (shard: number, channel: string) => `${alertTag(shard)}:named:${channel}`,
  /** Hash: rev, doc, channel, episode, over, urgency, cardRev, postedRev, ts, posting, digest, pastDigest. */
  alertState: (shard: number, id: string) => `${alertTag(shard)}:s:${id}`,
  /** List of undelivered thread lines, as `lines`. */
  alertLines: (shard: number, id: string) => `${alertTag(shard)}:l:${id}`,
  alertAudit: (shard: number, id: string) => `${alertTag(shard)}:a:${id}`,
  /** Hash: level to who stands in there. */
  onCall: 'db:{oncall}:o',
  /** Hash: name to a mute by a person's word. */
  mutes: 'db:{oncall}:m',
  onCallAudit: 'db:{oncall}:a',
  /** All of incidents in one slot: they are few. */
  incidentCount: 'db:{inc}:n',
  /** Hash: rev, doc, channel, cardRev, postedRev, ts, posting. */
  incidentState: (id: string) => `db:{inc}:s:${id}`,
  incidentLines: (id: string) => `db:{inc}:l:${id}`,
  incidentAudit: (id: string) => `db:{inc}:a:${id}`,
  /** Sorted sets by the time of the declaration: open ones, those with something undelivered, all. */
  incidentsOpen: 'db:{inc}:open',
  incidentsDirty: 'db:{inc}:dirty',
  incidents: 'db:{inc}:all',
  /** Hash: key to the incident that was last declared by it. */
  incidentsByKey: 'db:{inc}:k',
  /** Hash: dedup key to what the paging service was told. */
  pages: 'db:{pages}',
  /** Hash: heartbeat to when it was last heard. */
  beats: 'db:{watch}:beats',
  /** Hashes: rev, doc. */
  beatWatch: 'db:{watch}:beat',
  lateWatch: 'db:{watch}:late',
  /** Hash: alert groups that the clock must look at, by the time of their last entry. */
  errands: 'db:{errands}',
  digestState: (id: string) => `db:{dg}:s:${id}`,
  /** String: id of the channel's newest digest. */
  digestNewest: (channel: string) => `db:{dg}:newest:${channel}`,
  /** Sorted set of a channel's digests with something undelivered, by their beginning. */
  digestDirty: (channel: string) => `db:{dg}:dirty:${channel}`,
  /** Set of channels that ever had one. */
  digestChannels: 'db:{dg}:ch',
  once: (key: string) => `db:once:${key}`,
} as const;

/** Channel that cuts the sleep of whichever replica drives a rollout. */
export const WAKE_CHANNEL = 'db:wake';
/** The braces put every key of BullMQ in one slot. */
export const QUEUE_PREFIX = '{db-q}';
/** BullMQ forbids `:` in queue names. */
export const DRIVE_QUEUE = 'drive';
export const CHANNEL_QUEUE = 'channel';

/** For rebuilding the indexes: every aggregate by pattern, and the id back from its key. */
export const STATE_PATTERN = 'db:{r:*}:s';
export const CLAIM_PATTERN = 'db:{svc:*}:claim';
export const rolloutIdOf = (stateKey: string): string | null =>
  /^db:\{r:(.+)\}:s$/.exec(stateKey)?.[1] ?? null;
export const targetOfClaimKey = (claimKey: string): Target | null =>
  parseTargetKey(/^db:\{svc:(.+)\}:claim$/.exec(claimKey)?.[1] ?? '');

/** The inverse of `targetKey`. */
export const parseTargetKey = (text: string): Target | null => {
  const [service, environment, region, ...rest] = text.split('/');
  if (!service || !environment || !region || rest.length > 0) return null;
  return { service, environment, region: region === '-' ? null : region };
};

export const claimMember = (target: Target, rolloutId: string): string => `${targetKey(target)} ${rolloutId}`;
export const parseClaimMember = (
  member: string,
): { readonly target: Target; readonly rolloutId: string } | null => {
  const space = member.indexOf(' ');
  const target = parseTargetKey(member.slice(0, Math.max(space, 0)));
  return target && { target, rolloutId: member.slice(space + 1) };
};
