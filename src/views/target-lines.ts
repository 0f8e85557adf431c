/** What stands behind one target, in lines that status and traffic share. mrkdwn. */
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import type { Stored, TargetLock } from '../ports/rollout-store.ts';
import type { RouteState } from '../ports/traffic-router.ts';
import { amount, duration, percent, person, versionPlain } from './format.ts';
import { escapeEntities, escapeText } from './text.ts';

/** The same shape as the status use case answers. */
export interface TargetStatusView {
  readonly target: Target;
  readonly running: Stored | null;
  readonly waiting?: Rollout | null;
  readonly last: Rollout | null;
  readonly lock: TargetLock | null;
  readonly route: RouteState | null;
  readonly routeFault: string | null;
  readonly versions?: Readonly<Record<'blue' | 'green', string | null>>;
}

/** Which version a colour runs: as the cluster says, else as far as the newest rollout knows. */
function versionOn(status: TargetStatusView, colour: 'blue' | 'green'): string | null {
  const seen = status.versions?.[colour];
  if (seen) return escapeText(seen, 80);
  const plan = status.running?.rollout.plan ?? status.last?.plan ?? null;
  return plan && escapeEntities(versionPlain(plan.candidateColour === colour ? plan.to : plan.from));
}

/** The version that has all the traffic now; null where the route is split or cannot be read. */
export function servingVersion(status: TargetStatusView): string | null {
  const { route } = status;
  if (route?.percent.blue === 100) return versionOn(status, 'blue');
  return route?.percent.green === 100 ? versionOn(status, 'green') : null;
}

/** `100 % to v2.3.0 (blue), 0 % to v2.3.1 (green)`, or why it is not known. */
export function weightsLine(status: TargetStatusView): string {
  const { route, routeFault } = status;
  if (route === null)
    return `❓ Weights unknown: ${escapeText(routeFault ?? 'the route could not be read', 300)}`;
  const share = (colour: 'blue' | 'green'): string => {
    const version = versionOn(status, colour);
    return `${percent(route.percent[colour])} to ${version === null ? colour : `${version} (${colour})`}`;
  };
  const order: readonly ('blue' | 'green')[] =
    route.percent.green > route.percent.blue ? ['green', 'blue'] : ['blue', 'green'];
  return order.map(share).join(', ');
}

export function lockLine(lock: TargetLock, now: number): string {
  return `🔒 Locked by ${person(lock.owner)} for ${duration(now - lock.at)}: ${escapeText(lock.reason, 300)}`;
}

/** ` · 49.2 rps`: what the candidate is seen to answer; nothing where that is not known or already said. */
export const rpsText = ({ observedRps, confirmedPercent }: Rollout): string =>
  observedRps === null || confirmedPercent === 0 ? '' : ` · ${amount(observedRps)} rps`;
