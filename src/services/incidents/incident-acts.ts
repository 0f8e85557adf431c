/** What people, and the engine, do with incidents. Each throws DabbawalaError for whatever the person should hear, and leaves its audit record. */
import type { IncidentChange } from '../../core/incident/change.ts';
import type { Regulator } from '../../core/incident/clocks.ts';
import type { Incident, IncidentSeverity } from '../../core/incident/incident.ts';
import type { Timeline } from '../../core/incident/timeline.ts';
import type { StoredIncident } from '../../ports/incident-store.ts';
import type { Actor } from '../services.ts';

export interface DeclareRequest {
  /** At most 120 characters. */
  readonly title: string;
  readonly severity: IncidentSeverity;
  /** Names of the configuration. */
  readonly services: readonly string[];
  /** null: wherever they run. */
  readonly environment: string | null;
  /** Slack id of who leads; left out: whoever declares it. */
  readonly commander?: string;
  /** ms since the epoch; left out: now. The regulators' clocks run from here. */
  readonly detectedAt?: number;
  /** The alert group that it is about; its card names the incident. */
  readonly alertGroup?: string;
  /** Of the engine: while an incident of this key is open none is declared beside it. At most 100 characters. */
  readonly key?: string;
}

export interface Declared extends StoredIncident {
  /** false: an open one of the same key or alert was there. */
  readonly isNew: boolean;
}

/** What a form proposes for an alert. */
export interface Proposal {
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly services: readonly string[];
}

/** As typed: the commander by Slack id. */
export interface UpdateRequest extends Omit<IncidentChange, 'commander'> {
  readonly commander?: string;
}

export interface IncidentActs {
  /**
   * Opens an incident; its card follows in the war room. `actor` null: the engine itself, which needs no right and no
   * commander. Idempotent by `key`, and by `alertGroup`.
   */
  declare(actor: Actor | null, request: DeclareRequest): Promise<Declared>;
  /** Throws `no_incident`. */
  load(id: string): Promise<StoredIncident>;
  /** Open ones, worst first; `all`: the newest 20, open or not. */
  list(actor: Actor, which: { readonly all: boolean }): Promise<readonly StoredIncident[]>;
  /** State, severity, commander, services, or words for everybody. */
  update(actor: Actor, id: string, request: UpdateRequest): Promise<StoredIncident>;
  /** The clicker leads from now on. */
  takeCommand(actor: Actor, id: string): Promise<StoredIncident>;
  /** With a sentence that says how. */
  resolve(actor: Actor, id: string, text: string): Promise<StoredIncident>;
  /** What happened around it, from the audit trail. */
  timeline(actor: Actor, id: string): Promise<{ readonly incident: Incident; readonly timeline: Timeline }>;
  /** Words for the timeline; said in the card's thread too. */
  note(actor: Actor, id: string, text: string): Promise<StoredIncident>;
  /** Its draft goes as a file into the card's thread. Throws `slack_unavailable`; `not_now` before the card is posted. */
  postMortem(actor: Actor, id: string): Promise<StoredIncident>;
  /** That it was filed with a regulator: who and when are kept. Once for each. */
  filed(actor: Actor, id: string, regulator: Regulator, reference: string): Promise<StoredIncident>;
  /** The draft for a regulator goes as a text file into the card's thread. As postMortem(). */
  report(actor: Actor, id: string, regulator: Regulator): Promise<StoredIncident>;
  /** Throws `no_alert`. */
  propose(alertGroup: string): Promise<Proposal>;
  /** The one that is meant where none is named: the channel's own, else the only open one. Throws with the choice. */
  meant(channel: string): Promise<StoredIncident>;
  /** Names of the configuration, sorted. */
  services(): readonly string[];
  /** Marks the card to be drawn again and wakes its channel. */
  redraw(id: string): Promise<void>;
}
