/** The version select of the deploy form, fed by the registry as the person types. */
import type { AllMiddlewareArgs, BlockSuggestion, SlackOptionsMiddlewareArgs } from '@slack/bolt';
import type { Option } from '@slack/types';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { toDabbawalaError } from '../lib/errors.ts';
import { type Log, logFailure } from '../lib/log.ts';
import type { Services } from '../services/services.ts';
import { FIELDS, readModalValues } from '../views/modals.ts';

export interface OptionsDeps {
  readonly services: Pick<Services, 'versions'>;
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
    if (body.action_id !== FIELDS.version) return ack({ options: [] });
    if (service === null) return ack({ options: hint('Pick a service first') });
    const work = versionOptions(deps, service, body.value.trim()).catch((thrown: unknown) => {
      const error = toDabbawalaError(thrown);
      logFailure(deps.log, { options: body.action_id, service }, error);
      return hint(`${error.message} Type the deploy as a command.`);
    });
    const first = await waitAtMost(work, deps.deadlineMs ?? DEADLINE_MS);
    return ack({ options: first.kind === 'ready' ? first.value : hint('The registry is slow; try again') });
  };
}

async function versionOptions(
  deps: OptionsDeps,
  service: string,
  prefix: string,
): Promise<readonly Option[]> {
  const versions = await deps.services.versions(service, prefix);
  const options = versions
    .filter(({ tag }) => tag.length > 0 && tag.length <= VALUE_MAX)
    .slice(0, MOST)
    .map(({ tag, createdAt }) =>
      option(createdAt === null ? tag : `${tag} · ${new Date(createdAt).toISOString().slice(0, 10)}`, tag),
    );
  return options.length > 0 ? options : hint(`No version begins with "${prefix}"`);
}
