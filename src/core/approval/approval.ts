import type { Person } from '../target.ts';

/** Who may approve, and how. Pinned in the plan and part of its digest. */
export interface ApprovalPolicy {
  readonly users: readonly string[];
  /** Slack user group ids. */
  readonly groups: readonly string[];
  readonly emails: readonly string[];
  /** Distinct people needed; never the requester. */
  readonly needed: number;
  readonly expiryMs: number;
  /** When to remind, counted from the request. */
  readonly remindMs: number;
}

/** What one approval stands for. Anything else needs an approval of its own. */
export type ApprovalSubject =
  | { readonly kind: 'plan' }
  /** `traffic N` up, inside a running rollout. */
  | { readonly kind: 'traffic'; readonly step: number; readonly percent: number };

export interface Vote {
  readonly person: Person;
  readonly decision: 'approve' | 'reject';
  readonly at: number;
  /** Asked for on reject. */
  readonly reason: string | null;
  /** Members of the group that made this person an approver, as Slack answered at the click. */
  readonly members: readonly string[];
}

/** `applied`: an approved `traffic N` that has been acted on. */
export type ApprovalState =
  | 'pending'
  | 'approved'
  | 'applied'
  | 'rejected'
  | 'expired'
  | 'void'
  | 'withdrawn';

export interface Approval {
  /** `a1`, `a2`… within the rollout; a button carries it. */
  readonly id: string;
  readonly subject: ApprovalSubject;
  readonly planDigest: string;
  readonly requester: Person;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly remindAt: number;
  readonly reminded: boolean;
  readonly policy: ApprovalPolicy;
  readonly votes: readonly Vote[];
  readonly state: ApprovalState;
  readonly decidedAt: number | null;
}
