/** Whom an alert calls, since when, or why it calls nobody. */
import type { Button } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { ACTIONS } from './actions.ts';
import { both, button, confirm, context, NOTHING, type Part } from './blocks.ts';
import { escapeText, plainText, when, whenLong } from './text.ts';
import { mention } from './thread.ts';

export function alertCalls({ state, escalation, muted, acknowledged, silence, expected }: AlertGroup): Part {
  if (state === 'resolved') return NOTHING;
  const lines: string[] = [];
  // A silence and a mark have lines of their own.
  if (muted && silence?.state !== 'open' && !expected) {
    const until = muted.until === null ? '' : ` until ${whenLong(muted.until)}`;
    lines.push(`🔕 Muted by _${escapeText(muted.name, 60)}_${until}: nobody is called`);
  }
  // The first level is called by the card itself, and who looks has a line of his own.
  if (escalation && escalation.level > 1) {
    const names = acknowledged ? [] : escalation.called.map(mention).filter((each) => each !== null);
    const who = names.length === 0 ? '' : `: ${names.slice(0, 10).join(' ')}`;
    lines.push(`📟 Level ${escalation.level} since ${when(escalation.since)}${who}`);
  }
  return lines.length === 0 ? NOTHING : both(context(lines.join('\n')));
}

export const escalateButton = ({ title, escalation }: AlertGroup, value: string): Button =>
  button({
    actionId: ACTIONS.escalate,
    label: 'Escalate',
    value,
    confirm: confirm(
      'Call the next level now?',
      `${plainText(title, 70)}: level ${(escalation?.level ?? 0) + 1} is mentioned in the thread at once. If there is none, the last one is called again.`,
      'Call them',
      'Leave it',
    ),
  });
