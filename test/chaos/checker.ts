/**
 * Replays what the outside saw of a time of faults against the invariants of the product. It knows nothing of how the bot
 * works: weight writes are what the API server took, numbers are what Prometheus answered, approvals and ends are what
 * was stored. Pure; its own tests show that it catches each violation.
 */

/** A PATCH of a route that carries our marks and that the API server took. */
export interface RouteWrite {
  /** ms since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly rollout: string;
  readonly token: number;
  /** The candidate's new percent; null: the marks alone were written. */
  readonly percent: number | null;
}

/** What the bot was told by Prometheus of one workload, in one answer that was whole. */
export interface Look {
  readonly at: number;
  readonly workload: string;
  readonly requests: number;
}

export interface Decided {
  readonly rollout: string;
  readonly approval: string;
  /** `plan`, or what else was approved. */
  readonly subject: string;
  /** Of a `traffic N`: N. */
  readonly percent: number | null;
  readonly state: 'approved' | 'rejected';
  readonly at: number;
}

export interface KnownRollout {
  readonly id: string;
  readonly service: string;
  /** `<service>-<colour>` of the candidate. */
  readonly workload: string;
  readonly steps: readonly number[];
  /** Looks with enough requests that a step, and the bake, must have had. */
  readonly stepLooks: number;
  readonly bakeLooks: number;
  readonly minRequests: number;
  /** It needs nobody's yes: a way back by fast lane. */
  readonly isFastLane: boolean;
  readonly phase: string;
  readonly endedAt: number | null;
}

/** From `at` on the candidate of the service fails beyond its limit. */
export interface Breach {
  readonly service: string;
  readonly rollout: string;
  readonly at: number;
  /** Time that weight 0 may take, ms, while somebody is there to act. */
  readonly withinMs: number;
}

export interface History {
  /** In the order in which the API server took them. */
  readonly writes: readonly RouteWrite[];
  readonly looks: readonly Look[];
  readonly decisions: readonly Decided[];
  readonly rollouts: readonly KnownRollout[];
  readonly breaches: readonly Breach[];
  /** Times [from, to] in which nobody could act: every process dead, or not yet taken over. */
  readonly dark: readonly (readonly [number, number])[];
  /** Faults of the audit chains, in words. */
  readonly chainFaults: readonly string[];
  /** Requests that neither the version on trial nor a fault of ours failed. */
  readonly lostRequests: readonly string[];
}

export type Invariant =
  | 'I1 weight rises along the plan'
  | 'I2 no older token writes'
  | 'I3 one decision per approval'
  | 'I5 the audit chains hold'
  | 'I6 nothing is written after the end'
  | 'I7 a breach goes back in time'
  | 'I8 nothing advances without numbers'
  | 'no request is lost';

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
}

type Rule = (history: History) => readonly Violation[];

const violates = (invariant: Invariant, texts: readonly string[]): readonly Violation[] =>
  texts.map((text) => ({ invariant, text }));

interface WeightWrite extends RouteWrite {
  readonly percent: number;
}

const weightsOf = (history: History, rollout: string): readonly WeightWrite[] =>
  history.writes.filter((write): write is WeightWrite => write.rollout === rollout && write.percent !== null);

const clockOf = (at: number): string => new Date(at).toISOString().slice(11, 23);

const approvedBefore = (history: History, { id }: KnownRollout, at: number): readonly Decided[] =>
  history.decisions.filter((entry) => entry.rollout === id && entry.state === 'approved' && entry.at <= at);

/** Why this rise is not one of the plan's; null: it is. */
function wrongRise(history: History, rollout: KnownRollout, from: number, write: WeightWrite): string | null {
  const approved = approvedBefore(history, rollout, write.at);
  if (approved.some(({ percent }) => percent === write.percent)) return null;
  if (!rollout.isFastLane && !approved.some(({ subject }) => subject === 'plan'))
    return 'before its plan was approved';
  if (approved.some(({ subject }) => subject === 'promote') && write.percent === 100) return null;
  const next = rollout.steps.find((step) => step > from);
  return write.percent === next ? null : `where the plan's next step is ${next ?? 'none'}`;
}

const risesAlongThePlan: Rule = (history) =>
  violates(
    'I1 weight rises along the plan',
    history.rollouts.flatMap((rollout) => {
      let from = 0;
      let wentBack = false;
      return weightsOf(history, rollout.id).flatMap((write) => {
        const words = (why: string): string =>
          `${rollout.service} ${rollout.id}: ${from} % to ${write.percent} % at ${clockOf(write.at)} ${why}`;
        const why =
          write.percent <= from
            ? null
            : wentBack
              ? 'after it had gone back'
              : wrongRise(history, rollout, from, write);
        const found = why === null ? [] : [words(why)];
        if (write.percent === 0) wentBack = true;
        from = write.percent;
        return found;
      });
    }),
  );

