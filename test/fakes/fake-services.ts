import { timelineOf } from '../../src/core/incident/timeline.ts';
import type { Target } from '../../src/core/target.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Stored } from '../../src/ports/rollout-store.ts';
import type { AlertActs } from '../../src/services/alerts/alert-acts.ts';
import type { MuteActs } from '../../src/services/alerts/mute-acts.ts';
import type { OnCallActs } from '../../src/services/alerts/on-call-acts.ts';
import type { IncidentActs } from '../../src/services/incidents/incident-acts.ts';
import type { RolloutActs, Services } from '../../src/services/services.ts';
import { makeGroup } from '../support/alert-fixtures.ts';
import { makeIncident } from '../support/incident-fixtures.ts';
import { ASHA, makePlan, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';

type Of<Area extends string, Acts> = `${Area}.${Extract<keyof Acts, string>}`;
/** `vote`, `alerts.acknowledge`. */
export type ActName =
  | keyof RolloutActs
  | Of<'alerts', AlertActs>
  | Of<'onCall', OnCallActs>
  | Of<'mutes', MuteActs>
  | Of<'incidents', IncidentActs>;

export interface Call {
  readonly method: ActName;
  readonly args: readonly unknown[];
}

export interface FakeServices extends Services {
  readonly calls: Call[];
  /** Calls of one use case, without auditDenied. */
  of(method: ActName): readonly Call[];
  /** Answers instead of the default one; may throw or wait. */
  answer<K extends keyof RolloutActs>(method: K, work: RolloutActs[K]): void;
  answerAlerts<K extends keyof AlertActs>(method: K, work: AlertActs[K]): void;
  /** What load() and the acts give back. */
  stored: Stored;
}

/** Use cases that remember how they were called and always agree, unless a test says otherwise. */
export function createFakeServices(targets: readonly Target[] = [TARGET]): FakeServices {
  const calls: Call[] = [];
  const overrides = new Map<ActName, (...args: never[]) => unknown>();
  const plan = makePlan();
  const state = { stored: { rollout: makeRollout(), rev: 7, token: 1 } as Stored };
  const lock = { owner: ASHA, reason: 'audit', at: T0 };

  const defaults: RolloutActs = {
    requestDeploy: async () => state.stored,
    planDeploy: async () => ({ plan, refusal: null }),
    requestAdoption: async () => state.stored,
    vote: async () => ({ kind: 'decided', decision: 'approved' }),
    requestRollback: async () => ({ kind: 'at-once', stored: state.stored }),
    rollBackRollout: async () => ({ kind: 'at-once', stored: state.stored }),
    hold: async () => state.stored,
    go: async () => state.stored,
    promote: async () => state.stored,
    shiftTraffic: async () => ({
      kind: 'at-once',
      stored: state.stored,
      sentence: '25 % to v2.3.1, 75 % to v2.3.0',
    }),
    status: async (_actor, target) => ({
      target,
      running: state.stored,
      last: null,
      lock: null,
      route: null,
      routeFault: null,
      versions: { blue: 'v2.3.0', green: null },
    }),
    history: async () => [state.stored.rollout],
    rights: async () => [],
    lock: async () => lock,
    unlock: async () => lock,
    versions: async () => [{ tag: 'v2.3.1', createdAt: T0 }],
    myApprovals: async () => ({ items: [], areGroupsKnown: true }),
    placeOnRoute: async () => null,
    recordLate: async () => undefined,
    rollbackTargets: async () => targets,
    targets: () => targets,
    load: async (id) => {
      if (id !== state.stored.rollout.id)
        throw new DabbawalaError('no_rollout', `There is no rollout ${id}.`);
      return state.stored;
    },
    auditDenied: async () => undefined,
  };

  const alertActs: AlertActs = {
    load: async () => ({ group: makeGroup(), rev: 1 }),
    firing: async () => ({ items: [], total: 0, unacknowledged: 0, notLookedAt: 0 }),
    acknowledge: async () => ({ group: makeGroup(), rev: 2 }),
    unacknowledge: async () => ({ group: makeGroup(), rev: 2 }),
    escalate: async () => ({ group: makeGroup(), rev: 2 }),
    rollBackCause: async () => ({ kind: 'at-once', stored: state.stored }),
    previewSilence: async () => ({
      group: makeGroup(),
      matchers: [{ name: 'alertname', value: 'InstanceDown' }],
      matching: { alerts: 1, services: [{ name: 'ledger', alerts: 1 }], severity: 'critical' },
    }),
    silence: async () => ({ group: makeGroup(), rev: 2 }),
    endSilence: async () => ({ group: makeGroup(), rev: 2 }),
    mayMarkExpected: async () => ({ group: makeGroup(), rev: 1 }),
    markExpected: async () => ({ group: makeGroup(), rev: 2 }),
    unmarkExpected: async () => ({ group: makeGroup(), rev: 2 }),
    podsToContain: async () => ({ group: makeGroup(), pods: [] }),
    askContain: async () => ({ group: makeGroup(), rev: 2 }),
    decideRequest: async () => ({ group: makeGroup(), rev: 2 }),
    redraw: async () => undefined,
  };

  const onCallActs: OnCallActs = {
    show: async () => [],
    standIn: async (actor, { level, people, forMs }) => ({
      ...{ level, people, until: T0 + forMs, by: actor.person, at: T0 },
    }),
    clear: async () => null,
  };

  const ordered = { from: T0, weekly: [], timeZone: 'UTC', by: ASHA, at: T0 };
  const muteActs: MuteActs = {
    list: async () => ({ configured: [], ordered: [] }),
    mute: async (_actor, { name, match, forMs }) => ({ ...ordered, name, match, until: T0 + forMs }),
    end: async (_actor, name) => ({ ...ordered, name, match: { service: 'ledger' }, until: T0 }),
  };

  const incidentActs: IncidentActs = {
    declare: async () => ({ incident: makeIncident(), rev: 1, isNew: true }),
    load: async () => ({ incident: makeIncident(), rev: 1 }),
    list: async () => [{ incident: makeIncident(), rev: 1 }],
    update: async () => ({ incident: makeIncident(), rev: 2 }),
    takeCommand: async () => ({ incident: makeIncident(), rev: 2 }),
    resolve: async () => ({ incident: makeIncident({ state: 'resolved' }), rev: 2 }),
    timeline: async () => ({
      incident: makeIncident(),
      timeline: timelineOf(makeIncident(), [], T0),
    }),
    note: async () => ({ incident: makeIncident(), rev: 2 }),
    filed: async () => ({ incident: makeIncident(), rev: 2 }),
    report: async () => ({ incident: makeIncident(), rev: 2 }),
    postMortem: async () => ({ incident: makeIncident(), rev: 2 }),
    propose: async () => ({ title: 'PaymentErrors', severity: 2, services: ['payment-gateway'] }),
    meant: async () => ({ incident: makeIncident(), rev: 1 }),
    services: () => ['ledger', 'payment-gateway'],
    redraw: async () => undefined,
  };

  type Work = (...args: never[]) => unknown;
  const recorded = (acts: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(acts).map(([name, work]: [string, Work]) => [
        name,
        (...args: never[]) => {
          const method = `${prefix}${name}` as ActName;
          calls.push({ method, args });
          return (overrides.get(method) ?? work)(...args);
        },
      ]),
    );
  const wrapped = {
    ...recorded(defaults, ''),
    alerts: recorded(alertActs, 'alerts.'),
    onCall: recorded(onCallActs, 'onCall.'),
    mutes: recorded(muteActs, 'mutes.'),
    incidents: recorded(incidentActs, 'incidents.'),
  } as Services;

  return Object.defineProperty(
    Object.assign(wrapped, {
      calls,
      of: (method: ActName) => calls.filter((call) => call.method === method),
      answer: (method: ActName, work: Work) => {
        overrides.set(method, work);
      },
      answerAlerts: (method: string, work: Work) => {
        overrides.set(`alerts.${method}` as ActName, work);
      },
    }),
    'stored',
    {
      get: () => state.stored,
      set: (stored: Stored) => {
        state.stored = stored;
      },
    },
  ) as unknown as FakeServices;
}
