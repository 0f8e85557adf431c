/** Selects whose options come as the person types: versions from the registry, targets that can go back, long lists of names. */
import type { AllMiddlewareArgs, BlockSuggestion, SlackOptionsMiddlewareArgs } from '@slack/bolt';
import type { Option } from '@slack/types';
import type { Target } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Services } from '../services/services.ts';
import { ACTIONS } from '../views/actions.ts';
import { targetName } from '../views/format.ts';
import { encodeTarget, FIELDS, readModalValues } from '../views/modals.ts';

export interface OptionsDeps {
  readonly services: Pick<Services, 'versions' | 'targets' | 'rollbackTargets'>;
  readonly log: Log;
  /** Default 2 s. */
  readonly deadlineMs?: number;
}

const MOST = 100;
const LABEL_MAX = 75;
const VALUE_MAX = 150;
const DEADLINE_MS = 2000;

const option = (label: string, value: string): Option => ({
  text: { type: 'plain_text', text: label.slice(0, LABEL_MAX) },
  value,
});
/** Its value is no version: choosing it is refused like any other wrong word. */
const hint = (label: string): readonly Option[] => [option(label, '-')];

export function createOptionsListener(
  deps: OptionsDeps,
): (args: SlackOptionsMiddlewareArgs & AllMiddlewareArgs) => Promise<void> {
  return async (args) => {
    const body = args.body as BlockSuggestion;
    const ack = args.ack as (answer: { options: readonly Option[] }) => Promise<void>;
    const service = readModalValues(body.view?.state?.values).service;
    const query = body.value.trim();
    const source = SOURCES[body.action_id];
    if (!source) return ack({ options: [] });
    const work = source(deps, query, service).catch((thrown: unknown) => {
      const error = toDabbawalaError(thrown);
      logFailure(deps.log, { options: body.action_id, service }, error);
      return hint(`${error.message} Type it as a command.`);
    });
    const first = await waitAtMost(work, deps.deadlineMs ?? DEADLINE_MS);
    return ack({ options: first.kind === 'ready' ? first.value : hint('The answer is slow; try again') });
  };
}

type Source = (deps: OptionsDeps, query: string, service: string | null) => Promise<readonly Option[]>;

const SOURCES: Readonly<Record<string, Source>> = {
  [FIELDS.version]: versionOptions,
  [FIELDS.service]: async ({ services }, query) => {
    const names = [...new Set(services.targets().map((target) => target.service))];
    return orHint(
      names.filter((name) => has(name, query)).map((name) => option(name, name)),
      query,
    );
  },
  [FIELDS.target]: async ({ services }, query) => targetOptions(services.targets(), query),
  [ACTIONS.pageRollback]: async ({ services }, query) => {
    const targets = await services.rollbackTargets(query);
    return targets.length > 0 ? targetOptions(targets, '') : hint('Nothing of that name can go back');
  },
};

const has = (name: string, query: string): boolean => name.toLowerCase().includes(query.toLowerCase());

const orHint = (options: readonly Option[], query: string): readonly Option[] =>
  options.length > 0 ? options.slice(0, MOST) : hint(`Nothing is named "${query}"`);

const targetOptions = (targets: readonly Target[], query: string): readonly Option[] =>
  orHint(
    targets
      .filter((target) => has(targetName(target), query))
      .map((target) => option(targetName(target), encodeTarget(target))),
    query,
  );

async function versionOptions(
  deps: OptionsDeps,
  prefix: string,
  service: string | null,
): Promise<readonly Option[]> {
  if (service === null) return hint('Pick a service first');
  const versions = await deps.services.versions(service, prefix);
  const options = versions
    .filter(({ tag }) => tag.length > 0 && tag.length <= VALUE_MAX)
    .slice(0, MOST)
    .map(({ tag, createdAt }) =>
      option(createdAt === null ? tag : `${tag} · ${new Date(createdAt).toISOString().slice(0, 10)}`, tag),
    );
  return options.length > 0 ? options : hint(`No version begins with "${prefix}"`);
}
