/** What one person alone sees: refusals, and what was accepted. */
import type { KnownBlock } from '@slack/types';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import type { DabbawalaError } from '../lib/errors.ts';
import type { Message } from '../ports/chat.ts';
import type { TargetLock } from '../ports/rollout-store.ts';
import { ACTIONS } from './actions.ts';
import { actions, button, context, fitMessage, section } from './blocks.ts';
import { pendingApproval } from './buttons.ts';
import { candidateName, percent, person, stableName, targetName } from './format.ts';
import { escapeEntities, escapeProse, escapeText, whenLong } from './text.ts';

/** One sentence or a few lines. Markup of Slack is escaped; paired backticks stay. */
export const textReply = (text: string): Message => reply(escapeProse(text));

function reply(...lines: readonly string[]): Message {
  const blocks: readonly KnownBlock[] = [section(lines.join('\n'))];
  return fitMessage({ text: lines.join('\n'), blocks, classic: blocks });
}

/** What happened, what to do next, the code that leads to log, audit and docs/errors.md. */
export function errorReply(error: DabbawalaError): Message {
  const what = `⚠️ ${escapeProse(error.message, 1500)}`;
  const todo = error.hint === '' ? '' : `*To do:* ${escapeProse(error.hint, 2000)}`;
  const code = `Code \`${escapeText(error.code)}\``;
  const blocks = [section(what), ...(todo === '' ? [] : [section(todo)]), context(code)];
  return fitMessage({
    text: [what, todo, code].filter((part) => part !== '').join('\n'),
    blocks,
    classic: blocks,
  });
}

/**
 * What a mention left out: a form cannot be opened from a message, so the right words are said and a button opens it.
 * @param value null: what was typed is too long for a button to carry
 */
export function formReply(usage: string, value: string | null): Message {
  const words = `This needs more: \`${escapeText(usage)}\``;
  const todo =
    value === null
      ? 'Write it whole after the mention.'
      : 'Write it whole after the mention, or open the form.';
  const open = button({ actionId: ACTIONS.openForm, label: 'Open the form', value: value ?? '-' });
  const blocks = [section(`${words}\n${todo}`), ...(value === null ? [] : [actions(open)])];
  return fitMessage({ text: `${words} ${todo}`, blocks, classic: blocks });
}

export type Accepted =
  | { readonly kind: 'deploy' | 'adopt'; readonly rollout: Rollout }
  | {
      readonly kind: 'rollback';
      readonly how: 'at-once' | 'withdrawn' | 'fast-lane';
      readonly rollout: Rollout;
    }
  /** On the route alone, while the store is away. */
  | {
      readonly kind: 'rollback-by-route';
      readonly target: Target;
      readonly from: number;
      readonly stable: string;
      readonly candidate: string;
    }
  | {
      readonly kind: 'traffic';
      readonly how: 'at-once' | 'approval-asked';
      /** Which share each version gets, as the use case answered. */
      readonly sentence: string;
      readonly rollout: Rollout;
    }
  | { readonly kind: 'hold' | 'go' | 'promote'; readonly rollout: Rollout }
  | { readonly kind: 'lock' | 'unlock'; readonly target: Target; readonly lock: TargetLock }
  | {
      readonly kind: 'counted';
      readonly votes: number;
      readonly needed: number;
      readonly missing?: string;
    }
  | { readonly kind: 'decided'; readonly decision: 'approved' | 'rejected' }
  | { readonly kind: 'repeated' };

/** Says what was taken on, never that it has already happened: the card says that. */
export const acceptedReply = (accepted: Accepted): Message => reply(...acceptedLines(accepted));

