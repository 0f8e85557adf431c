import { DabbawalaError } from '../lib/errors.ts';
import { go, hold, requestRollback, rollBackRollout, shiftTraffic } from './ask-rollout.ts';
import { loadRunning } from './change-rollout.ts';
import { lockTarget, unlockTarget } from './lock-target.ts';
import { assertMay } from './permissions.ts';
import { recordVote } from './record-approval.ts';
import { judgeArguments, requestDeploy } from './request-deploy.ts';
import type { Actor, DeployRequest, Services } from './services.ts';
import { listTargets, listVersions, showHistory, showStatus } from './show-target.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

export const createServices = (ports: UseCasePorts): Services => ({
  requestDeploy: (actor, request) => requestDeploy(ports, actor, request),
  planDeploy: (actor, request) => planDeploy(ports, actor, request),
  vote: (actor, vote) => recordVote(ports, actor, vote),
  requestRollback: (actor, target, reason) => requestRollback(ports, actor, target, reason),
  rollBackRollout: (actor, rolloutId, reason) => rollBackRollout(ports, actor, rolloutId, reason),
  hold: (actor, target, reason) => hold(ports, actor, target, reason),
  go: (actor, target) => go(ports, actor, target),
  shiftTraffic: (actor, target, percent) => shiftTraffic(ports, actor, target, percent),
  status: (actor, target) => showStatus(ports, actor, target),
  history: (actor, target) => showHistory(ports, actor, target),
  lock: (actor, target, reason) => lockTarget(ports, actor, target, reason),
  unlock: (actor, target, reason) => unlockTarget(ports, actor, target, reason),
  versions: (service, prefix) => listVersions(ports, service, prefix),
  targets: () => listTargets(ports),
  load: (rolloutId) => loadRunning(ports, rolloutId),
  auditDenied: async (actor, action, object, code) => {
    try {
      await ports.audit.append([draft(actor, await ports.clock.now(), action, object, 'denied', { code })]);
    } catch (error) {
      ports.log.error({ err: error, action }, 'audit record not written');
    }
  },
});

async function planDeploy(
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
): ReturnType<Services['planDeploy']> {
  judgeArguments(ports, { ...request, reason: request.reason ?? 'dry run' });
  await assertMay(ports, actor, 'deploy', request.target);
  const outcome = await ports.planner({
    kind: 'deploy',
    target: request.target,
    version: request.version,
    rolloutId: null,
  });
  if (outcome.kind === 'planned') return { plan: outcome.plan, refusal: null };
  if (outcome.kind === 'refused')
    return { plan: outcome.plan, refusal: { code: outcome.code, text: outcome.text, hint: outcome.hint } };
  throw new DabbawalaError(
    outcome.code === 'registry_unavailable' ? 'registry_unavailable' : 'cluster_unavailable',
    outcome.detail,
  );
}
