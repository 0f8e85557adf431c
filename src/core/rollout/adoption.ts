/**
 * What differs in an adoption and its undo, as small functions of the plan. An adoption goes from the plain Deployment to
 * a colour, its undo from the live colour to the plain Deployment; the phases are those of every rollout.
 */
import { colourWorkload, type Role } from '../colour.ts';
import type { Decision, Observed } from './decision.ts';
import { holdFor, planOf, wait } from './moves.ts';
import type { Plan } from './plan.ts';
import type { Rollout } from './rollout.ts';

type Parts = Pick<Plan, 'kind' | 'target' | 'stableColour' | 'candidateColour' | 'adoption'>;

/** Whose role the plain Deployment has; null: the plan is no adoption. */
export const originalRole = ({ kind, adoption }: Parts): Role | null =>
  adoption === undefined ? null : kind === 'adopt' ? 'stable' : 'candidate';

/** Name of the Deployment that has the role. */
export const workloadOf = (plan: Parts, role: Role): string =>
  plan.adoption && originalRole(plan) === role
    ? plan.adoption.original
    : colourWorkload(plan.target.service, role === 'stable' ? plan.stableColour : plan.candidateColour);

/**
 * Whether the route names no colour when the candidate has `percent`: then every ready pod of the Service gets requests,
 * whosever it is, and no share can be proven.
 */
export const isShared = (plan: Parts, percent: number): boolean =>
  plan.adoption !== undefined && (plan.kind === 'adopt' ? percent === 0 : percent === 100);

/** What a promotion says of itself. */
export const promotedWords = (plan: Plan): string => {
  if (plan.kind === 'adopt') return `${plan.target.service} stands as blue and green`;
  if (plan.kind === 'adopt-undo') return `${plan.target.service} is one plain Deployment again`;
  return `${plan.to.tag ?? 'The candidate'} is stable`;
};

const unseenGround = (rollout: Rollout, { now, ground }: Observed): Decision => {
  const detail = ground?.kind === 'unknown' ? ground.detail : 'not looked at yet';
  return wait({
    ...rollout,
    hold: holdFor(rollout, 'cluster_unavailable', `Subsets and autoscaler cannot be seen: ${detail}`, now),
  });
};

/** A write that failed says so where the card shows it. */
const faultHold = (rollout: Rollout, { now, fault }: Observed): Rollout['hold'] =>
  fault === null ? null : holdFor(rollout, 'cluster_unavailable', fault, now);

function moveAutoscaler(rollout: Rollout, observed: Observed, to: string): Decision | null {
  const { ground } = observed;
  if (!planOf(rollout).adoption?.autoscaler) return null;
  if (ground?.kind !== 'seen') return unseenGround(rollout, observed);
  if (ground.value.autoscalerTarget === to) return null;
  return wait({ ...rollout, hold: faultHold(rollout, observed) }, [{ kind: 'move-autoscaler', to }]);
}

/**
 * Before the route of an adoption names a colour: both subsets, known to every proxy (a route that names one too early
 * answers 503), and the autoscaler on the colour. null: it all stands.
 */
export function layGround(rollout: Rollout, observed: Observed): Decision | null {
  const { adoption, kind } = planOf(rollout);
  const { now, ground } = observed;
  if (!adoption || kind !== 'adopt') return null;
  if (ground?.kind !== 'seen') return unseenGround(rollout, observed);
  if (!ground.value.hasSubsets)
    return wait({ ...rollout, subsetsAt: null, hold: faultHold(rollout, observed) }, [
      { kind: 'add-subsets' },
    ]);
  const subsetsAt = rollout.subsetsAt ?? now;
  if (now - subsetsAt < adoption.propagationMs) return wait({ ...rollout, subsetsAt, hold: null });
  return adoption.autoscaler ? moveAutoscaler(rollout, observed, adoption.autoscaler.to) : null;
}

/**
 * After the route has moved: an undo waits until every proxy knows it, then the autoscaler follows; an adoption makes sure
 * that nobody sends to the original past the mesh. null: it all stands.
 */
export function verifyMove(rollout: Rollout, observed: Observed): Decision | null {
  const { adoption, kind } = planOf(rollout);
  if (!adoption) return null;
  if (kind === 'adopt') return strayClients(rollout, observed);
  const movedAt = rollout.movedAt ?? observed.now;
  const moved = { ...rollout, movedAt };
  if (observed.now - movedAt < adoption.propagationMs) return wait({ ...moved, hold: null });
  return adoption.autoscaler ? moveAutoscaler(moved, observed, adoption.autoscaler.to) : null;
}

/** Requests that reach the original although the route names colours alone come from clients outside the mesh. */
export function strayClients(rollout: Rollout, { now, clients }: Observed): Decision | null {
  const { adoption, kind, times } = planOf(rollout);
  if (!adoption || kind !== 'adopt') return null;
  if (clients?.kind === 'seen' && clients.value.length === 0) return null;
  // The window still holds requests from before the route moved: no news before it has passed.
  if (clients?.kind === 'seen' && now - rollout.phaseSince < times.windowMs + 2 * times.tickMs)
    return wait({ ...rollout, hold: null });
  const text =
    clients?.kind === 'seen'
      ? `${adoption.original} still gets requests past the mesh, from ${clients.value.map(({ name }) => nameOf(name)).join(', ')}`
      : `It is not known who still sends requests to ${adoption.original}: ${clients?.kind === 'unknown' ? clients.detail : 'not asked yet'}`;
  return wait({ ...rollout, hold: holdFor(rollout, 'share_not_reached', text, now) });
}

const nameOf = (name: string): string =>
  name === '' || name === 'unknown' ? 'clients without a sidecar' : name;

/** The way back of an adoption or undo, once the route is back: every proxy knows it, the autoscaler is back. null: done. */
export function settleBack(rollout: Rollout, observed: Observed): Decision | null {
  const { adoption } = planOf(rollout);
  if (!adoption) return null;
  const hadTraffic = rollout.peakPercent > 0;
  // A time from before the way back began is the way there.
  const known = rollout.movedAt ?? null;
  const movedAt = known !== null && known >= rollout.phaseSince ? known : observed.now;
  const back = { ...rollout, movedAt };
  if (hadTraffic && observed.now - movedAt < adoption.propagationMs) return wait(back);
  const { autoscaler } = adoption;
  const target = observed.ground?.kind === 'seen' ? observed.ground.value.autoscalerTarget : autoscaler?.to;
  // Deleted or pointed elsewhere meanwhile: nothing of ours is left there, and no way back waits for it.
  return autoscaler && target === autoscaler.to ? moveAutoscaler(back, observed, autoscaler.from) : null;
}