/** A write that belongs to no rollout that is stored would escape every other rule. */
const isKnown: Rule = (history) => {
  const known = new Set(history.rollouts.map(({ id }) => id));
  const strangers = history.writes.filter(({ rollout }) => !known.has(rollout));
  return violates(
    'I1 weight rises along the plan',
    strangers.map(
      ({ service, rollout, at }) => `${service}: ${rollout}, which nobody knows, wrote at ${clockOf(at)}`,
    ),
  );
};

const tokensRise: Rule = (history) => {
  const highest = new Map<string, number>();
  return violates(
    'I2 no older token writes',
    history.writes.flatMap(({ service, token, at }) => {
      const before = highest.get(service) ?? Number.NEGATIVE_INFINITY;
      // Asked this way round, a token that is no number is refused as well.
      if (token >= before) highest.set(service, token);
      return token >= before ? [] : [`${service}: token ${token} at ${clockOf(at)} after ${before}`];
    }),
  );
};

const oneDecision: Rule = (history) => {
  const counts = new Map<string, number>();
  for (const { rollout, approval } of history.decisions) {
    const key = `${rollout} ${approval}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return violates(
    'I3 one decision per approval',
    [...counts].filter(([, count]) => count > 1).map(([key, count]) => `${key} was decided ${count} times`),
  );
};

const chainsHold: Rule = ({ chainFaults }) => violates('I5 the audit chains hold', chainFaults);

const quietAfterTheEnd: Rule = (history) =>
  violates(
    'I6 nothing is written after the end',
    history.rollouts.flatMap(({ id, service, endedAt }) =>
      endedAt === null
        ? []
        : weightsOf(history, id)
            .filter(({ at }) => at > endedAt)
            .map(
              ({ at, percent }) =>
                `${service} ${id}: ${percent} % at ${clockOf(at)}, ended ${clockOf(endedAt)}`,
            ),
    ),
  );

/** Time between the two in which somebody could act. */
export function lightBetween(from: number, to: number, dark: History['dark']): number {
  let light = 0;
  let at = from;
  for (const [start, end] of dark.toSorted(([a], [b]) => a - b)) {
    if (start >= to) break;
    light += Math.max(0, start - at);
    at = Math.max(at, end);
  }
  return light + Math.max(0, to - at);
}

const goesBackInTime: Rule = (history) =>
  violates(
    'I7 a breach goes back in time',
    history.breaches.flatMap(({ service, rollout, at, withinMs }) => {
      const writes = weightsOf(history, rollout);
      const served = writes.find(({ percent }) => percent > 0);
      // It never had a request to fail.
      if (!served) return [];
      const since = Math.max(at, served.at);
      const back = writes.find((write) => write.percent === 0 && write.at >= served.at);
      if (!back) return [`${service} ${rollout}: fails since ${clockOf(since)} and was never taken back`];
      const took = lightBetween(since, back.at, history.dark);
      return took <= withinMs
        ? []
        : [`${service} ${rollout}: taken back after ${Math.round(took)} ms, ${withinMs} ms are allowed`];
    }),
  );

/** Between one weight and what came after it there were as many looks with enough requests as the plan says. */
const seesBeforeItActs: Rule = (history) =>
  violates(
    'I8 nothing advances without numbers',
    history.rollouts.flatMap((rollout) => {
      const { id, service, workload, minRequests } = rollout;
      const looks = history.looks.filter(
        (look) => look.workload === workload && look.requests >= minRequests,
      );
      const seen = (from: number, to: number): number =>
        looks.filter(({ at }) => at > from && at <= to).length;
      const rises = weightsOf(history, id).filter(
        ({ percent }, index, all) =>
          percent > 0 && percent > Math.max(0, ...all.slice(0, index).map((entry) => entry.percent)),
      );
      const stretches = rises.map((rise, index) => ({
        rise,
        until: rises[index + 1]?.at ?? (rollout.phase === 'promoted' ? rollout.endedAt : null),
      }));
      if (rollout.phase === 'promoted' && rises.at(-1)?.percent !== 100)
        return [`${service} ${id}: promoted and never written to 100 %`];
      const skips = history.decisions.some(
        (entry) => entry.rollout === id && entry.state === 'approved' && entry.subject !== 'plan',
      );
      return stretches.flatMap(({ rise, until }) => {
        if (until === null || (skips && rise.percent < 100)) return [];
        const needed = rise.percent === 100 ? rollout.bakeLooks : rollout.stepLooks;
        const had = seen(rise.at, until);
        return had >= needed
          ? []
          : [
              `${service} ${id}: left ${rise.percent} % at ${clockOf(until)} after ${had} looks, ${needed} are needed`,
            ];
      });
    }),
  );

const losesNone: Rule = ({ lostRequests }) => violates('no request is lost', lostRequests);

const RULES: readonly Rule[] = [
  risesAlongThePlan,
  isKnown,
  tokensRise,
  oneDecision,
  chainsHold,
  quietAfterTheEnd,
  goesBackInTime,
  seesBeforeItActs,
  losesNone,
];

/** All that was violated; empty: all holds. */
export const check = (history: History): readonly Violation[] => RULES.flatMap((rule) => rule(history));
