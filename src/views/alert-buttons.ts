/** What can be done with an alert group, in the order in which a hand looks for it. */
import type { Button } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { ACTIONS } from './actions.ts';
import { escalateButton } from './alert-calls.ts';
import { quarantineButton } from './alert-contained.ts';
import { expectButton } from './alert-expected.ts';
import { declareButton } from './alert-incident.ts';
import { maySilence } from './alert-silence.ts';
import { actions, both, button, NOTHING, type Part } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';

export interface AlertAbilities {
  /** The configuration names an Alertmanager. */
  readonly silence: boolean;
  /** Somebody has the right to mark a rule expected. */
  readonly expect?: boolean;
  readonly quarantine?: boolean;
  readonly kill?: boolean;
}

export function alertButtons(group: AlertGroup, can?: AlertAbilities): Part {
  const shown = controls(group, can);
  return shown.length === 0 ? NOTHING : both(actions(...shown));
}

function controls(group: AlertGroup, can?: AlertAbilities): readonly Button[] {
  if (group.state === 'resolved') return [];
  return [
    acknowledge(group),
    escalateButton(group, groupValue(group)),
    ...declareButton(group, groupValue(group)),
    ...(can?.silence && maySilence(group)
      ? [button({ actionId: ACTIONS.silence, label: 'Silence…', value: groupValue(group) })]
      : []),
    ...(can?.quarantine ? quarantineButton(group) : []),
    ...(can?.expect ? expectButton(group) : []),
  ];
}

export const groupValue = ({ id, episode }: AlertGroup, part: string | null = null): string =>
  encodeCardValue({ id, part, shown: String(episode) });

const acknowledge = (group: AlertGroup): Button =>
  group.acknowledged === null
    ? button({
        actionId: ACTIONS.acknowledge,
        label: 'Acknowledge',
        value: groupValue(group),
        style: 'primary',
      })
    : button({ actionId: ACTIONS.unacknowledge, label: 'Un-acknowledge', value: groupValue(group) });
