import { type FaultKind, type LoadCounters, WORLD } from '../../../contract.ts';
import type { Dict } from './types.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly title: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly hasBot: boolean;
}

export interface Group {
  readonly id: string;
  readonly handle: string;
  readonly users: readonly string[];
}

export interface ServiceInfo {
  readonly name: string;
  readonly live: string;
  readonly versions: readonly string[];
  readonly load: LoadCounters | null;
  readonly rps: number | null;
  readonly weights: { readonly blue: number; readonly green: number } | null;
}

export interface ActiveFault {
  readonly kind: FaultKind;
  readonly service: string | null;
  readonly version: string | null;
  readonly percent: number | null;
  readonly ms: number | null;
  /** In the world's own words. */
  readonly text: string | null;
}

export interface Command {
  readonly command: string;
  readonly description: string;
  readonly usage: string;
}

export interface World {
  readonly team: string;
  readonly bot: { readonly userId: string; readonly botId: string; readonly name: string };
  readonly people: readonly Person[];
  readonly channels: readonly Channel[];
  readonly groups: readonly Group[];
  readonly services: readonly ServiceInfo[];
  readonly faults: readonly ActiveFault[];
  readonly load: LoadCounters | null;
  readonly rps: number | null;
  readonly commands: readonly Command[];
}

const COMMANDS: readonly Command[] = [
  { command: '/dabba', description: 'Everything the bot can do', usage: '<verb> … · help · status · lock' },
  {
    command: '/deploy',
    description: 'Plan a blue-green rollout',
    usage: '<service> <version> [reason="…"] [dry-run]',
  },
  {
    command: '/traffic',
    description: 'Show weights, or shift by hand',
    usage: '<service> [<percent>] · hold · go',
  },
  { command: '/rollback', description: 'Back to stable, at once', usage: '<service> [reason="…"]' },
];

const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const dict = (value: unknown): Dict => (isDict(value) ? value : {});
const list = (value: unknown): Dict[] => (Array.isArray(value) ? value.filter(isDict) : []);
const text = (value: unknown, fallback = ''): string => (typeof value === 'string' ? value : fallback);
const numberOr = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function readLoad(value: unknown): LoadCounters | null {
  const from = dict(value);
  const sent = numberOr(from.sent);
  if (sent === null) return null;
  return {
    sent,
    ok: numberOr(from.ok) ?? 0,
    faulty: numberOr(from.faulty) ?? 0,
    failed: numberOr(from.failed) ?? 0,
  };
}

function readWeights(value: unknown): ServiceInfo['weights'] {
  const { blue, green } = dict(value);
  const left = numberOr(blue);
  const right = numberOr(green);
  return left === null && right === null ? null : { blue: left ?? 0, green: right ?? 0 };
}

/** Something kept per service: {name: …} or [{service|name, …}]. */
function ofService(all: unknown, name: string): unknown {
  if (Array.isArray(all)) return list(all).find((one) => one.service === name || one.name === name);
  return dict(all)[name];
}

const tagsOf = (service: Dict): string[] =>
  [service.versions, service.tags]
    .flatMap((many) => (Array.isArray(many) ? many : []))
    .map((one) => (isDict(one) ? text(one.tag ?? one.version ?? one.name) : text(one)))
    .filter((tag, at, all) => tag !== '' && all.indexOf(tag) === at);

function readService(service: Dict, extra: Dict): ServiceInfo {
  const name = text(service.name);
  const loads = dict(extra.load);
  const mine = service.load ?? ofService(extra.load, name) ?? ofService(loads.services, name);
  const rates = ofService(extra.rps, name);
  return {
    name,
    live: text(service.live),
    versions: tagsOf(service),
    load: readLoad(mine) ?? readLoad(service),
    rps: numberOr(service.rps) ?? numberOr(dict(mine).rps) ?? numberOr(rates),
    weights: readWeights(service.weights ?? ofService(extra.weights, name)),
  };
}

