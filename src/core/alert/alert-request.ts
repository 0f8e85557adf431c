/** What needs a second person before it is done to an alert: asked on its card, decided there, bound to what is shown. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Approval, ApprovalPolicy } from '../approval/approval.ts';
import { openApproval } from '../approval/decide-vote.ts';
import type { Person } from '../target.ts';
import type { AlertGroup } from './alert-group.ts';
import type { PodRef } from './contained.ts';
import type { SilenceWish } from './silence.ts';

export type AlertSubject =
  | ({ readonly kind: 'silence' } & SilenceWish)
  | { readonly kind: 'quarantine'; readonly pod: PodRef; readonly reason: string }
  | { readonly kind: 'kill'; readonly pod: PodRef; readonly reason: string };
export type AlertRequest = Approval<AlertSubject>;

/** Those before them are in the audit trail. */
const KEPT = 20;

/** Over all that an approver decides on. */
export const requestDigest = (
  group: Pick<AlertGroup, 'id' | 'episode' | 'key' | 'title'>,
  subject: AlertSubject,
): string =>
  createHash('sha256')
    .update(
      canonicalize({ ...subject, of: [group.id, group.episode, group.key, group.title] } as object) ?? '',
    )
    .digest('hex');

export function openRequest(
  group: AlertGroup,
  subject: AlertSubject,
  requester: Person,
  policy: ApprovalPolicy,
  now: number,
): AlertRequest {
  const last = Number(group.requests?.at(-1)?.id.slice(1) ?? 0);
  return openApproval(`q${last + 1}`, subject, requestDigest(group, subject), requester, policy, now);
}

export const withRequest = (group: AlertGroup, request: AlertRequest): AlertGroup => {
  const others = (group.requests ?? []).filter(({ id }) => id !== request.id);
  const all = [...others, request].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  return { ...group, requests: all.slice(-KEPT) };
};

export const pendingRequests = ({ requests = [] }: Pick<AlertGroup, 'requests'>): readonly AlertRequest[] =>
  requests.filter(({ state }) => state === 'pending');

/** What the clock makes of a request: `remind` once, `expire` at its end. null: nothing is due. */
export const dueOf = (request: AlertRequest, now: number): 'remind' | 'expire' | null => {
  if (request.state !== 'pending') return null;
  if (now >= request.expiresAt) return 'expire';
  return !request.reminded && now >= request.remindAt ? 'remind' : null;
};
