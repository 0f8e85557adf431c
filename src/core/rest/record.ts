/** What people were told of a service at rest: once per state, again when it changes, and when it is over. Pure. */
import { type Colour, colourWorkload, otherColour } from '../colour.ts';
import type { Target } from '../target.ts';
import type { RestLook, RestVerdict } from './judge.ts';

export type RestState =
  | 'sound'
  | 'moved'
  /** Decided and not yet done, or not yet said: whoever looks next carries it through. */
  | 'putting-back'
  /** It could not be done yet; tried again with every look. */
  | 'stuck'
  | 'stranded';

/** `page` mentions on-call, `note` and `over` mention nobody. */
export interface RestNotice {
  /** The dedup id of its message. */
  readonly id: string;
  readonly at: number;
  readonly level: 'page' | 'note' | 'over';
  /** A word or three, for the first line. */
  readonly title: string;
  /** Plain sentences. */
  readonly text: string;
  /** What to do, or where to look closer; null: nothing. */
  readonly todo: { readonly words: string; readonly command: string } | null;
}

/** One per target, in the store. */
export interface RestRecord {
  readonly schemaVersion: 1;
  /** Raised by every save. */
  readonly rev: number;
  readonly state: RestState;
  /** Tells one occurrence of a state from another: a change of it is said again. */
  readonly key: string;
  readonly since: number;
  /** Notices not yet delivered, oldest first. */
  readonly unsaid: readonly RestNotice[];
  /** The last page, by its title: what flaps is said again, and wakes nobody again so soon. */
  readonly paged?: { readonly title: string; readonly at: number };
}

/** The same page within this time mentions nobody. */
const PAGE_AGAIN_MS = 600_000;

/** Slack was away: the oldest news is worth least. */
const UNSAID_AT_MOST = 10;

export interface RestPlace {
  readonly target: Target;
  readonly namespace: string;
  /** Name of the route object. */
  readonly route: string;
  /** How often it is looked at, ms. */
  readonly everyMs: number;
}

/** All that a sentence may need. */
export interface RestContext {
  readonly place: RestPlace;
  readonly look: RestLook;
  readonly now: number;
}

type Said = Omit<RestNotice, 'id' | 'at'>;

export const nameOf = ({ look }: RestContext, colour: Colour): string => {
  const seen = look.colours[colour];
  const version = seen.kind === 'seen' ? seen.value.version : null;
  return version === null ? colour : `${colour} (${version})`;
};

const percentOf = ({ look }: RestContext, colour: Colour): string => {
  const percent = look.route.kind === 'seen' ? look.route.value.percent[colour] : 0;
  return `${Math.round(percent * 10) / 10} %`;
};

const podsOf = ({ look }: RestContext, colour: Colour): string => {
  const seen = look.colours[colour];
  if (seen.kind === 'unknown') return 'pods that cannot be seen';
  if (seen.kind === 'absent') return 'no Deployment';
  const { ready } = seen.value;
  return ready === 0 ? 'no ready pod' : `${ready} ready ${ready === 1 ? 'pod' : 'pods'}`;
};

const inspect = ({ place }: RestContext, colour: Colour): string =>
  `kubectl -n ${place.namespace} describe deployment ${colourWorkload(place.target.service, colour)}`;
const edit = ({ place }: RestContext): string =>
  `kubectl -n ${place.namespace} edit virtualservice ${place.route}`;

const deadWords = (context: RestContext, dead: Colour): string =>
  `${nameOf(context, dead)} has ${percentOf(context, dead)} of the traffic and ${podsOf(context, dead)}.`;

/** Taken before the write, said after it. */
export const saidPutBack = (context: RestContext, dead: Colour, to: Colour): Said => ({
  level: 'page',
  title: `PUT BACK TO ${to.toUpperCase()}`,
  text: `${nameOf(context, dead)} had traffic and ${podsOf(context, dead)}. ${nameOf(context, to)}, recorded as stable, has 100 % again and ${podsOf(context, to)}.`,
  todo: {
    words: `Find out what took the pods of ${dead} away before traffic goes there again`,
    command: inspect(context, dead),
  },
});

export const saidStuck = (context: RestContext, dead: Colour, to: Colour, why: string): Said => ({
  level: 'page',
  title: 'NOT PUT BACK YET',
  text: `${deadWords(context, dead)} ${nameOf(context, to)}, recorded as stable, has ${podsOf(context, to)}, but the route could not be written: ${why} It is tried again every ${Math.max(1, Math.round(context.place.everyMs / 1000))} s.`,
  todo: { words: `Give ${to} 100 % by hand`, command: edit(context) },
});