function readFaults(value: unknown): ActiveFault[] {
  const many = isDict(value)
    ? Object.entries(value)
        .filter(([, on]) => on !== false && on !== null)
        .map(([kind, on]) => ({ kind, ...dict(on) }))
    : list(value);
  return many.map((fault: Dict) => ({
    kind: text(fault.kind) as FaultKind,
    service: text(fault.service) || null,
    version: text(fault.version) || null,
    percent: numberOr(fault.percent),
    ms: numberOr(fault.ms),
    text: text(fault.text) || null,
  }));
}

/** The 429 is the local Slack's own, and it says so apart. */
function withSlackFault(faults: readonly ActiveFault[], slack: Dict): readonly ActiveFault[] {
  const isLimited = (numberOr(slack.rateLimitedForMs) ?? 0) > 0 || slack.rateLimitedForMs === null;
  if (!isLimited || faults.some((fault) => fault.kind === 'slack429')) return faults;
  return [...faults, { kind: 'slack429', service: null, version: null, percent: null, ms: null, text: null }];
}

const addLoads = (loads: readonly (LoadCounters | null)[]): LoadCounters | null =>
  loads.reduce<LoadCounters | null>(
    (sum, one) =>
      one === null
        ? sum
        : {
            sent: (sum?.sent ?? 0) + one.sent,
            ok: (sum?.ok ?? 0) + one.ok,
            faulty: (sum?.faulty ?? 0) + one.faulty,
            failed: (sum?.failed ?? 0) + one.failed,
          },
    null,
  );

/** Names alone, or with their words; those left out are taken from COMMANDS. */
function readCommands(value: unknown): readonly Command[] {
  if (!Array.isArray(value) || value.length === 0) return COMMANDS;
  return value.map((one: unknown) => {
    const { command, description, usage } = isDict(one) ? one : ({ command: one } as Dict);
    const known = COMMANDS.find((each) => each.command === command);
    return {
      command: text(command),
      description: text(description, known?.description),
      usage: text(usage, known?.usage),
    };
  });
}

/** Reads GET /control/world; what it leaves out comes from the contract's fixed world. */
export function readWorld(body: unknown): World {
  const raw = dict(body);
  const extra = { ...raw, ...dict(raw.extra) };
  const from = (value: unknown, fallback: unknown): Dict[] => {
    const own = list(value);
    return own.length > 0 ? own : list(fallback);
  };
  const bot = dict(raw.bot);
  const services = from(extra.services, WORLD.services).map((service) => readService(service, extra));
  const rates = services.map((service) => service.rps).filter((rate) => rate !== null);
  return {
    team: text(dict(raw.team).name, WORLD.team.name),
    bot: {
      userId: text(bot.userId ?? bot.user_id ?? bot.id, WORLD.bot.userId),
      botId: text(bot.botId ?? bot.bot_id, WORLD.bot.botId),
      name: text(bot.name, WORLD.bot.name),
    },
    people: from(raw.users, WORLD.users)
      .filter((user) => user.is_bot !== true && user.id !== WORLD.bot.userId)
      .map((user) => ({
        id: text(user.id),
        name: text(user.name),
        title: text(user.title ?? dict(user.profile).title),
      })),
    channels: from(raw.channels, WORLD.channels).map((channel) => ({
      id: text(channel.id),
      name: text(channel.name),
      hasBot: channel.hasBot !== false,
    })),
    groups: from(raw.groups, WORLD.groups).map((group) => ({
      id: text(group.id),
      handle: text(group.handle),
      users: Array.isArray(group.users) ? group.users.map(String) : [],
    })),
    services,
    faults: withSlackFault(readFaults(extra.faults), dict(raw.slack)),
    load: readLoad(extra.load) ?? readLoad(dict(extra.load).total) ?? addLoads(services.map((s) => s.load)),
    rps:
      numberOr(extra.rps) ??
      numberOr(dict(extra.load).rps) ??
      (rates.length > 0 ? rates.reduce((a, b) => a + b, 0) : null),
    commands: readCommands(extra.commands),
  };
}
