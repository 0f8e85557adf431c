/** What the page shows one person: approvals that wait for them, and targets that could go back. Looks, nothing more. */
import type { Approval } from '../core/approval/approval.ts';
import { type GroupMembers, mayDecide } from '../core/approval/decide-vote.ts';
import { lastGood } from '../core/rollout/last-good.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import { runningOf } from './change-rollout.ts';
import { membersOf } from './permissions.ts';
import type { Actor, MyApproval, Services } from './services.ts';
import { listTargets } from './show-target.ts';
import type { UseCasePorts } from './use-case-ports.ts';

/** A page that is opened from a command has three seconds in all. */
const LINK_WITHIN_MS = 700;
const APPROVALS_AT_MOST = 10;
/** Each target costs a claim and a history: a long list is narrowed by typing. */
const TARGETS_AT_MOST = 30;
const HISTORY_LOOKED_AT = 20;

export async function myApprovals(ports: UseCasePorts, actor: Actor): ReturnType<Services['myApprovals']> {
  const [ids, now] = await Promise.all([ports.store.active(), ports.clock.now()]);
  const loaded = await Promise.all(ids.map((id) => readable(ports, id)));
  const asked = loaded.flatMap((rollout) => (rollout && !hasEnded(rollout) ? pendingOf(rollout) : []));
  const groups = [...new Set(asked.flatMap(({ approval }) => approval.policy.groups))];
  const known = await members(ports, groups);
  const mine = asked
    .filter(({ approval }) => mayDecide(approval, actor.person, known ?? new Map(), now))
    .toSorted((a, b) => a.approval.expiresAt - b.approval.expiresAt)
    .slice(0, APPROVALS_AT_MOST);
  const items = await Promise.all(
    mine.map(async (one): Promise<MyApproval> => ({ ...one, link: await linkOf(ports, one.rollout) })),
  );
  return { items, areGroupsKnown: known !== null };
}

const pendingOf = (rollout: Rollout): readonly { readonly rollout: Rollout; readonly approval: Approval }[] =>
  rollout.approvals.filter(({ state }) => state === 'pending').map((approval) => ({ rollout, approval }));

/** null: Slack cannot say. People named by id still see what waits for them. */
const members = (ports: UseCasePorts, groups: readonly string[]): Promise<GroupMembers | null> =>
  membersOf(ports.directory, groups).catch((error: unknown) => {
    if (isDabbawalaError(error, 'groups_unavailable')) return null;
    throw error;
  });

async function linkOf(ports: UseCasePorts, rollout: Rollout): Promise<string | null> {
  const link = ports.cardLink(rollout).catch(() => null);
  const first = await waitAtMost(link, LINK_WITHIN_MS);
  return first.kind === 'ready' ? first.value : null;
}

/** One record that cannot be read hides no other. */
const readable = (ports: UseCasePorts, id: string): Promise<Rollout | null> =>
  ports.store.load(id).then(
    (stored) => stored?.rollout ?? null,
    (error: unknown) => {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      return null;
    },
  );

/** With a running rollout, or a version that ended well before the newest one. The submit decides afresh. */
export async function rollbackTargets(ports: UseCasePorts, query: string): Promise<readonly Target[]> {
  const wanted = listTargets(ports).filter((target) => isMeant(ports, target, query));
  const judged = await Promise.all(
    wanted
      .slice(0, TARGETS_AT_MOST)
      .map(async (target) => ((await canGoBack(ports, target)) ? [target] : [])),
  );
  return judged.flat();
}

function isMeant({ config }: UseCasePorts, target: Target, query: string): boolean {
  const words = query
    .toLowerCase()
    .split(/[\s·/]+/)
    .filter((word) => word !== '');
  const short = config.services[target.service]?.short ?? [];
  const names = [target.service, target.environment, target.region ?? '', ...short];
  return words.every((word) => names.some((name) => name.includes(word)));
}

async function canGoBack(ports: UseCasePorts, target: Target): Promise<boolean> {
  if (await runningOf(ports, target)) return true;
  const ids = await ports.targets.history(target, HISTORY_LOOKED_AT);
  const rollouts = (await Promise.all(ids.map((id) => readable(ports, id)))).filter((one) => one !== null);
  const live = rollouts.find(({ phase }) => phase === 'promoted')?.plan?.to.digest;
  return live !== undefined && lastGood(rollouts, live) !== null;
}
