import type { Config } from '../config/schema.ts';
import type { AuditDraft } from '../core/audit.ts';
import type { Log } from '../lib/log.ts';
import type { AlertStore } from '../ports/alert-store.ts';
import type { Attachments, Directory } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { IncidentStore } from '../ports/incident-store.ts';
import type { OnCallStore } from '../ports/on-call-store.ts';
import type { AuditLog, RolloutStore, TargetStore } from '../ports/rollout-store.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { Workloads } from '../ports/workloads.ts';
import type { AlertHands } from './alerts/alert-hands.ts';
import type { Planner } from './planner.ts';
import type { Actor } from './services.ts';

/** What the use cases stand on. */
export interface UseCasePorts {
  readonly config: Config;
  readonly store: RolloutStore;
  readonly targets: TargetStore;
  readonly alerts: AlertStore;
  readonly onCall: OnCallStore;
  readonly incidents: IncidentStore;
  readonly audit: AuditLog;
  readonly queue: DriveQueue;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly registry: ImageRegistry;
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly planner: Planner;
  readonly log: Log;
  /** Address of the card of a rollout or an alert group; null: it has none yet. */
  readonly cardLink: (card: { readonly id: string; readonly channel: string }) => Promise<string | null>;
  /** Absent: no alerts are taken. */
  readonly hands?: AlertHands;
  /** A file in the thread of a card. false: the card is not posted yet. Throws `slack_unavailable`. */
  readonly attachToCard: (
    card: { readonly id: string; readonly channel: string },
    file: Parameters<Attachments['attach']>[2],
  ) => Promise<boolean>;
  /** 12 characters of [a-z0-9], unguessable. */
  readonly newId: () => string;
}

export const draft = (
  actor: Actor,
  at: number,
  action: string,
  object: string,
  outcome: AuditDraft['outcome'],
  data: AuditDraft['data'] = {},
  planDigest: string | null = null,
): AuditDraft => ({
  at,
  actor: actor.person,
  origin: actor.origin,
  action,
  object,
  outcome,
  planDigest,
  data,
});
