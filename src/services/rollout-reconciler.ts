/**
 * Drives one rollout, level by level: load, observe, decide, save the intent, apply, look again. Whatever dies between two
 * lines is repaired by the next pass, here or on another replica.
 */
import { isDriven, needsDrive, sleepMs } from '../core/rollout/agenda.ts';
import { decide } from '../core/rollout/decide.ts';
import type { Decision, Effect } from '../core/rollout/decision.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { isDeepEqual } from '../lib/deep-equal.ts';
import { DabbawalaError, isDabbawalaError, toDabbawalaError, withHint } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue, Wakeups } from '../ports/drive-queue.ts';
import type { RolloutStore, Stored } from '../ports/rollout-store.ts';
import { applyEffect, type EffectPorts, isWayBack, marksOf } from './apply-effects.ts';
import { isGone, recordLostEnd } from './lost-record.ts';
import { type Look, type ObservePorts, observe } from './observe.ts';
import { auditOf, type MentionList, withLines } from './record.ts';

export interface ReconcilerPorts extends ObservePorts, EffectPorts {
  readonly store: RolloutStore;
  readonly clock: Clock;
  readonly queue: DriveQueue;
  readonly onCall: MentionList;
  readonly log: Log;
  /** Told after every pass; for metrics. */
  readonly onPass?: (rollout: Rollout, decision: Decision, ms: number) => void;
}

/** What the loop remembers between passes. The store wins whenever it answers. */
interface Drive {
  stored: Stored;
  token: number | null;
  /** The route object carries our token. */
  isOwner: boolean;
  isStoreUp: boolean;
  /** The store answers and has no record of it. */
  isLost: boolean;
  fault: string | null;
  /** Percent of our last write that the API server took. */
  written: number | null;
  /** The last look was cut short by a wake: the next one is carried through, so that wakes cannot starve the watch. */
  wasCut: boolean;
  /** A rollback decided while the store was away, still to be recorded. */
  unsaved: Decision | null;
}

type PassResult = 'again' | 'sleep' | 'stop';

export type DriveRollout = (id: string, signal: AbortSignal, wakeups: Wakeups) => Promise<void>;

export const createReconciler =
  (ports: ReconcilerPorts): DriveRollout =>
  async (id, signal, wakeups) => {
    const stored = await ports.store.load(id);
    if (!stored) return;
    const drive: Drive = {
      stored,
      token: null,
      isOwner: false,
      isStoreUp: true,
      isLost: false,
      fault: null,
      written: null,
      wasCut: false,
      unsaved: null,
    };
    while (!signal.aborted) {
      const result = await pass(ports, drive, signal, wakeups);
      if (result === 'stop') return;
      if (result === 'sleep') await wakeups.sleep(await pause(ports, drive));
    }
  };

const pause = async (ports: ReconcilerPorts, drive: Drive): Promise<number> =>
  drive.fault ? 500 : Math.max(20, sleepMs(drive.stored.rollout, await ports.clock.now()));

async function pass(
  ports: ReconcilerPorts,
  drive: Drive,
  signal: AbortSignal,
  wakeups: Wakeups,
): Promise<PassResult> {
  const started = performance.now();
  const woken = wakeups.nextWake();
  await refresh(ports, drive);
  const { rollout } = drive.stored;
  if (hasEnded(rollout)) return 'stop';
  if (drive.isLost && (await isGone(ports.router, rollout, signal))) return 'stop';
  const now = await ports.clock.now();
  if (!isDriven(rollout) && !needsDrive(rollout, now)) return 'stop';
  if (!(await own(ports, drive, signal))) return 'stop';

  const cut = drive.wasCut ? signal : AbortSignal.any([signal, woken]);
  const look = await observe(
    ports,
    rollout,
    { now, isStoreUp: drive.isStoreUp, fault: drive.fault, written: drive.written },
    cut,
  );
  drive.wasCut = cut.aborted && !signal.aborted;
  if (drive.wasCut) return 'again';
  const decision = decide(rollout, look.observed);
  const result = await carryOut(ports, drive, decision, look, signal);
  ports.onPass?.(rollout, decision, performance.now() - started);
  return result;
}

/** The store's truth; while it does not answer, what we last knew. */
async function refresh(ports: ReconcilerPorts, drive: Drive): Promise<void> {
  drive.isLost = false;
  try {
    const stored = await ports.store.load(drive.stored.rollout.id);
    drive.isLost = stored === null;
    // A store that lost the rollout is of as much use as one that is away: watch, go back if need be, advance nothing.
    if (!stored)
      throw new DabbawalaError('store_unavailable', 'The state store has no record of this rollout.');
    drive.isStoreUp = true;
    if (drive.unsaved) await recordLate(ports, drive, drive.unsaved, stored);
    else drive.stored = stored;
  } catch (error) {
    // A record that can no longer be read is no reason to leave a candidate with traffic unwatched.
    if (drive.isStoreUp)
      ports.log.warn(
        { rollout: drive.stored.rollout.id, err: error },
        'state store unavailable: watching from memory',
      );
    drive.isStoreUp = false;
  }
}

