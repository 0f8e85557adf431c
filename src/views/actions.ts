/** Ids of buttons and modals, and what a button carries. All facts are read again on the server; the value only says which card was seen. */
import type { Target } from '../core/target.ts';
import { decodeTarget, encodeTarget } from './modal-metadata.ts';

export const ACTIONS = {
  approve: 'approve',
  reject: 'reject',
  rollback: 'rollback',
  hold: 'hold',
  go: 'go',
  promote: 'promote',
  deployAgain: 'deploy_again',
  openForm: 'open_form',
  pageRollback: 'page_rollback',
  pageDeploy: 'page_deploy',
  pageCard: 'page_card',
  adopt: 'adopt',
  supersede: 'supersede',
  forceForward: 'force_forward',
  acknowledge: 'acknowledge',
  unacknowledge: 'unacknowledge',
  escalate: 'escalate',
  alertRollBack: 'alert_rollback',
  declareIncident: 'declare_incident',
  incidentUpdate: 'incident_update',
  incidentResolve: 'incident_resolve',
  incidentCommand: 'incident_command',
  silence: 'silence',
  endSilence: 'end_silence',
  quarantine: 'quarantine',
  killPod: 'kill_pod',
  expect: 'expect',
  unexpect: 'unexpect',
  alertApprove: 'alert_approve',
  alertReject: 'alert_reject',
} as const;

export const MODALS = {
  deploy: 'deploy_modal',
  reject: 'reject_modal',
  rollback: 'rollback_modal',
  traffic: 'traffic_modal',
  lock: 'lock_modal',
  unlock: 'unlock_modal',
  pickTarget: 'pick_target_modal',
  silence: 'silence_modal',
  quarantine: 'quarantine_modal',
  killPod: 'kill_pod_modal',
  expect: 'expect_modal',
  alertReject: 'alert_reject_modal',
  page: 'page',
  declareIncident: 'declare_incident_modal',
  incidentUpdate: 'incident_update_modal',
  incidentResolve: 'incident_resolve_modal',
} as const;

export interface ButtonValue {
  readonly rolloutId: string;
  /** Approval that the button decides; null for other buttons. */
  readonly approvalId: string | null;
  /** First 12 digits of the plan digest shown. */
  readonly digestPrefix: string;
  /** Decision revision of the card: see cardRevision(). */
  readonly revision: string;
}

/** What a button that opens a form carries: the words typed, and the target that the thread stood for. */
export interface FormValue {
  readonly text: string;
  readonly target: Target | null;
}

/** Longer words could not be read back whole: then there is no button. */
const FORM_VALUE_MAX = 1900;

export function encodeForm({ text, target }: FormValue): string | null {
  const value = `${target === null ? '-' : encodeTarget(target)}|${text}`;
  return value.length > FORM_VALUE_MAX ? null : value;
}

/** null: not one of ours. */
export function decodeForm(value: string): FormValue | null {
  const bar = value.indexOf('|');
  const place = value.slice(0, Math.max(bar, 0));
  const target = place === '-' ? null : decodeTarget(place);
  return bar < 0 || (target === null && place !== '-') ? null : { text: value.slice(bar + 1), target };
}

/** What a button that asks for a deploy once more carries: the deploy, and the rollout that it is to take the place of. */
export interface OfferValue {
  readonly rolloutId: string;
  readonly target: Target;
  readonly version: string;
  readonly reason: string | null;
  readonly forceForward?: boolean;
}

export const encodeOffer = ({ rolloutId, target, version, reason, forceForward }: OfferValue): string =>
  [rolloutId, encodeTarget(target), version, forceForward ? 'force-forward' : '-', reason ?? ''].join('|');

/** null: not one of ours. */
export function decodeOffer(value: string): OfferValue | null {
  const [rolloutId = '', place = '', version = '', force = '', ...reason] = value.split('|');
  const target = decodeTarget(place);
  if (!/^r-[a-z0-9]{12}$/.test(rolloutId) || target === null || version === '') return null;
  const forced = force === 'force-forward' ? { forceForward: true } : {};
  return { rolloutId, target, version, ...forced, reason: reason.join('|') || null };
}

/** At most 2000 characters by Slack; ours are under 120. */
export const encodeButton = (value: ButtonValue): string =>
  [value.rolloutId, value.approvalId ?? '-', value.digestPrefix, value.revision].join('|');

/** null: not one of ours. */
export function decodeButton(text: string): ButtonValue | null {
  const parts = text.split('|');
  const [rolloutId, approvalId, digestPrefix, revision] = parts;
  if (parts.length !== 4 || !rolloutId || !approvalId || digestPrefix === undefined || !revision) return null;
  if (!/^r-[a-z0-9]{12}$/.test(rolloutId) || !/^[0-9a-f]{0,12}$/.test(digestPrefix)) return null;
  return { rolloutId, approvalId: approvalId === '-' ? null : approvalId, digestPrefix, revision };
}
