/** From the text of a slash command to its answer. Knows nothing of how the answer travels. */
import type { Config } from '../config/schema.ts';
import type { Origin } from '../core/target.ts';
import { DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { buildActor, lookUpFor, type People } from '../services/build-actor.ts';
import { impliedService, resolveInThread } from '../services/resolve-in-thread.ts';
import { resolveService } from '../services/resolve-target.ts';
import type { Actor, Services } from '../services/services.ts';
import type { ThreadPlace } from '../services/thread-place.ts';
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
  /** Default: a slash command. */
  readonly via?: Origin['via'];
  /** What the thread of a mention stands for. */
  readonly thread?: ThreadPlace;
}

interface Asked {
  readonly command: Command;
  readonly text: string;
}

/** An alias of a verb, or the first word after the root command; `/dabba` alone is `menu`. */
export function readVerb(deps: Pick<CommandDeps, 'config' | 'commands'>, slash: string, text: string): Asked {
  const { slack } = deps.config;
  const alias = Object.entries(slack.aliases).find(([, name]) => name === slash)?.[0];
  const { verb, rest } = alias === undefined ? splitVerb(text || 'menu') : { verb: alias, rest: text };
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
  readonly thread?: ThreadPlace;
}

/**
 * Runs a command whose arguments are known; forms come in here. Use cases audit their own refusals: one that was thrown
 * before any was reached is audited here.
 */
export async function callCommand(deps: CommandDeps, call: CommandCall): Promise<Reply> {
  let hasReachedUseCase = false;
  const services = noteUse(deps.services, () => {
    hasReachedUseCase = true;
  });
  try {
    const actor = await buildActor(deps.people, call.userId, call.origin, lookUpFor(call.command.verb));
    return await call.command.run(contextOf({ ...deps, services }, call, actor));
  } catch (error) {
    if (!hasReachedUseCase)
      await auditUnreached(deps, call, `command.${call.command.verb}`, call.args.words.join(' '), error);
    throw error;
  }
}

function contextOf(deps: CommandDeps, call: CommandCall, actor: Actor): CommandContext {
  const { args, channel } = call;
  const { config } = deps;
  const thread = call.thread ?? { kind: 'none' };
  const words = { environment: args.options.get('env'), region: args.options.get('region'), channel };
  return {
    actor,
    channel,
    args,
    services: deps.services,
    commands: deps.commands,
    root: config.slack.rootCommand,
    now: (deps.now ?? Date.now)(),
    channelService: impliedService(config, channel, thread),
    resolveService: (service) =>
      resolveService(config, {
        ...words,
        service: service ?? impliedService(config, channel, thread) ?? undefined,
      }),
    resolveTarget: (service) => resolveInThread(config, { ...words, service }, thread),
  };
}

/** `targets` and `rights` only read. */
const noteUse = (services: Services, onUse: () => void): Services =>
  new Proxy(services, {
    get: (of, name) => {
      if (name !== 'targets' && name !== 'rights') onUse();
      const value: unknown = Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });

async function auditUnreached(
  deps: Pick<CommandDeps, 'services'>,
  who: { readonly userId: string; readonly origin: Origin },
  action: string,
  object: string,
  error: unknown,
): Promise<void> {
  const person = { id: who.userId, name: null, email: null };
  await deps.services.auditDenied(
    { person, origin: who.origin },
    action,
    object.slice(0, 200) || '-',
    toDabbawalaError(error).code,
  );
}

/** From the text typed to the answer. Throws DabbawalaError. */
export async function runCommand(deps: CommandDeps, typed: TypedCommand): Promise<Reply> {
  const { userId, channel } = typed;
  const origin: Origin = { via: typed.via ?? 'command', team: typed.team, channel };
  const root = deps.config.slack.rootCommand;
  let asked: Asked;
  let args: Arguments;
  try {
    asked = readVerb(deps, typed.slash, cleanText(typed.text));
    const help = findCommand(deps.commands, 'help');
    // `deploy help` is `help deploy`.
    if (help && /^(?:--)?help$/i.test(asked.text)) asked = { command: help, text: asked.command.verb };
    args = parseArguments(asked.text, asked.command, root);
  } catch (error) {
    await auditUnreached(deps, { userId, origin }, 'command.parse', `${typed.slash} ${typed.text}`, error);
    throw error;
  }
  return callCommand(deps, {
    command: asked.command,
    args,
    userId,
    origin,
    channel,
    thread: typed.thread ?? { kind: 'none' },
  });
}

/** The right form of what was typed, without the root command; null where that is no verb. */
export function usageOf(deps: Pick<CommandDeps, 'config' | 'commands'>, text: string): string | null {
  return findCommand(deps.commands, splitVerb(text.trim()).verb)?.usage ?? null;
}
