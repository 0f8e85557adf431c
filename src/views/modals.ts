/** The modals, and the ids by which their submissions are read. */
import type { KnownBlock, ModalView } from '@slack/types';
import type { Target } from '../core/target.ts';
import { MODALS } from './actions.ts';
import { plain } from './blocks.ts';
import { targetName } from './format.ts';
import { LIMITS } from './limits.ts';
import { percentInput, reason, select, targetSelect, text, version } from './modal-inputs.ts';
import { encodeMetadata, encodeTarget, type ModalMetadata } from './modal-metadata.ts';
import { clipPlain, escapeEntities, escapeText, plainText } from './text.ts';

export {
  decodeMetadata,
  decodeTarget,
  encodeMetadata,
  encodeTarget,
  type ModalMetadata,
} from './modal-metadata.ts';
export { type ModalValues, readInputs, readModalValues } from './modal-values.ts';

import { FIELDS } from './modal-values.ts';

export { REASON_MAX } from './modal-inputs.ts';
export { FIELDS } from './modal-values.ts';

export interface DeployModalInput {
  readonly targets: readonly Target[];
  /** Channel that the card goes to. */
  readonly channel: string;
  readonly initial?: {
    readonly service?: string;
    readonly environment?: string;
    readonly region?: string;
    readonly version?: string;
    readonly reason?: string;
  };
}

export function deployModal({ targets, channel, initial = {} }: DeployModalInput): ModalView {
  const services = distinct(targets.map((target) => target.service));
  const places = distinct(targets.map(placeOf));
  const place =
    initial.environment === undefined ? undefined : joinPlace(initial.environment, initial.region ?? null);
  const blocks: KnownBlock[] = [select(FIELDS.service, 'Service', services, initial.service)];
  if (places.length > 1) blocks.push(select(FIELDS.environment, 'Environment', places, place));
  blocks.push(
    version(initial.version),
    reason('Reason', true, initial.reason, 'Needed in production; the card shows it'),
  );
  const [only] = places;
  return modal(MODALS.deploy, 'Deploy', 'Show the plan', blocks, {
    channel,
    ...(places.length === 1 && only !== undefined ? { place: only } : {}),
  });
}

export interface RejectModalInput {
  readonly rolloutId: string;
  readonly approvalId: string;
  readonly digestPrefix: string;
  /** What is rejected, in plain words: `payment-gateway · prod, v2.3.0 → v2.3.1`. */
  readonly title: string;
  readonly channel?: string;
}

export function rejectModal(input: RejectModalInput): ModalView {
  const { rolloutId, approvalId, digestPrefix, channel = '' } = input;
  return modal(
    MODALS.reject,
    'Reject',
    'Reject',
    [
      text(`Reject ${escapeText(input.title, 200)}? One reject ends it.`),
      reason('Reason, shown on the card', false),
    ],
    { channel, rolloutId, approvalId, digestPrefix },
  );
}

export interface TargetModalInput {
  readonly channel: string;
  /** Fixed when known; else it is picked from `targets`. */
  readonly target?: Target;
  readonly targets?: readonly Target[];
}

export const lockModal = (input: TargetModalInput): ModalView =>
  targetModal(
    MODALS.lock,
    'Lock',
    'Lock',
    input,
    'No deploy starts while it is locked. A rollback is never blocked.',
    [reason('Reason, shown to everyone', false)],
  );

export const unlockModal = (input: TargetModalInput): ModalView =>
  targetModal(MODALS.unlock, 'Unlock', 'Unlock', input, "Unlocking somebody else's lock names both of you.", [
    reason('Reason', true),
  ]);

export interface RollbackModalInput extends TargetModalInput {
  /** Binds it to one rollout; without it the newest state of the target counts. */
  readonly rolloutId?: string;
  /** Both versions in words, where known. */
  readonly sentence?: string;
}

export const rollbackModal = (input: RollbackModalInput): ModalView =>
  targetModal(
    MODALS.rollback,
    'Roll back',
    'Roll back',
    input,
    input.sentence ??
      'A running rollout goes back by weight at once. Later, the last good version is started and takes over.',
    [reason('Reason', true)],
    input.rolloutId === undefined ? {} : { rolloutId: input.rolloutId },
  );

export interface TrafficModalInput extends TargetModalInput {
  /** What the candidate has now. */
  readonly percent?: number;
}

export const trafficModal = (input: TrafficModalInput): ModalView =>
  targetModal(
    MODALS.traffic,
    'Shift traffic',
    'Shift',
    input,
    'The share of the candidate. Down happens at once and pauses; up is asked as an approval on the card.',
    [percentInput(input.percent)],
  );

/** For verbs that need a service and nothing else. */
export const pickTargetModal = (verb: string, targets: readonly Target[], channel: string = ''): ModalView =>
  modal(MODALS.pickTarget, clipPlain(plainText(verb), 20), 'Go on', [targetSelect(targets)], {
    channel,
    verb: verb.slice(0, 40),
  });

function targetModal(
  callback: string,
  title: string,
  submit: string,
  input: TargetModalInput,
  sentence: string,
  inputs: readonly KnownBlock[],
  extra: Partial<ModalMetadata> = {},
): ModalView {
  const { target, channel } = input;
  const words = escapeText(sentence, 400);
  const head =
    target === undefined
      ? [text(words), targetSelect(input.targets ?? [])]
      : [text(`*${escapeEntities(targetName(target))}*\n${words}`)];
  return modal(callback, title, submit, [...head, ...inputs], {
    ...extra,
    channel,
    ...(target === undefined ? {} : { target: encodeTarget(target) }),
  });
}

export const modal = (
  callback: string,
  title: string,
  submit: string,
  blocks: readonly KnownBlock[],
  metadata: ModalMetadata,
): ModalView => ({
  type: 'modal',
  callback_id: callback,
  title: plain(clipPlain(title, LIMITS.viewTitle)),
  submit: plain(clipPlain(submit, LIMITS.viewTitle)),
  close: plain('Cancel'),
  private_metadata: encodeMetadata(metadata),
  blocks: [...blocks],
});

const joinPlace = (environment: string, region: string | null): string =>
  region === null ? environment : `${environment}/${region}`;
const placeOf = (target: Target): string => joinPlace(target.environment, target.region);
const distinct = (values: readonly string[]): string[] => [...new Set(values)];
