import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import type { Message } from '../ports/chat.ts';
import type { DeployRequest } from '../services/services.ts';
import { planView } from '../views/plan.ts';
import { acceptedReply } from '../views/replies.ts';
import { supersedeOffer } from '../views/supersede-offer.ts';
import { askDeploy } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

const VERSION = /^(?:\w[\w.-]{0,127}|sha256:[0-9a-f]{64})$/;

export const deploy: Command = {
  verb: 'deploy',
  aliases: [],
  usage:
    'deploy <service> <version> [env=…] [region=…] [reason="…"] [fixes=INC-…] [dry-run | supersede] [force-forward]',
  summary: 'Plans a deploy and asks for approval.',
  details: [
    'The version is a tag of the service in its registry, or a digest `sha256:…`.',
    '`dry-run` shows the plan and stores nothing.',
    '`supersede` takes the place of the rollout that runs: that one goes back to the last good version first. It needs the right to roll back too.',
    '`force-forward` is for a stable version that is broken: no ready pod, or a rule that it breaks itself. It goes to 100 % in one move after the probes, and its way back is unsafe. It is asked for by this word or by the button of the refusal, never by the form, and needs approval like any deploy.',
    'While a SEV1 or SEV2 of the service is open, `fixes=INC-12` asks for its fix: whoever leads that incident must be among those who approve.',
    'Without arguments a form asks for them. Traffic moves only after an approver, never you, says yes.',
  ],
  options: ['env', 'region', 'reason', 'fixes'],
  flags: ['dry-run', 'supersede', 'force-forward'],
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
      ...(args.flags.has('force-forward') ? { forceForward: true } : {}),
      ...readFix(args.options.get('fixes')),
    };
    if (args.flags.has('dry-run') && args.flags.has('supersede'))
      throw new DabbawalaError(
        'invalid_argument',
        'What comes after a rollback cannot be shown before it: `dry-run` and `supersede` do not go together.',
        { hint: 'Leave out one of the two.' },
      );
    if (args.flags.has('dry-run')) {
      const { plan, refusal } = await services.planDeploy(actor, request);
      return { kind: 'ephemeral', message: planView(plan, refusal) };
    }
    try {
      const { rollout } = await services.requestDeploy(actor, {
        ...request,
        ...(args.flags.has('supersede') ? { supersede: { only: null } } : {}),
      });
      return { kind: 'ephemeral', message: acceptedReply({ kind: 'deploy', rollout }) };
    } catch (error) {
      const offer = offerOf(error, request);
      if (offer === null) throw error;
      return { kind: 'ephemeral', message: offer };
    }
  },
};

function readFix(text: string | undefined): Pick<DeployRequest, 'fixes'> {
  if (text === undefined) return {};
  const number = /^(?:inc-?|#)?([1-9]\d{0,8})$/i.exec(text)?.[1];
  if (number === undefined)
    throw new DabbawalaError('invalid_argument', `"${text.slice(0, 40)}" is no incident.`, {
      hint: 'They are called INC-1, INC-2 and so on: `incident list` shows the open ones.',
    });
  return { fixes: `INC-${number}` };
}

/** A rollout runs, and this person may put theirs in its place. */
function offerOf(error: unknown, request: DeployRequest): Message | null {
  if (!isDabbawalaError(error, 'rollout_running') || error.data.maySupersede !== true) return null;
  const { rolloutId, running } = error.data;
  return supersedeOffer(error, { ...request, rolloutId: String(rolloutId) }, String(running));
}
