/**
 * The alarm clock: which rollout to look at, on whichever replica. Truth is in the store; everything here may be lost.
 */
export interface DriveQueue {
  /**
   * Makes sure that somebody drives this rollout soon. `now`, the default, also cuts short what its driver waits for;
   * `soon` disturbs nobody who drives it already.
   */
  wake(rolloutId: string, when?: 'now' | 'soon'): Promise<void>;
  /** Makes sure that somebody delivers this channel's cards soon. */
  wakeChannel(channel: string): Promise<void>;
}

/** How a wake reaches the drive loop of its rollout. None is lost while the loop is busy. */
export interface Wakeups {
  /** Begins a pass: aborts when the next wake comes, so that a look which waits on something slow is cut short. */
  nextWake(): AbortSignal;
  /** `woken`: a wake has come since the pass began; `stopped`: this process is shutting down, leave the loop. */
  sleep(ms: number): Promise<'woken' | 'elapsed' | 'stopped'>;
}
