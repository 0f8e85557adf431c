/** The one source of time for decisions. */
export interface Clock {
  /** Redis TIME in ms; while Redis is down, the last answer carried on by the monotonic clock. */
  now(): Promise<number>;
}
