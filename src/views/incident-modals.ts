/** The forms of incidents. Their inputs have names of their own, read by readInputs(). */
import type { InputBlock, ModalView } from '@slack/types';
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
import { choice, option } from './modal-inputs.ts';
import { modal } from './modals.ts';
import { plainText } from './text.ts';

export const INCIDENT_FIELDS = {
  title: 'title',
  severity: 'severity',
  services: 'services',
  state: 'state',
  text: 'text',
} as const;

const severityInput = (initial: IncidentSeverity): InputBlock =>
  choice(
    INCIDENT_FIELDS.severity,
    'Severity',
    SEVERITIES.map((each) => [String(each), `SEV${each}: ${SEVERITY_WORDS[each]}`] as const),
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
  const shown = all.slice(0, LIMITS.options);
  if (shown.length === 0) return [];
  const initial = shown.filter((value) => chosen.includes(value));
  const named = (value: string) => option(value, plainText(value, 75));
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
        options: shown.map(named),
        ...(initial.length > 0 ? { initial_options: initial.map(named) } : {}),
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
  choice(
    INCIDENT_FIELDS.state,
    'State',
    STATES.filter((state) => state !== 'resolved').map((state) => [state, state] as const),
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
