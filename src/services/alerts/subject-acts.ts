/** What each kind of request means: whether it may still be done, and how. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertRequest, AlertSubject } from '../../core/alert/alert-request.ts';
import type { Person } from '../../core/target.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { SeenGroup } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { containActs } from './contain-acts.ts';
import { silenceActs } from './silence-acts.ts';

export interface SubjectActs<Subject extends AlertSubject> {
  /** Throws where the group as it is does not allow it. */
  judge(group: AlertGroup, subject: Subject): void;
  /** What is not as it was shown, in words; null: all is. Throws where that cannot be seen. */
  recheck(group: AlertGroup, subject: Subject): Promise<string | null>;
  /** The intent, saved together with the deciding vote. */
  begin(group: AlertGroup, request: AlertRequest, approvedBy: Person, now: number): AlertGroup;
  /** Does it; whatever dies here is done by the clock. */
  run(stored: StoredGroup, seen: SeenGroup): Promise<StoredGroup>;
}

export type ActsByKind = {
  readonly [Kind in AlertSubject['kind']]: SubjectActs<Extract<AlertSubject, { readonly kind: Kind }>>;
};

export const subjectActs = (ports: AlertPorts): ActsByKind => ({
  silence: silenceActs(ports),
  quarantine: containActs(ports, 'quarantine'),
  kill: containActs(ports, 'kill'),
});
