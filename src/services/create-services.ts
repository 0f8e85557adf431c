import { DabbawalaError } from '../lib/errors.ts';
import { createAlertActs } from './alerts/create-alert-acts.ts';
import { createOnCallActs } from './alerts/create-on-call-acts.ts';
import { createMuteActs } from './alerts/mute-acts.ts';
import { requestRollback, rollBackRollout } from './ask-rollback.ts';
import { go, hold, promote, shiftTraffic } from './ask-rollout.ts';
import { audited, auditedLook } from './audited.ts';
import { loadRunning } from './change-rollout.ts';
import { createIncidentActs } from './incidents/create-incident-acts.ts';
import { LateOrders } from './late-orders.ts';
import { lockTarget, unlockTarget } from './lock-target.ts';
import { myApprovals, rollbackTargets } from './my-page.ts';
import { assertMay } from './permissions.ts';
import { recordVote } from './record-approval.ts';
import { judgeArguments, requestAdoption, requestDeploy } from './request-deploy.ts';
import { findRollout } from './rollback-by-route.ts';
import type { Actor, DeployRequest, RolloutActs, Services } from './services.ts';
import { showRights } from './show-rights.ts';
import { listTargets, listVersions, showHistory, showStatus } from './show-target.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

/** Each use case under its name in the audit trail. */
export function createServices(ports: UseCasePorts): Services {
  const rollouts = createRolloutActs(ports);
  return {
    ...rollouts,
    alerts: createAlertActs(ports, rollouts),
    onCall: createOnCallActs(ports),
    mutes: createMuteActs(ports),
    incidents: createIncidentActs(ports),
  };
}

function createRolloutActs(ports: UseCasePorts): RolloutActs {
  const late = new LateOrders();
  return {
    requestDeploy: (actor, request) =>
      audited(
        ports,
        actor,
        'deploy.request',
        { target: request.target },
        () => requestDeploy(ports, actor, request),
        {
          version: request.version.slice(0, 140),
        },
      ),
    planDeploy: (actor, request) =>
      auditedLook(
        ports,
        actor,
        'deploy.plan',
        { target: request.target },
        () => planDeploy(ports, actor, request),
        {
          version: request.version.slice(0, 140),
        },
      ),
    requestAdoption: (actor, request) =>
      audited(
        ports,
        actor,
        'adopt.request',
        { target: request.target },
        () => requestAdoption(ports, actor, request),
        { undo: request.isUndo },
      ),
    vote: (actor, vote) =>
      audited(
        ports,
        actor,
        'approval.vote',
        { rolloutId: vote.rolloutId },
        () => recordVote(ports, actor, vote),
        {
          approval: vote.approvalId,
          decision: vote.decision,
        },
      ),
    requestRollback: (actor, target, reason) =>
      audited(ports, actor, 'rollback.request', { target }, () =>
        requestRollback(ports, late, actor, target, reason),
      ),
    rollBackRollout: (actor, rolloutId, reason) =>
      audited(ports, actor, 'rollback.request', { rolloutId }, () =>
        rollBackRollout(ports, late, actor, rolloutId, reason),
      ),
    hold: (actor, target, reason) =>
      audited(ports, actor, 'hold.request', { target }, () => hold(ports, actor, target, reason)),
    go: (actor, target) => audited(ports, actor, 'go.request', { target }, () => go(ports, actor, target)),
    promote: (actor, target) =>
      audited(ports, actor, 'promote.request', { target }, () => promote(ports, actor, target)),
    shiftTraffic: (actor, target, percent) =>
      audited(
        ports,
        actor,
        'traffic.request',
        { target },
        () => shiftTraffic(ports, actor, target, percent),
        {
          percent,
        },
      ),
    status: (actor, target) =>
      auditedLook(ports, actor, 'status.show', { target }, () => showStatus(ports, actor, target)),
    history: (actor, target) =>
      auditedLook(ports, actor, 'history.show', { target }, () => showHistory(ports, actor, target)),
    rights: (actor, target) => showRights(ports, actor, target),
    lock: (actor, target, reason) =>
      audited(ports, actor, 'lock.request', { target }, () => lockTarget(ports, actor, target, reason)),
    unlock: (actor, target, reason) =>
      audited(ports, actor, 'unlock.request', { target }, () => unlockTarget(ports, actor, target, reason)),
    versions: (service, prefix) => listVersions(ports, service, prefix),
    myApprovals: (actor) => myApprovals(ports, actor),
    rollbackTargets: (query) => rollbackTargets(ports, query),
    targets: () => listTargets(ports),
    load: (rolloutId) => loadRunning(ports, rolloutId),
    placeOnRoute: async (rolloutId) => {
      const found = await findRollout(ports, rolloutId);
      return found?.memory ? { target: found.target, channel: found.memory.channel } : null;
    },
    recordLate: () => late.flush(ports),
    auditDenied: async (actor, action, object, code) => {
      try {
        await ports.audit.append([draft(actor, await ports.clock.now(), action, object, 'denied', { code })]);
      } catch (error) {
        ports.log.error({ err: error, action }, 'audit record not written');
      }
    },
  };
}

async function planDeploy(
  ports: UseCasePorts,
  actor: Actor,
  request: DeployRequest,
): ReturnType<Services['planDeploy']> {
  await assertMay(ports, actor, 'deploy', request.target);
  judgeArguments(ports, { ...request, reason: request.reason ?? 'dry run' });
  const outcome = await ports.planner({
    kind: 'deploy',
    target: request.target,
    version: request.version,
    rolloutId: null,
    forceForward: request.forceForward === true,
    ...(request.fixes === undefined ? {} : { fixes: request.fixes }),
  });
  if (outcome.kind === 'planned') return { plan: outcome.plan, refusal: null };
  if (outcome.kind === 'refused')
    return {
      plan: outcome.plan,
      refusal: {
        code: outcome.code,
        text: outcome.text,
        hint: outcome.hint,
        ...(outcome.snippet !== undefined && { snippet: outcome.snippet }),
      },
    };
  throw new DabbawalaError(
    outcome.code === 'registry_unavailable' ? 'registry_unavailable' : 'cluster_unavailable',
    outcome.detail,
  );
}
