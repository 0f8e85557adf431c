import type { Command } from './command.ts';

/** By verb or alias; undefined: there is none. */
export const findCommand = (commands: readonly Command[], word: string): Command | undefined =>
  commands.find(
    (command) => command.verb === word.toLowerCase() || command.aliases.includes(word.toLowerCase()),
  );

export const verbWords = (commands: readonly Command[]): readonly string[] =>
  commands.flatMap((command) => [command.verb, ...command.aliases]);