/**
 * A rollback that happened without the store is written down when it returns, over whatever was asked or voted meanwhile;
 * unless the store has it already (the answer of the save was lost) or another owner ended the rollout.
 */
async function recordLate(
  ports: ReconcilerPorts,
  drive: Drive,
  unsaved: Decision,
  stored: Stored,
): Promise<void> {
  const isKnown = isWayBack(stored.rollout) || hasEnded(stored.rollout);
  const { asks, approvals } = stored.rev === drive.stored.rev ? drive.stored.rollout : stored.rollout;
  const late = { ...unsaved, next: { ...drive.stored.rollout, asks, approvals } };
  drive.unsaved = null;
  drive.stored = stored;
  if (isKnown || (await save(ports, drive, late)) !== 'conflict') return;
  // Somebody was faster once more: the next pass writes it over that.
  drive.unsaved = late;
  drive.stored = { ...stored, rollout: late.next };
}

/** Token first, then the object: from here on an older owner's write is refused. */
async function own(ports: ReconcilerPorts, drive: Drive, signal: AbortSignal): Promise<boolean> {
  const { rollout } = drive.stored;
  const isLive =
    rollout.plan !== null && rollout.phase !== 'awaiting-approval' && rollout.phase !== 'planning';
  if (drive.token !== null && (drive.isOwner || !isLive)) return true;
  if (!drive.isStoreUp) return true;
  try {
    if (!isLive || !rollout.plan) {
      drive.token = await ports.store.takeToken(rollout.id, 1);
      return true;
    }
    const seen = await ports.router.read(rollout.plan.route, signal);
    drive.token = await ports.store.takeToken(rollout.id, (seen.marks?.token ?? 0) + 1);
    await ports.router.takeOver(
      rollout.plan.route,
      marksOf(rollout, rollout.plan, drive.token),
      seen,
      signal,
    );
    drive.isOwner = true;
  } catch (error) {
    const known = toDabbawalaError(error);
    if (known.code === 'fenced') return false;
    // Whatever it is, the watch goes on: every later write carries the token too.
    const facts = { rollout: rollout.id, code: known.code, err: known };
    ports.log[known.kind === 'bug' ? 'error' : 'info'](facts, 'not yet the owner of the route: trying again');
    drive.token ??= await ports.store.takeToken(rollout.id, 1).catch(() => null);
    // Without a token no save is fenced: until there is one only the way back is open.
    if (drive.token === null) drive.isStoreUp = false;
  }
  return true;
}

/**
 * Intent before effect, with two exceptions. Candidate weight 0 goes out at once, beside the save: a breach waits for
 * nothing. And a rollout ends in the store only after what its end does to the cluster is done, since nobody drives an
 * ended one again.
 */
async function carryOut(
  ports: ReconcilerPorts,
  drive: Drive,
  decision: Decision,
  look: Look,
  signal: AbortSignal,
): Promise<PassResult> {
  const isEnd = hasEnded(decision.next);
  const hasMoved = decision.next.phase !== drive.stored.rollout.phase;
  const first = decision.effects.filter(
    (effect) => isBack(effect, decision.next) || (isEnd && effect.kind !== 'release-claim'),
  );
  const later = decision.effects.filter((effect) => !first.includes(effect));
  drive.fault = null;

  if (isEnd) {
    const ended = await applyEnd(ports, drive, decision, first, look, signal);
    if (ended !== 'done') return ended === 'fenced' ? 'stop' : 'sleep';
  }
  const back = isEnd ? 'done' : applyAll(ports, drive, decision, first, look, signal);
  const saved = drive.isStoreUp ? await save(ports, drive, decision) : keepInMemory(drive, decision);
  if ((await back) === 'fenced' || saved === 'fenced') return 'stop';
  if (saved === 'conflict') return isEnd && (await recordLostEnd(ports, decision)) ? 'stop' : 'again';
  if (saved === 'lost') return 'sleep';
  if ((await applyAll(ports, drive, decision, later, look, signal)) === 'fenced') return 'stop';
  if (isEnd) return 'stop';
  return (decision.effects.length > 0 || hasMoved) && drive.fault === null ? 'again' : 'sleep';
}

const takesDown = ({ kind }: Effect): boolean => kind === 'scale' || kind === 'delete-colours';

