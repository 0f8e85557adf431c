import type { Player } from './player.ts';

/** A scenario that plays itself. It throws when the end state, read back, is not right. */
export interface Story {
  readonly name: string;
  readonly title: string;
  play(player: Player): Promise<void>;
}
