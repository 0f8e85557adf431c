/** Numbers with their units, durations, versions and people, as every view writes them. */
import type { Rule } from '../core/analysis/rule.ts';
import type { Role } from '../core/colour.ts';
import type { Plan, Revision } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Person, Target } from '../core/target.ts';
import { escapeText, grouped, plainText } from './text.ts';

/** Three significant digits at most, of milliseconds no more than a clock shows; `—` where there is no number. */
export function amount(value: number | null, unit: Rule['unit'] = ''): string {
  if (value === null || !Number.isFinite(value)) return '—';
  const size = Math.abs(value);
  const digits = unit === 'ms' ? (size >= 10 ? 0 : 1) : size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const fixed = value.toFixed(digits);
  const text = size >= 1000 ? grouped(value) : fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  return unit === '' ? text : `${text} ${unit}`;
}

export const percent = (value: number): string => amount(value, '%');

/** `45 s`, `2 min`, `1 min 10 s`, `1 h 5 min`, `3 d`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'an unknown time';
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  if (seconds < 86_400)
    return pair(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
  return pair(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h');
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

/** `1 approval`, `2 approvals`. */
export const count = (number: number, one: string, many: string = `${one}s`): string =>
  `${grouped(number)} ${number === 1 ? one : many}`;

/** Limit of a rule as a promise: `≤ 0.5 %`. */
export const limitText = (rule: Rule): string =>
  `${rule.breachWhen === 'above' ? '≤' : '≥'} ${amount(rule.limit, rule.unit)}`;

/** First 12 digits of a digest, enough to tell two apart. */
export const shortDigest = (digest: string): string =>
  plainText(digest.replace(/^sha256:/, '').slice(0, 12), 12);

/** Plain text: the tag, else the short digest. */
export const versionPlain = (revision: Revision): string =>
  revision.tag === null ? shortDigest(revision.digest) : plainText(revision.tag, 64);

/** As typed, for a rollout that has no plan yet. */
const typed = (version: string): string =>
  /^sha256:[0-9a-f]{64}$/.test(version) ? shortDigest(version) : plainText(version, 64);

/** Name of the Deployment on a side of an adoption; null: the plan is none. Plain text. */
export const adoptionSide = ({ kind, adoption }: Plan, role: Role): string | null => {
  if (!adoption) return null;
  const isOriginal = (kind === 'adopt') === (role === 'stable');
  return plainText(isOriginal ? adoption.original : adoption.colour, 80);
};

/** Both sides of an adoption run one version: there the names of the Deployments tell them apart. */
export const candidateName = ({ plan, version }: Rollout): string => {
  if (plan === null) return typed(version);
  return adoptionSide(plan, 'candidate') ?? versionPlain(plan.to);
};

/** Of a stable that was changed in mid-rollout, what it runs now: no button may promise another version. */
export const stableName = ({ plan, stableKnown }: Rollout): string => {
  if (plan === null) return 'the live version';
  const isOther = stableKnown !== undefined && stableKnown.digest !== plan.from.digest;
  const version = isOther
    ? `${shortDigest(stableKnown.digest)} (was ${versionPlain(plan.from)})`
    : versionPlain(plan.from);
  return adoptionSide(plan, 'stable') ?? version;
};

/** What a rollout is called where it is no deploy; empty for a deploy. */
export const kindWord = ({ kind }: Pick<Rollout, 'kind'>): string =>
  ({ deploy: '', rollback: 'rollback', adopt: 'adoption', 'adopt-undo': 'undo of adoption' })[kind];

/** `payment-gateway · prod`, with the region where there is one. Plain text. */
export const targetName = (target: Target): string =>
  `${plainText(target.service, 64)} · ${plainText(target.environment, 64)}${
    target.region === null ? '' : ` · ${plainText(target.region, 64)}`
  }`;

/** For mrkdwn. The name where we know it; else Slack draws the id, which notifies nobody in an edit. */
export const person = (who: Person): string => {
  if (who.name !== null && who.name.trim() !== '') return escapeText(who.name, 80);
  return /^[UW][A-Z0-9]{1,20}$/.test(who.id) ? `<@${who.id}>` : escapeText(who.id, 30);
};

/** For plain text, where Slack draws no id as a name. */
export const personPlain = (who: Person): string => plainText(who.name?.trim() || who.id, 80);

/** How long something lasted: `40 s`, `12 min`, `1 h 5 min`, `2 d 3 h`. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
