/** The page behind the root command alone: the few things that cannot wait for the right words. */
import type { KnownBlock, ModalView } from '@slack/types';
import type { Approval } from '../core/approval/approval.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { ACTIONS, MODALS } from './actions.ts';
import { question } from './approval-parts.ts';
import { button, context, divider, plain, section } from './blocks.ts';
import { type FiringInput, firingSections } from './firing.ts';
import { candidateName, person, stableName, targetName } from './format.ts';
import { encodeMetadata } from './modal-metadata.ts';
import { escapeEntities, escapeText, when } from './text.ts';

export interface PageInput {
  /** Where answers go that only one person sees. */
  readonly channel: string;
  readonly root: string;
  readonly approvals: readonly {
    readonly rollout: Rollout;
    readonly approval: Approval;
    readonly link: string | null;
  }[];
  /** false: Slack could not say who is in a group, so some may be missing. */
  readonly areGroupsKnown: boolean;
  /** null: this bot takes no alerts. */
  readonly firing: FiringInput | null;
}

export const pageView = (input: PageInput): ModalView => ({
  type: 'modal',
  callback_id: MODALS.page,
  title: plain('Dabbawala'),
  close: plain('Close'),
  private_metadata: encodeMetadata({ channel: input.channel }),
  blocks: [
    rollback(),
    {
      ...section('*Deploy…*\nShows a plan and asks for approval.'),
      accessory: button({ actionId: ACTIONS.pageDeploy, label: 'Deploy…', value: 'deploy' }),
    },
    divider(),
    section('*My approvals*'),
    ...approvals(input),
    ...(input.firing === null ? [] : [divider(), ...firingSections(input.firing)]),
    context(`\`${escapeText(input.root)} help\` shows every command.`),
  ],
});

const rollback = (): KnownBlock => ({
  ...section('*Roll back…*\nBy weight at once while a rollout runs, else to the last good version.'),
  accessory: {
    type: 'external_select',
    action_id: ACTIONS.pageRollback,
    min_query_length: 0,
    placeholder: plain('Pick or type a service'),
  },
});

function approvals({ approvals: items, areGroupsKnown }: PageInput): readonly KnownBlock[] {
  const lines = items.map(line);
  if (lines.length === 0) lines.push(section('Nothing waits for you.'));
  return areGroupsKnown
    ? lines
    : [...lines, context('Slack could not say who is in which group: some may be missing here.')];
}

/** Decided on the card, which shows the whole plan. */
function line({ rollout, approval, link }: PageInput['approvals'][number]): KnownBlock {
  const versions =
    rollout.plan === null ? candidateName(rollout) : `${stableName(rollout)} → ${candidateName(rollout)}`;
  const what = approval.subject.kind === 'plan' ? versions : question(rollout, approval.subject);
  const text = `*${escapeEntities(targetName(rollout.target))}* · ${escapeEntities(what)}\nAsked by ${person(approval.requester)}, expires ${when(approval.expiresAt)}`;
  if (link === null) return section(`${text}. The card is in <#${escapeText(rollout.channel)}>.`);
  return {
    ...section(text),
    accessory: {
      ...button({ actionId: ACTIONS.pageCard, label: 'Open the card', value: rollout.id }),
      url: link,
    },
  };
}
