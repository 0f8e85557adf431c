import type { View } from '@slack/types';
import type { Target } from '../core/target.ts';
import type { Message } from '../ports/chat.ts';
import type { Actor, Services } from '../services/services.ts';

/** What a person typed after the verb, cleaned: `deploy pg v2.3.1 reason="x" dry-run`. */
export interface Arguments {
  /** Bare words that are neither flag nor key=value, in order. */
  readonly words: readonly string[];
  /** `key=value`, keys lower case. */
  readonly options: ReadonlyMap<string, string>;
  /** Bare flags, `--` removed: `dry-run`. */
  readonly flags: ReadonlySet<string>;
}

export interface CommandContext {
  readonly actor: Actor;
  readonly channel: string;
  readonly args: Arguments;
  readonly services: Services;
  /** `/dabba`, for the forms shown. */
  readonly root: string;
  /** Every command there is, for `help`. */
  readonly commands: readonly Command[];
  /** ms since the epoch, for ages. */
  readonly now: number;
  /** The service that this channel stands for; null where it stands for none. */
  readonly channelService: string | null;
  /** Service word, `env=` and `region=` to a target, with short names and the channel's defaults; throws with the nearest names. */
  resolveTarget(serviceWord: string | undefined): Target;
  /** The service alone, for what knows no place. */
  resolveService(serviceWord: string | undefined): string;
}

export type Reply =
  /** Seen by the person alone. */
  | { readonly kind: 'ephemeral'; readonly message: Message }
  /** A modal is opened with the command's trigger. */
  | { readonly kind: 'modal'; readonly view: View };

/** One verb, one file, one line in commands/index.ts. */
export interface Command {
  readonly verb: string;
  /** Other words for it. */
  readonly aliases: readonly string[];
  /** Right form, without the root command: `deploy <service> <version> [env=…] [reason="…"] [dry-run]`. */
  readonly usage: string;
  /** One line for the list. */
  readonly summary: string;
  /** Longer help, a few lines. */
  readonly details: readonly string[];
  /** Options and flags it knows; anything else is an argument error with the nearest valid word. */
  readonly options: readonly string[];
  readonly flags: readonly string[];
  run(context: CommandContext): Promise<Reply>;
}
