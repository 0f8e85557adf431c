/** Rollbacks that people gave while the store was away: kept in this process, and recorded when it is back. */
import { event } from '../core/rollout/moves.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { type Target, targetKey } from '../core/target.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { isWayBack } from './apply-effects.ts';
import { changeRollout } from './change-rollout.ts';
import type { Actor } from './services.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

export interface LateOrder {
  readonly actor: Actor;
  readonly target: Target;
  readonly rolloutId: string;
  readonly reason: string | null;
  /** When it was given, by the clock of decisions. */
  readonly at: number;
  /** What was done then. */
  readonly text: string;
}

const KEPT_AT_MOST = 100;
/** A record that was lost may be restored within this time; after it the order is written to the target's chain. */
const PATIENCE_MS = 60_000;

export class LateOrders {
  #orders: readonly LateOrder[] = [];
  #isFlushing = false;

  keep(order: LateOrder): void {
    this.#orders = [...this.#orders, order].slice(-KEPT_AT_MOST);
  }

  /** Records what can be recorded; never throws. */
  async flush(ports: UseCasePorts): Promise<void> {
    if (this.#isFlushing || this.#orders.length === 0) return;
    this.#isFlushing = true;
    try {
      for (const order of this.#orders)
        if (await record(ports, order)) this.#orders = this.#orders.filter((one) => one !== order);
    } catch (error) {
      if (!isDabbawalaError(error, 'store_unavailable'))
        ports.log.error({ err: error }, 'a rollback that was given without the store could not be recorded');
    } finally {
      this.#isFlushing = false;
    }
  }
}

/** false: not yet. */
async function record(ports: UseCasePorts, order: LateOrder): Promise<boolean> {
  const { actor, target, rolloutId, reason, at, text } = order;
  const stored = await ports.store.load(rolloutId).catch(quarantined);
  if (!stored && (await ports.clock.now()) - at < PATIENCE_MS) return false;
  if (stored && !hasEnded(stored.rollout) && (await orderAnew(ports, order))) return true;
  const object = `${targetKey(target)}#${rolloutId}`;
  const facts = { reason, text, late: true };
  const late = draft(actor, at, 'rollback.request', object, 'done', facts, stored?.rollout.plan?.digest);
  await (stored ? ports.store.appendAudit(rolloutId, [late]) : ports.targets.appendAudit(target, [late]));
  return true;
}

const quarantined = (error: unknown): Stored | null => {
  if (isDabbawalaError(error, 'store_unavailable')) throw error;
  return null;
};

/** The order itself, for the case that the route alone did not say it. false: the rollout has ended meanwhile. */
async function orderAnew(ports: UseCasePorts, order: LateOrder): Promise<boolean> {
  const { actor, rolloutId, reason, at, text } = order;
  let isTaken = false;
  await changeRollout(ports, actor, rolloutId, (rollout) => {
    isTaken = !hasEnded(rollout);
    if (!isTaken) return null;
    const ask = { kind: 'rollback' as const, by: actor.person, at, reason };
    const next: Rollout = isWayBack(rollout)
      ? rollout
      : { ...rollout, asks: [...rollout.asks.filter(({ kind }) => kind !== 'rollback'), ask] };
    return {
      next,
      events: [event('ask', at, text, { by: actor.person, data: { ask: 'rollback', late: true } })],
    };
  });
  return isTaken;
}
