import type { Reply } from '../commands/command.ts';
import type { Actor, Services } from '../services/services.ts';
import type { ThreadPlace } from '../services/thread-place.ts';

export interface OpenContext {
  /** The button's value, or what was chosen. */
  readonly value: string;
  /** Where its message stands, or where its page was opened. */
  readonly channel: string;
  /** The same as if this person had typed it here. */
  ask(text: string, thread?: ThreadPlace): Promise<Reply>;
  /** Who clicked; throws while Slack cannot say. */
  actor(): Promise<Actor>;
  readonly services: Services;
}

/** A button or select that belongs to no card: it opens a form, or asks for what its message offers. One file, one line in handlers/index.ts. */
export interface Opener {
  readonly actionId: string;
  open(context: OpenContext): Promise<Reply>;
}
