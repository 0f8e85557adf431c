import type { Person } from '../target.ts';

/** Who may approve, and how. Pinned in the plan and part of its digest. */
export interface ApprovalPolicy {
  readonly users: readonly string[];
  /** Slack user group ids. */
  readonly groups: readonly string[];
  readonly emails: readonly string[];
  /**
   * Whose yes must be among them, and why: whoever leads the incident that is fixed. It counts for `needed` only where they
   * are approvers themselves: four eyes of approvers stay four eyes of approvers. Absent: nobody's.
   */
  readonly required?: { readonly id: string; readonly why: string };
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
  | { readonly kind: 'traffic'; readonly step: number; readonly percent: number }
  /** The rest of the steps' waits are skipped: to 100 in one move, the bake in full. */
  | { readonly kind: 'promote'; readonly step: number }
  /** On to `percent` though too few requests came for a verdict; 100 from 100 ends the bake. */
  | { readonly kind: 'evidence'; readonly step: number; readonly percent: number }
  /** On from `percent` after the record of the rollout was lost. */
  | { readonly kind: 'resume'; readonly step: number; readonly percent: number };

export interface Vote {
  readonly person: Person;
  readonly decision: 'approve' | 'reject';
  readonly at: number;
  /** Asked for on reject. */
  readonly reason: string | null;
  /** No approver: it stands for `policy.required` alone. */
  readonly isRequiredOnly?: true;
  /** Members of the group that made this person an approver, as Slack answered at the click. */
  readonly members: readonly string[];
}

/** `applied`: approved inside a running rollout, and acted on. */
export type ApprovalState =
  | 'pending'
  | 'approved'
  | 'applied'
  | 'rejected'
  | 'expired'
  | 'void'
  | 'withdrawn';

export interface Approval<Subject = ApprovalSubject> {
  /** `a1`, `a2`… within what it belongs to; a button carries it. */
  readonly id: string;
  readonly subject: Subject;
  /** Of the plan, or of whatever else is asked. */
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
