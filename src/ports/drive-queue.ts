/**
 * The alarm clock: which rollout to look at, on whichever replica. Truth is in the store; everything here may be lost.
 */
export interface DriveQueue {
  /** Makes sure that somebody drives this rollout soon and cuts the sleep of whoever does. */
  wake(rolloutId: string): Promise<void>;
  /** Makes sure that somebody delivers this channel's cards soon. */
  wakeChannel(channel: string): Promise<void>;
}

/** A drive loop's sleep, which a wake of its rollout cuts short. */
export interface Wakeups {
  /**
   * `woken`: a wake arrived, now or since the last sleep ended (none is lost while the loop is busy); `stopped`: this
   * process is shutting down, leave the loop.
   */
  sleep(ms: number): Promise<'woken' | 'elapsed' | 'stopped'>;
}
