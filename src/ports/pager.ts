import type { Severity } from '../core/alert/severity.ts';

/** What a paging service is told of one alert. The same word twice changes nothing there. */
export interface PageEvent {
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  /** Names the alert there; at most 255 characters. */
  readonly key: string;
  readonly summary: string;
  /** What has the problem. */
  readonly source: string;
  readonly severity: Severity;
  /** ms since the epoch. */
  readonly since: number;
  /** Address of the card; null: not known. */
  readonly link: string | null;
  readonly details: Readonly<Record<string, string>>;
}

export interface Pager {
  /**
   * Resolves when it was taken. Throws `pager_unavailable` (try again; `retryAfterMs` in its data where one was named) or
   * `pager_refused` (the same words will be refused again).
   */
  send(event: PageEvent): Promise<void>;
}

/** What a paging service was last told of an alert group in one of its episodes. */
export interface PageRecord {
  readonly key: string;
  readonly groupId: string;
  readonly episode: number;
  readonly told: 'nothing' | 'triggered' | 'acknowledged';
  /** Tries in a row that failed. */
  readonly tries: number;
  /** ms since the epoch: not before. */
  readonly nextAt: number;
}

/** All throw `store_unavailable`. */
export interface PageStore {
  /** Those that the paging service may still have open. */
  pages(): Promise<readonly PageRecord[]>;
  /** false: it is there already, and stays as it is. */
  add(record: PageRecord): Promise<boolean>;
  put(record: PageRecord): Promise<void>;
  remove(key: string): Promise<void>;
}
