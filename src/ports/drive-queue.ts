/**
 * The alarm clock: which rollout to look at, on whichever replica. Truth is in the store; everything here may be lost.
 */
export interface DriveQueue {
  /** Makes sure that somebody drives this rollout soon and cuts the sleep of whoever does. */
  wake(rolloutId: string): Promise<void>;
  /** Makes sure that somebody delivers this channel's cards soon. */
  wakeChannel(channel: string): Promise<void>;
}