const isBack = (effect: Effect, next: Rollout): boolean =>
  effect.kind === 'set-weight' && (effect.percent === 0 || isWayBack(next));

/** `fenced`: a newer owner drives, stop. `failed`: could not be done now, `fault` says why: look again soon. */
type Applied = 'done' | 'failed' | 'fenced';

/**
 * What an end takes down, a Deployment does not fence: an owner that slept since its look would scale down the colour
 * that the next owner gave the traffic to. So the route is written first, with our token and from that very look.
 */
async function applyEnd(
  ports: ReconcilerPorts,
  drive: Drive,
  decision: Decision,
  effects: readonly Effect[],
  look: Look,
  signal: AbortSignal,
): Promise<Applied> {
  const { plan } = decision.next;
  if (plan && look.route && drive.token !== null && effects.some(takesDown)) {
    try {
      await ports.router.takeOver(plan.route, marksOf(decision.next, plan, drive.token), look.route, signal);
    } catch (error) {
      const known = toDabbawalaError(error);
      if (known.code === 'fenced') return 'fenced';
      drive.fault = withHint(known);
      return 'failed';
    }
  }
  return applyAll(ports, drive, decision, effects, look, signal);
}

async function applyAll(
  ports: ReconcilerPorts,
  drive: Drive,
  decision: Decision,
  effects: readonly Effect[],
  look: Look,
  signal: AbortSignal,
): Promise<Applied> {
  let applied: Applied = 'done';
  for (const effect of effects) {
    try {
      await applyEffect(
        ports,
        decision.next,
        effect,
        look,
        drive.token ?? look.route?.marks?.token ?? 1,
        signal,
      );
      if (effect.kind === 'set-weight') drive.written = effect.percent;
      if (isBack(effect, decision.next) && !drive.isStoreUp) announceBack(ports, decision.next, signal);
    } catch (error) {
      // What failed to be written was undone by nobody.
      if (effect.kind === 'set-weight') drive.written = null;
      const known = toDabbawalaError(error);
      // Somebody wrote first: no fault, but a reason to look again before anything else.
      if (known.code === 'route_conflict' && !isBack(effect, decision.next)) continue;
      ports.log.warn(
        { rollout: decision.next.id, effect: effect.kind, code: known.code, err: known },
        'effect not done',
      );
      if (known.code === 'fenced') return 'fenced';
      drive.fault = withHint(known);
      applied = 'failed';
    }
  }
  return applied;
}

/** No record and no card can say it now: whoever looks at the route reads it there. Nobody waits for it. */
function announceBack(
  { router, log }: ReconcilerPorts,
  { id, plan, cause }: Rollout,
  signal: AbortSignal,
): void {
  if (!plan) return;
  const text = `Rolled back while the state store was away: ${cause.text}`;
  router
    .announce(plan.route, { reason: 'RolledBack', text, at: cause.at }, signal)
    .catch((error: unknown) => log.warn({ rollout: id, err: error }, 'no Kubernetes Event was written'));
}

type SaveOutcome = 'saved' | 'conflict' | 'fenced' | 'lost';

async function save(ports: ReconcilerPorts, drive: Drive, { next, events }: Decision): Promise<SaveOutcome> {
  const { rollout, rev } = drive.stored;
  // Most looks between ticks change nothing: they cost no write and no edit of the card.
  if (events.length === 0 && isDeepEqual(next, rollout)) return 'saved';
  try {
    const counted = withLines(next, events, ports.onCall);
    const result = await ports.store.save(next.id, {
      ...counted,
      expectedRev: rev,
      token: drive.token,
      audit: events.map((event) => auditOf(next, event)),
      isDirty: true,
    });
    if (result.kind !== 'saved') return result.kind;
    drive.stored = { ...drive.stored, rollout: counted.next, rev: result.rev };
    await ports.queue.wakeChannel(next.channel);
    return 'saved';
  } catch (error) {
    if (!isDabbawalaError(error, 'store_unavailable')) throw error;
    drive.isStoreUp = false;
    // An advance that could not be written down has not happened: it is decided afresh, on fresh evidence.
    return isWayBack(next) ? keepInMemory(drive, { next, events, effects: [], reason: 'waiting' }) : 'lost';
  }
}

/** Without the store the loop goes on from what it decided; only a way back is written down later. */
function keepInMemory(drive: Drive, decision: Decision): SaveOutcome {
  const events = [...(drive.unsaved?.events ?? []), ...decision.events];
  if (events.length > 0) drive.unsaved = { ...decision, events };
  drive.stored = { ...drive.stored, rollout: decision.next };
  return 'lost';
}
