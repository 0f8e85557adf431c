/** From the text of a slash command to its answer. Knows nothing of how the answer travels. */
import type { Config } from '../config/schema.ts';
import type { Origin } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { buildActor, lookUpFor, type People } from '../services/build-actor.ts';
import { channelService, resolveTarget } from '../services/resolve-target.ts';
import type { Services } from '../services/services.ts';
import { commandHelp } from '../views/help.ts';
import type { Arguments, Command, CommandContext, Reply } from './command.ts';
import { findCommand, verbWords } from './find.ts';
import { cleanText, parseArguments, splitVerb } from './parse.ts';

export interface CommandDeps {
  readonly config: Config;
  readonly commands: readonly Command[];
  readonly services: Services;
  readonly people: People;
  /** ms since the epoch, for ages in answers. */
  readonly now?: () => number;
}

export interface TypedCommand {
  /** `/dabba`, `/deploy`… */
  readonly slash: string;
  readonly text: string;
  readonly userId: string;
  readonly team: string | null;
  readonly channel: string;
}

interface Asked {
  readonly command: Command;
  readonly text: string;
}

/** An alias of a verb, or the first word after the root command; `/dabba` alone is `help`. */
export function readVerb(deps: Pick<CommandDeps, 'config' | 'commands'>, slash: string, text: string): Asked {
  const { slack } = deps.config;
  const alias = Object.entries(slack.aliases).find(([, name]) => name === slash)?.[0];
  const { verb, rest } = alias === undefined ? splitVerb(text || 'help') : { verb: alias, rest: text };
  const isOurs = alias !== undefined || slash === slack.rootCommand;
  const command = isOurs ? findCommand(deps.commands, verb) : undefined;
  if (command) return { command, text: rest };
  const what = isOurs
    ? `There is no verb "${verb.slice(0, 60)}".`
    : `${slash.slice(0, 40)} is none of my commands.`;
  throw new DabbawalaError(
    'unknown_verb',
    `${what}${isOurs ? didYouMean(verb, verbWords(deps.commands)) : ''}`,
    { hint: `Type \`${slack.rootCommand} help\` for the list.` },
  );
}

/** Rollback is never limited, however it is spelt. */
export function isRollback(
  deps: Pick<CommandDeps, 'config' | 'commands'>,
  slash: string,
  text: string,
): boolean {
  const alias = Object.entries(deps.config.slack.aliases).find(([, name]) => name === slash)?.[0];
  const word = alias ?? splitVerb(text.trim()).verb;
  return findCommand(deps.commands, word)?.verb === 'rollback';
}

export interface CommandCall {
  readonly command: Command;
  readonly args: Arguments;
  readonly userId: string;
  readonly origin: Origin;
  readonly channel: string;
}

/** Runs a command whose arguments are known; modals come in here. */
export async function callCommand(deps: CommandDeps, call: CommandCall): Promise<Reply> {
  const { config, services, commands } = deps;
  const { args, channel } = call;
  const actor = await buildActor(deps.people, call.userId, call.origin, lookUpFor(call.command.verb));
  const context: CommandContext = {
    actor,
    channel,
    args,
    services,
    commands,
    root: config.slack.rootCommand,
    now: (deps.now ?? Date.now)(),
    channelService: channelService(config, channel),
    resolveTarget: (service) =>
      resolveTarget(config, {
        service,
        environment: args.options.get('env'),
        region: args.options.get('region'),
        channel,
      }),
  };
  return call.command.run(context);
}

/** Throws DabbawalaError; a try that never reached a use case has been audited then. */
export async function runCommand(deps: CommandDeps, typed: TypedCommand): Promise<Reply> {
  const origin: Origin = { via: 'command', team: typed.team, channel: typed.channel };
  const root = deps.config.slack.rootCommand;
  let asked: Asked;
  let args: Arguments;
  try {
    asked = readVerb(deps, typed.slash, cleanText(typed.text));
    if (/^(?:--)?help$/i.test(asked.text))
      return { kind: 'ephemeral', message: commandHelp(asked.command, root) };
    args = parseArguments(asked.text, asked.command, root);
  } catch (error) {
    if (error instanceof DabbawalaError)
      await deps.services.auditDenied(
        { person: { id: typed.userId, name: null, email: null }, origin },
        'command.parse',
        `${typed.slash} ${typed.text}`.slice(0, 200),
        error.code,
      );
    throw error;
  }
  return callCommand(deps, {
    command: asked.command,
    args,
    userId: typed.userId,
    origin,
    channel: typed.channel,
  });
}
