/**
 * Drives one rollout, level by level: load, observe, decide, save the intent, apply, look again. Whatever dies between two
 * lines is repaired by the next pass, here or on another replica.
 */
import { isDriven, needsDrive, sleepMs } from '../core/rollout/agenda.ts';
import { decide } from '../core/rollout/decide.ts';
import type { Decision, Effect } from '../core/rollout/decision.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { isDeepEqual } from '../lib/deep-equal.ts';
import { isDabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue, Wakeups } from '../ports/drive-queue.ts';
import type { RolloutStore, Stored } from '../ports/rollout-store.ts';
import { applyEffect, type EffectPorts, marksOf } from './apply-effects.ts';
import { type Look, type ObservePorts, observe } from './observe.ts';
import { auditOf, linesOf, type MentionList } from './record.ts';

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
  fault: string | null;
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
    const drive: Drive = { stored, token: null, isOwner: false, isStoreUp: true, fault: null, unsaved: null };
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
  const now = await ports.clock.now();
  if (!isDriven(rollout) && !needsDrive(rollout, now)) return 'stop';
  if (!(await own(ports, drive, signal))) return 'stop';

  const cut = AbortSignal.any([signal, woken]);
  const look = await observe(ports, rollout, { now, isStoreUp: drive.isStoreUp, fault: drive.fault }, cut);
  if (cut.aborted && !signal.aborted) return 'again';
  const decision = decide(rollout, look.observed);
  const result = await carryOut(ports, drive, decision, look, signal);
  ports.onPass?.(rollout, decision, performance.now() - started);
  return result;
}

/** The store's truth; while it does not answer, what we last knew. */
async function refresh(ports: ReconcilerPorts, drive: Drive): Promise<void> {
  try {
    const stored = await ports.store.load(drive.stored.rollout.id);
    if (stored && !(drive.unsaved && stored.rev === drive.stored.rev)) drive.stored = stored;
    drive.isStoreUp = true;
    if (drive.unsaved) await recordLate(ports, drive, drive.unsaved);
  } catch (error) {
    if (!isDabbawalaError(error, 'store_unavailable')) throw error;
    if (drive.isStoreUp)
      ports.log.warn({ rollout: drive.stored.rollout.id }, 'state store unavailable: watching from memory');
    drive.isStoreUp = false;
  }
}

/** A rollback that happened without the store is written down when it returns, unless somebody saved meanwhile. */
async function recordLate(ports: ReconcilerPorts, drive: Drive, unsaved: Decision): Promise<void> {
  drive.unsaved = null;
  await save(ports, drive, unsaved);
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
    if (known.kind === 'bug') throw error;
    ports.log.info({ rollout: rollout.id, code: known.code }, 'not yet the owner of the route: trying again');
    if (drive.token === null && drive.isStoreUp)
      drive.token = await ports.store.takeToken(rollout.id, 1).catch(() => null);
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
    (effect) => isBack(effect) || (isEnd && effect.kind !== 'release-claim'),
  );
  const later = decision.effects.filter((effect) => !first.includes(effect));

  if (isEnd && !(await applyAll(ports, drive, decision, first, look, signal)))
    return drive.fault ? 'sleep' : 'stop';
  const back = isEnd ? Promise.resolve(true) : applyAll(ports, drive, decision, first, look, signal);
  const saved = drive.isStoreUp ? await save(ports, drive, decision) : keepInMemory(drive, decision);
  const isBackDone = await back;
  if (saved === 'fenced' || (!isBackDone && !drive.fault)) return 'stop';
  if (saved === 'conflict') return 'again';
  if (saved === 'lost') return 'sleep';
  if (!(await applyAll(ports, drive, decision, later, look, signal)) && !drive.fault) return 'stop';
  if (isEnd) return 'stop';
  return (decision.effects.length > 0 || hasMoved) && drive.fault === null ? 'again' : 'sleep';
}

const isBack = (effect: Effect): boolean => effect.kind === 'set-weight' && effect.percent === 0;

/** false with `fault` null: fenced, stop driving. false with `fault`: could not be done now, look again soon. */
async function applyAll(
  ports: ReconcilerPorts,
  drive: Drive,
  decision: Decision,
  effects: readonly Effect[],
  look: Look,
  signal: AbortSignal,
): Promise<boolean> {
  let isDone = true;
  let fault: string | null = null;
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
    } catch (error) {
      const known = toDabbawalaError(error);
      ports.log.warn(
        { rollout: decision.next.id, effect: effect.kind, code: known.code, err: known },
        'effect not done',
      );
      if (known.code === 'fenced') {
        drive.fault = null;
        return false;
      }
      fault = known.kind === 'terminal' ? `${known.message} ${known.hint}` : known.message;
      isDone = false;
    }
  }
  drive.fault = fault;
  return isDone;
}

type SaveOutcome = 'saved' | 'conflict' | 'fenced' | 'lost';

async function save(ports: ReconcilerPorts, drive: Drive, { next, events }: Decision): Promise<SaveOutcome> {
  const { rollout, rev } = drive.stored;
  // Most looks between ticks change nothing: they cost no write and no edit of the card.
  if (events.length === 0 && isDeepEqual(next, rollout)) return 'saved';
  try {
    const result = await ports.store.save(next.id, {
      next,
      expectedRev: rev,
      token: drive.token,
      lines: linesOf(next, events, ports.onCall),
      audit: events.map((event) => auditOf(next, event)),
      isDirty: true,
    });
    if (result.kind !== 'saved') return result.kind;
    drive.stored = { ...drive.stored, rollout: next, rev: result.rev };
    await ports.queue.wakeChannel(next.channel);
    return 'saved';
  } catch (error) {
    if (!isDabbawalaError(error, 'store_unavailable')) throw error;
    drive.isStoreUp = false;
    return keepInMemory(drive, { next, events, effects: [], reason: 'waiting' });
  }
}

/** The loop goes on from what it decided; only a way back is written down later. */
function keepInMemory(drive: Drive, decision: Decision): SaveOutcome {
  if (decision.events.length > 0) drive.unsaved = decision;
  drive.stored = { ...drive.stored, rollout: decision.next };
  return 'lost';
}
