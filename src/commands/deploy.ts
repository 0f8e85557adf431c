import { DabbawalaError } from '../lib/errors.ts';
import type { DeployRequest } from '../services/services.ts';
import { planView } from '../views/plan.ts';
import { acceptedReply } from '../views/replies.ts';
import { askDeploy } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

const VERSION = /^(?:\w[\w.-]{0,127}|sha256:[0-9a-f]{64})$/;

export const deploy: Command = {
  verb: 'deploy',
  aliases: [],
  usage: 'deploy <service> <version> [env=…] [region=…] [reason="…"] [dry-run]',
  summary: 'Plans a deploy and asks for approval.',
  details: [
    'The version is a tag of the service in its registry, or a digest `sha256:…`.',
    '`dry-run` shows the plan and stores nothing.',
    'Without arguments a form asks for them. Traffic moves only after an approver, never you, says yes.',
  ],
  options: ['env', 'region', 'reason'],
  flags: ['dry-run'],
  run: async (context) => {
    const { args, actor, services } = context;
    refuseExtraWords(args, 2, deploy, context.root);
    const [serviceWord, version] = args.words;
    if (serviceWord === undefined || version === undefined) return askDeploy(context, serviceWord);
    if (!VERSION.test(version))
      throw new DabbawalaError(
        'invalid_argument',
        `"${version.slice(0, 60)}" is neither a tag nor a digest.`,
        {
          hint: `The form is \`${context.root} ${deploy.usage}\`.`,
          data: { field: 'version' },
        },
      );
    const request: DeployRequest = {
      target: context.resolveTarget(serviceWord),
      version,
      reason: args.options.get('reason') ?? null,
    };
    if (args.flags.has('dry-run')) {
      const { plan, refusal } = await services.planDeploy(actor, request);
      return { kind: 'ephemeral', message: planView(plan, refusal) };
    }
    const { rollout } = await services.requestDeploy(actor, request);
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'deploy', rollout }) };
  },
};
