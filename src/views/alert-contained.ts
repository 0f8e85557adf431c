/** Pods of an alert that were taken out of service, and the forms that ask for it. */
import type { Button, ModalView } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { ContainedPod } from '../core/alert/contained.ts';
import type { FoundPod } from '../ports/containment.ts';
import { ACTIONS, MODALS } from './actions.ts';
import { both, button, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { person } from './format.ts';
import { choice, reason, text } from './modal-inputs.ts';
import { FIELDS, modal } from './modals.ts';
import { escapeText, when } from './text.ts';

const WORDS: Readonly<Record<ContainedPod['state'], string>> = {
  quarantining: '⏳ is being quarantined',
  quarantined:
    '🔒 *quarantined*: no network where the cluster enforces NetworkPolicies, no Service; it runs on',
  killing: '⏳ is being killed',
  killed: '✖️ *killed*',
  gone: 'was gone already',
  failed: '⚠️ *not done*',
};

export function alertContained(group: AlertGroup, canKill: boolean): Part {
  const shown = (group.contained ?? []).slice(-5);
  return both(
    ...shown.map((one) => {
      const { pod, state, by, approvedBy, at, failure } = one;
      const words = section(
        `Pod \`${escapeText(pod.name, 80)}\` ${WORDS[state]} ${when(at)}${failure === null ? '' : `: ${escapeText(failure, 300)}`}\nAsked by ${person(by)}, approved by ${person(approvedBy)}`,
      );
      return state === 'quarantined' && canKill
        ? {
            ...words,
            accessory: button({
              ...{ actionId: ACTIONS.killPod, label: 'Kill pod…', style: 'danger' },
              value: encodeCardValue({ id: group.id, part: pod.uid, shown: String(group.episode) }),
            }),
          }
        : words;
    }),
  );
}

export const quarantineButton = (group: AlertGroup): readonly Button[] =>
  group.source === 'falco' && Object.keys(group.pods).length > 0
    ? [
        button({
          ...{ actionId: ACTIONS.quarantine, label: 'Quarantine pod…' },
          value: encodeCardValue({ id: group.id, part: null, shown: String(group.episode) }),
        }),
      ]
    : [];

interface ContainModal {
  readonly card: string;
  readonly channel: string;
  readonly group: AlertGroup;
}

export const quarantineModal = (input: ContainModal & { readonly pods: readonly FoundPod[] }): ModalView =>
  modal(
    MODALS.quarantine,
    'Quarantine pod',
    'Ask for it',
    [
      text(
        `*${escapeText(input.group.title, 120)}*\nThe pod loses its network and its Services, another one is started in its place, and it runs on as evidence. A second person must approve.`,
      ),
      choice(
        FIELDS.pod,
        'Which pod',
        input.pods.map(({ pod }) => [
          pod.uid,
          `${pod.name} · seen ${input.group.pods[pod.name] ?? 0}× · ${pod.cluster}`,
        ]),
      ),
      reason('Reason, shown to whoever approves', false),
    ],
    { channel: input.channel, card: input.card },
  );

export const killModal = (input: ContainModal & { readonly pod: string }): ModalView =>
  modal(
    MODALS.killPod,
    'Kill pod',
    'Ask for it',
    [
      text(
        `Kill \`${escapeText(input.pod, 80)}\`? What it holds in memory and on its own disk is lost: secure the evidence first. A second person must approve.`,
      ),
      reason('Reason, shown to whoever approves', false),
    ],
    { channel: input.channel, card: input.card },
  );
