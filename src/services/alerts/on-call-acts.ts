/** Who is called on which level, for people. Each throws DabbawalaError for whatever the person should hear. */
import type { BySeverity, OnCall, Override } from '../../core/alert/on-call.ts';
import type { Actor } from '../services.ts';

export interface LevelNow extends OnCall {
  /** 1 is the first. */
  readonly level: number;
  /** ms since the epoch: when another one is called there; null: not within a week. */
  readonly until: number | null;
  /** Who stands in; null: nobody does. */
  readonly override: Override | null;
  /** Time without an acknowledgement until the next level; of the last one nobody is called. */
  readonly after: BySeverity;
}

export interface StandIn {
  readonly level: number;
  /** Slack ids of users and groups. */
  readonly people: readonly string[];
  readonly forMs: number;
}

export interface OnCallActs {
  /** Open to whoever may use the channel. */
  show(): Promise<readonly LevelNow[]>;
  /** These are called on that level in place of the table, until it ends by itself. In place of the override before. */
  standIn(actor: Actor, standIn: StandIn): Promise<Override>;
  /** The table counts again. null: nobody stood in. */
  clear(actor: Actor, level: number): Promise<Override | null>;
}