function saidStranded(
  context: RestContext,
  { dead, because }: Extract<RestVerdict, { kind: 'stranded' }>,
): Said {
  const other = otherColour(dead);
  const hands = `${nameOf(context, other)} has ${podsOf(context, other)}`;
  const why = {
    'is-stable': `It is the colour recorded as stable; ${hands}. Nothing was moved: a version that was not recorded as stable gets no traffic by itself.`,
    'stable-dead': `${nameOf(context, other)} is recorded as stable and has ${podsOf(context, other)}. Nothing was moved.`,
    'not-recorded': `No colour is recorded as stable, so nothing was moved; ${hands}.`,
  }[because];
  return {
    level: 'page',
    title: 'NO READY POD',
    text: `${deadWords(context, dead)} ${why}`,
    todo: {
      words: `Bring its pods back, or give ${other} the traffic with \`${edit(context)}\` if you know that it is right. Look first`,
      command: inspect(context, dead),
    },
  };
}

function saidMoved(context: RestContext, { to }: Extract<RestVerdict, { kind: 'moved' }>): Said {
  const { look } = context;
  const writer = (look.route.kind === 'seen' && look.route.value.lastWriter) || 'Somebody';
  const stable = otherColour(to);
  return {
    level: 'note',
    title: 'MOVED BY HAND',
    text: `${writer} left ${percentOf(context, to)} of the traffic on ${nameOf(context, to)}; ${nameOf(context, stable)} is recorded as stable and has ${percentOf(context, stable)}. It is left as it is, and no rule is judged: there is no rollout.`,
    todo: { words: `If nobody meant this, give ${stable} 100 %`, command: edit(context) },
  };
}

const lasted = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
};

function saidOver(context: RestContext, before: RestRecord): Said {
  const after = lasted(context.now - before.since);
  const text =
    before.state === 'moved'
      ? `The traffic is where the last rollout left it again, after ${after}.`
      : `Every colour that has traffic has ready pods again, after ${after}.`;
  return { level: 'over', title: 'AS IT SHOULD BE', text, todo: null };
}

/** What tells one occurrence from another. */
function keyOf(verdict: RestVerdict): string {
  switch (verdict.kind) {
    case 'moved':
      return `${verdict.to}:${Math.round(verdict.percent)}`;
    case 'stranded':
      return `${verdict.dead}:${verdict.because}`;
    default:
      return '';
  }
}

const SOUND: RestRecord = { schemaVersion: 1, rev: 0, state: 'sound', key: '', since: 0, unsaid: [] };

/** Into a state, with what is said of it. */
export function enterRest(
  before: RestRecord | null,
  context: RestContext,
  state: RestState,
  key: string,
  said: Said | null,
): RestRecord {
  const { place, now } = context;
  const known = before ?? SOUND;
  const isSame = known.state === state && known.key === key;
  const { service, environment, region } = place.target;
  const rev = known.rev + 1;
  const id = `rest-${service}-${environment}-${region ?? ''}-${now}-${rev}`;
  const { paged } = known;
  const isPage = said?.level === 'page';
  const isRecent = isPage && paged?.title === said.title && now - paged.at < PAGE_AGAIN_MS;
  const notices: readonly RestNotice[] = said
    ? [{ ...said, ...(isRecent ? { level: 'note' as const } : {}), id, at: now }]
    : [];
  const lastPage = isPage && !isRecent ? { title: said.title, at: now } : paged;
  return {
    schemaVersion: 1,
    rev,
    state,
    key,
    since: isSame ? known.since : now,
    unsaid: [...known.unsaid, ...notices].slice(-UNSAID_AT_MOST),
    ...(lastPage ? { paged: lastPage } : {}),
  };
}

/**
 * The record after a look that moves nothing; the same object where there is nothing new. `unknown` is no news, and a
 * put-back is carried through by whoever holds the claim.
 */
export function noteRest(
  before: RestRecord | null,
  verdict: RestVerdict,
  context: RestContext,
): RestRecord | null {
  if (verdict.kind === 'unknown' || verdict.kind === 'put-back') return before;
  const key = keyOf(verdict);
  const known = before ?? SOUND;
  if (known.state === verdict.kind && known.key === key) return before;
  if (verdict.kind === 'sound') return enterRest(before, context, 'sound', key, saidOver(context, known));
  const said = verdict.kind === 'moved' ? saidMoved(context, verdict) : saidStranded(context, verdict);
  return enterRest(before, context, verdict.kind, key, said);
}

/** What is left to be said once these words are delivered. */
export const withoutNotice = (record: RestRecord, id: string): RestRecord => ({
  ...record,
  rev: record.rev + 1,
  unsaid: record.unsaid.filter((notice) => notice.id !== id),
});

/** Somebody began to put it back and did not come to the end. */
export const isUnfinished = (record: RestRecord | null): boolean =>
  record?.state === 'putting-back' || record?.state === 'stuck';
