/** The forms that ask for what a command was not told. */
import type { Target } from '../core/target.ts';
import {
  deployModal,
  lockModal,
  pickTargetModal,
  rollbackModal,
  type TargetModalInput,
  trafficModal,
  unlockModal,
} from '../views/modals.ts';
import type { CommandContext, Reply } from './command.ts';

const modal = (view: Extract<Reply, { kind: 'modal' }>['view']): Reply => ({ kind: 'modal', view });

/** What is known goes into the form; a wrong word is refused before a form is shown. */
export function askDeploy(context: CommandContext, serviceWord: string | undefined): Reply {
  const { args, channel, services } = context;
  const isKnown = serviceWord !== undefined || context.channelService !== null;
  const target = isKnown ? context.resolveTarget(serviceWord) : null;
  const reason = args.options.get('reason');
  const environment = target?.environment ?? args.options.get('env');
  return modal(
    deployModal({
      targets: services.targets(),
      channel,
      initial: {
        ...(target === null ? {} : { service: target.service }),
        ...(environment === undefined ? {} : { environment }),
        ...(target?.region ? { region: target.region } : {}),
        ...(reason === undefined ? {} : { reason }),
      },
    }),
  );
}

const place = (context: CommandContext, target: Target | null): TargetModalInput =>
  target === null
    ? { channel: context.channel, targets: context.services.targets() }
    : { channel: context.channel, target };

export const askRollback = (context: CommandContext): Reply => modal(rollbackModal(place(context, null)));
export const askTraffic = (context: CommandContext): Reply => modal(trafficModal(place(context, null)));
export const askUnlock = (context: CommandContext): Reply => modal(unlockModal(place(context, null)));

export function askLock(context: CommandContext, serviceWord: string | undefined): Reply {
  const isKnown = serviceWord !== undefined || context.channelService !== null;
  return modal(lockModal(place(context, isKnown ? context.resolveTarget(serviceWord) : null)));
}

/** For verbs that need a service and nothing else. */
export const askTarget = (context: CommandContext, verb: string): Reply =>
  modal(pickTargetModal(verb, context.services.targets(), context.channel));