function acceptedLines(accepted: Accepted): string[] {
  switch (accepted.kind) {
    case 'deploy':
      if (accepted.rollout.supersedes) return [supersedeLine(accepted.rollout, accepted.rollout.supersedes)];
      return [
        `Deploy of *${candidate(accepted.rollout)}* to *${target(accepted.rollout.target)}* is accepted. The plan card follows in <#${escapeText(accepted.rollout.channel)}>; traffic moves only after approval.`,
      ];
    case 'adopt':
      return [
        `${accepted.rollout.kind === 'adopt' ? 'Adoption' : 'The end of the adoption'} of *${target(accepted.rollout.target)}* is accepted. The plan card follows in <#${escapeText(accepted.rollout.channel)}>; nothing changes before approval.`,
      ];
    case 'rollback':
      return [rollbackLine(accepted.how, accepted.rollout)];
    case 'rollback-by-route':
      return routeRollbackLines(accepted);
    case 'traffic':
      return [
        escapeProse(accepted.sentence),
        accepted.how === 'at-once'
          ? 'Accepted: the weight moves at once and the rollout is paused there.'
          : 'An approval is asked on the card; the weight moves only after it.',
      ];
    case 'hold':
      return [
        `Hold of *${target(accepted.rollout.target)}* is accepted: ${candidate(accepted.rollout)} stays at ${percent(accepted.rollout.confirmedPercent)}. A breach still rolls back.`,
      ];
    case 'go':
      return [goLine(accepted.rollout)];
    case 'promote':
      return [
        `An approval to promote *${target(accepted.rollout.target)}* is asked on the card: ${candidate(accepted.rollout)} goes to 100 % in one move, on the first look after it that passes every rule. The bake stays.`,
      ];
    case 'lock':
      return [
        `🔒 *${target(accepted.target)}* is locked by ${person(accepted.lock.owner)}: ${escapeText(accepted.lock.reason)}`,
        'No deploy starts until it is unlocked. A rollback is never blocked.',
      ];
    case 'unlock':
      return [
        `🔓 *${target(accepted.target)}* is unlocked. It was locked by ${person(accepted.lock.owner)} ${whenLong(accepted.lock.at)}: ${escapeText(accepted.lock.reason)}`,
      ];
    case 'counted':
      return [
        `Your vote is counted: ${accepted.votes} of ${accepted.needed} approvals${accepted.missing === undefined ? '' : `, and one is wanted besides: ${escapeText(accepted.missing, 120)}`}.`,
      ];
    case 'decided':
      return [
        accepted.decision === 'approved'
          ? 'Approved. The rollout starts; the card shows it.'
          : 'Rejected. The card shows it with your reason.',
      ];
    case 'repeated':
      return ['You had voted the same before; nothing changed.'];
  }
}

const supersedeLine = (rollout: Rollout, { version }: NonNullable<Rollout['supersedes']>): string =>
  `Deploy of *${candidate(rollout)}* to *${target(rollout.target)}* is accepted and takes the place of ${escapeEntities(version)}, which goes back first. Its own card follows in <#${escapeText(rollout.channel)}>; traffic moves to it only after approval.`;

const goLine = (rollout: Rollout): string => {
  if (pendingApproval(rollout, 'resume') !== null)
    return `The record of who approved the rollout of *${target(rollout.target)}* is lost, so an approval to go on at ${percent(rollout.confirmedPercent)} is asked on the card.`;
  return pendingApproval(rollout, 'evidence') === null
    ? `*${target(rollout.target)}* goes on with its plan. The card shows the next step.`
    : `Too few requests come to judge *${target(rollout.target)}*, so an approval to go on without evidence is asked on the card.`;
};

function rollbackLine(how: 'at-once' | 'withdrawn' | 'fast-lane', rollout: Rollout): string {
  const name = target(rollout.target);
  const stable = escapeEntities(stableName(rollout));
  switch (how) {
    case 'withdrawn':
      return `The request to deploy ${candidate(rollout)} to *${name}* is withdrawn. No traffic was touched.`;
    case 'at-once':
      return `Rollback of *${name}* is accepted: 100 % goes back to ${stable} now. The card says when no request reaches ${candidate(rollout)} any more.`;
    case 'fast-lane':
      return `Rollback of *${name}* to its last good version is accepted. Its pods are started first; the card follows in <#${escapeText(rollout.channel)}>.`;
  }
}

function routeRollbackLines({
  target: of,
  from,
  stable: to,
  candidate: version,
}: Extract<Accepted, { kind: 'rollback-by-route' }>): string[] {
  const [name, stable, old] = [target(of), escapeText(to, 100), escapeText(version, 100)];
  if (from === 0)
    return [
      `${old} has no traffic on the route of *${name}*, so nothing had to be written.`,
      'The state store is away: nothing advances meanwhile. Your order is kept here and recorded when it is back; if the bot restarts before, give it again.',
    ];
  return [
    `*${name}* is rolled back on its route: ${stable} has 100 % now, ${old} had ${percent(from)}.`,
    'The state store is away, so this is *not on record yet*: it is written down, and the card follows, when it is back. A Kubernetes Event on the route says it meanwhile.',
  ];
}

const candidate = (rollout: Rollout): string => escapeEntities(candidateName(rollout));
const target = (of: Target): string => escapeEntities(targetName(of));
