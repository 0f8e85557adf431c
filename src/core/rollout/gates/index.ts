/** What must hold before a plan may be shown. Each gate is a pure function of settings and facts; the list is the order. */
import { judgeQuery } from '../../analysis/promql.ts';
import type { Colour } from '../../colour.ts';
import type { PlanFacts, PlanSettings } from '../facts.ts';
import type { GateResult } from '../plan.ts';
import { forceForward } from './force-forward.ts';
import { passed, refused } from './gate.ts';
import { incidentGate } from './incident.ts';

/** What the earlier gates made sure of: which colour is live. */
export interface Standing {
  readonly stable: Colour;
  readonly candidate: Colour;
}

type Gate = (settings: PlanSettings, facts: PlanFacts, standing: Standing) => GateResult;

const lock: Gate = (settings, { lock: held }) => {
  if (!held) return passed('lock', 'not locked');
  if (settings.kind === 'rollback') return passed('lock', 'locked, which never stops a rollback');
  return refused('lock', `Locked by ${held.owner.name ?? held.owner.id}: ${held.reason}`);
};

const claim: Gate = (_, { claimedBy }) =>
  claimedBy === null
    ? passed('claim', 'no other rollout runs')
    : refused('claim', `Rollout ${claimedBy} is running`);

const notLive: Gate = (_, facts, { stable }) => {
  const live = facts.colours[stable]?.digest;
  return live === facts.resolved.digest
    ? refused('new_digest', `${facts.version} is what runs now (${facts.resolved.digest.slice(7, 19)})`)
    : passed('new_digest', 'another digest than the live one');
};

const freeSlot: Gate = (settings, facts, { candidate }) => {
  const idle = facts.colours[candidate];
  return idle && !idle.isOurs
    ? refused(
        'free_slot',
        `Deployment ${settings.target.service}-${candidate} is there and is not ours: it is never touched`,
      )
    : passed('free_slot', `${candidate} is free`);
};

const candidateOnly: Gate = (settings) => {
  for (const rule of settings.rules) {
    if (rule.query === null) continue;
    const judged = judgeQuery(rule.query, settings.workloadLabel);
    if (!judged.ok)
      return refused('candidate_only', `Rule ${rule.id} could match both colours: ${judged.reason}`);
  }
  return passed('candidate_only', 'every rule looks at the candidate alone');
};

/** Points that rounding to whole units of the route's own total may move a step by. */
const ROUNDING_POINTS = 3;

const roundable: Gate = (settings, { route }) => {
  const total = 'weight' in route ? route.weight.blue + route.weight.green : 0;
  if (total <= 0) return passed('weights', 'nothing to round');
  const bad = settings.steps.find(
    (step) =>
      Math.abs((Math.max(1, Math.round((step * total) / 100)) / total) * 100 - step) > ROUNDING_POINTS,
  );
  return bad === undefined
    ? passed('weights', `whole units of ${total}`)
    : refused(
        'weights',
        `The route's two weights sum to ${total}, so ${bad} % would be rounded by more than ${ROUNDING_POINTS} points`,
      );
};

const incident: Gate = (settings, { incidents }) => incidentGate(settings, incidents);

export const GATES: readonly Gate[] = [
  lock,
  incident,
  claim,
  notLive,
  freeSlot,
  candidateOnly,
  roundable,
  forceForward,
];
