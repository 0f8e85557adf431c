/** Ids of buttons and modals, and what a button carries. All facts are read again on the server; the value only says which card was seen. */
export const ACTIONS = {
  approve: 'approve',
  reject: 'reject',
  rollback: 'rollback',
  hold: 'hold',
  go: 'go',
  deployAgain: 'deploy_again',
} as const;

export const MODALS = {
  deploy: 'deploy_modal',
  reject: 'reject_modal',
  rollback: 'rollback_modal',
  traffic: 'traffic_modal',
  lock: 'lock_modal',
  unlock: 'unlock_modal',
  pickTarget: 'pick_target_modal',
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
