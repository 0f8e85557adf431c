/** The forms of incidents. Their inputs have names of their own, read by readInputs(). */
import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import {
  type Incident,
  type IncidentSeverity,
  type IncidentState,
  SEVERITIES,
  STATES,
  TEXT_MAX,
  TITLE_MAX,
} from '../core/incident/incident.ts';
import { MODALS } from './actions.ts';
import { plain } from './blocks.ts';
import { SEVERITY_WORDS } from './incident-words.ts';
import { LIMITS } from './limits.ts';
import { encodeMetadata, type ModalMetadata } from './modal-metadata.ts';
import { clipPlain, plainText } from './text.ts';

export const INCIDENT_FIELDS = {
  title: 'title',
  severity: 'severity',
  services: 'services',
  state: 'state',
  text: 'text',
} as const;

interface Choice {
  readonly value: string;
  readonly label: string;
}

const option = ({ value, label }: Choice) => ({
  text: plain(clipPlain(label, LIMITS.optionText)),
  value,
});

const pick = (id: string, label: string, choices: readonly Choice[], initial: string): InputBlock => {
  const chosen = choices.find(({ value }) => value === initial);
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element: {
      type: 'static_select',
      action_id: id,
      options: choices.map(option),
      ...(chosen ? { initial_option: option(chosen) } : {}),
    },
  };
};

const severityInput = (initial: IncidentSeverity): InputBlock =>
  pick(
    INCIDENT_FIELDS.severity,
    'Severity',
    SEVERITIES.map((each) => ({ value: String(each), label: `SEV${each}: ${SEVERITY_WORDS[each]}` })),
    String(initial),
  );

const textInput = (
  id: string,
  label: string,
  more: {
    readonly max: number;
    readonly initial?: string;
    readonly isOptional?: boolean;
    readonly isLong?: boolean;
  },
): InputBlock => ({
  type: 'input',
  block_id: id,
  optional: more.isOptional === true,
  label: plain(label),
  element: {
    type: 'plain_text_input',
    action_id: id,
    multiline: more.isLong === true,
    max_length: more.max,
    ...(more.initial ? { initial_value: more.initial.slice(0, more.max).toWellFormed() } : {}),
  },
});

/** Slack holds 100 options; whoever has more services types the command. */
function servicesInput(all: readonly string[], chosen: readonly string[]): readonly InputBlock[] {
  const shown = all.slice(0, LIMITS.options).map((value) => ({ value, label: plainText(value, 75) }));
  if (shown.length === 0) return [];
  const initial = shown.filter(({ value }) => chosen.includes(value));
  return [
    {
      type: 'input',
      block_id: INCIDENT_FIELDS.services,
      optional: true,
      label: plain('Services'),
      hint: plain('SEV1 and SEV2 keep deploys of these away, never a rollback'),
      element: {
        type: 'multi_static_select',
        action_id: INCIDENT_FIELDS.services,
        options: shown.map(option),
        ...(initial.length > 0 ? { initial_options: initial.map(option) } : {}),
      },
    },
  ];
}

export interface DeclareModalInput {
  readonly channel: string;
  readonly services: readonly string[];
  readonly initial?: {
    readonly title?: string;
    readonly severity?: IncidentSeverity;
    readonly services?: readonly string[];
  };
  /** The alert group that it is declared from. */
  readonly alertGroup?: string;
}

export const declareModal = ({ channel, services, initial = {}, alertGroup }: DeclareModalInput): ModalView =>
  modal(
    MODALS.declareIncident,
    'Declare an incident',
    'Declare',
    [
      textInput(INCIDENT_FIELDS.title, 'What is wrong', {
        max: TITLE_MAX,
        ...(initial.title ? { initial: initial.title } : {}),
      }),
      severityInput(initial.severity ?? 2),
      ...servicesInput(services, initial.services ?? []),
    ],
    { channel, ...(alertGroup === undefined ? {} : { card: alertGroup }) },
  );

export const updateModal = (incident: Incident, channel: string): ModalView =>
  modal(
    MODALS.incidentUpdate,
    `Update ${incident.id}`,
    'Tell everybody',
    [
      textInput(INCIDENT_FIELDS.text, 'What is known now', { max: TEXT_MAX, isLong: true }),
      stateInput(incident.state === 'resolved' ? 'investigating' : incident.state),
      severityInput(incident.severity),
    ],
    { channel, card: incident.id },
  );

const stateInput = (initial: IncidentState): InputBlock =>
  pick(
    INCIDENT_FIELDS.state,
    'State',
    STATES.filter((state) => state !== 'resolved').map((state) => ({ value: state, label: state })),
    initial,
  );

export const resolveModal = (incident: Incident, channel: string): ModalView =>
  modal(
    MODALS.incidentResolve,
    `Resolve ${incident.id}`,
    'Resolve',
    [textInput(INCIDENT_FIELDS.text, 'How was it resolved?', { max: TEXT_MAX, isLong: true })],
    { channel, card: incident.id },
  );

const modal = (
  callback: string,
  title: string,
  submit: string,
  blocks: readonly KnownBlock[],
  metadata: ModalMetadata,
): ModalView => ({
  type: 'modal',
  callback_id: callback,
  title: plain(clipPlain(title, LIMITS.viewTitle)),
  submit: plain(submit),
  close: plain('Cancel'),
  private_metadata: encodeMetadata(metadata),
  blocks: [...blocks],
});
