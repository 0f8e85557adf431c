/** What changed around an alert: each rollout in a line, with the way back beside it. */
import type { ConfirmationDialog } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { RelatedRollout } from '../core/alert/correlation.ts';
import { ACTIONS } from './actions.ts';
import { both, button, confirm, NOTHING, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { kindWord, lasting, percent, person, shortDigest, targetName } from './format.ts';
import { escapeEntities, plainText, when } from './text.ts';

export function alertChanges(group: AlertGroup): Part {
  const changes = group.changes ?? [];
  if (changes.length === 0) return NOTHING;
  return both(
    ...changes.map((change, index) => {
      const words = `${index === 0 ? '*What changed*\n' : ''}${line(group, change)}`;
      return change.mayGoBack && group.state === 'firing'
        ? { ...section(words), accessory: rollBack(group, change) }
        : section(words);
    }),
  );
}

/** Plain text. */
const version = (name: string): string => (/^sha256:/.test(name) ? shortDigest(name) : plainText(name, 64));

function line({ since }: AlertGroup, change: RelatedRollout): string {
  const { target, from, to, startedAt, requester } = change;
  const kind = kindWord(change);
  const versions = from === null ? version(to) : `${version(from)} → ${version(to)}`;
  const before = since - startedAt;
  const apart = `${lasting(Math.abs(before))} ${before >= 0 ? 'before' : 'after'} it began`;
  return [
    `${escapeEntities(targetName(target))} · ${kind === '' ? '' : `${kind}: `}*${escapeEntities(versions)}*`,
    `${stateOf(change)}. Asked by ${person(requester)} ${when(startedAt)}, ${apart}`,
  ].join('\n');
}

function stateOf({ state, percent: weight, endedAt }: RelatedRollout): string {
  switch (state) {
    case 'running':
      return `Running, ${percent(weight)} of traffic`;
    case 'going-back':
      return 'Going back';
    case 'promoted':
      return `Promoted ${endedAt === null ? '' : when(endedAt)}`.trim();
    case 'rolled-back':
      return `Rolled back ${endedAt === null ? '' : when(endedAt)}`.trim();
    case 'failed':
      return 'Failed, needs somebody';
  }
}

const rollBack = (group: AlertGroup, change: RelatedRollout) =>
  button({
    actionId: ACTIONS.alertRollBack,
    label: 'Roll back',
    value: encodeCardValue({ id: group.id, part: change.rolloutId, shown: String(group.episode) }),
    style: 'danger',
    confirm: question(change),
  });

function question({ target, from, to, state, percent: weight }: RelatedRollout): ConfirmationDialog {
  const back = from === null ? 'the version before' : version(from);
  const words =
    state === 'running'
      ? `Move 100 % of ${targetName(target)} back to ${back}? ${version(to)} has ${percent(weight)} now.`
      : `Bring ${targetName(target)} back from ${version(to)} to its last good version? Its pods are started first, then traffic moves in one step.`;
  return confirm('Roll back?', words, 'Roll back', 'Leave it', 'danger');
}
