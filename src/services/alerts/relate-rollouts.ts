/**
 * Keeps what an alert's card says of recent rollouts true: looked at when the group changes, and by the clock while it is
 * open. Derived from what is stored, so losing it costs one look.
 */
import { aboutOf } from '../../core/alert/about.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { type RelatedRollout, relatedRollouts } from '../../core/alert/correlation.ts';
import type { Rollout } from '../../core/rollout/rollout.ts';
import type { Target } from '../../core/target.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import { listTargets } from '../show-target.ts';
import type { AlertPorts } from './alert-ports.ts';

/** Rollouts of one target that are looked at: more in an hour nobody deploys. */
const HISTORY = 10;
const SHOWN_AT_MOST = 3;
/** Groups that one pass of the clock learns the service of: in a storm the rest waits for the next. */
const LEARNT_A_PASS = 200;
/** Groups remembered; far more are open only in a storm, and then they are learnt again. */
const REMEMBERED = 50_000;

export class RolloutRelations {
  readonly #ports: AlertPorts;
  /** By group and episode: whether it names a service of ours. */
  readonly #isOurs = new Map<string, boolean>();

  constructor(ports: AlertPorts) {
    this.#ports = ports;
  }

  /** After a change of the group. Never throws. */
  async relate(id: string): Promise<void> {
    try {
      const stored = await this.#ports.alerts.load(id);
      if (!stored) return;
      const { group, rev } = stored;
      const targets = this.#targetsOf(group);
      this.#remember(id, targets.length > 0);
      if (targets.length === 0 || group.state === 'resolved') return;
      const changes = await this.#changesOf(group, targets);
      if (JSON.stringify(changes) === JSON.stringify(group.changes ?? [])) return;
      const result = await this.#ports.alerts.save(id, {
        next: { ...group, changes },
        expectedRev: rev,
        lines: [],
        audit: [],
        isDirty: true,
      });
      // Lost to a change of the group, which asks again.
      if (result === 'done') await this.#ports.queue.wakeChannel(group.channel);
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'warn';
      this.#ports.log[level]({ alertGroup: id, err: error }, 'rollouts of an alert not looked at');
    }
  }

  /** Every open group that names a service of ours. Never throws. */
  async relateOpen(): Promise<void> {
    try {
      const open = await this.#ports.alerts.open();
      if (this.#isOurs.size > REMEMBERED) this.#isOurs.clear();
      const unknown = open.filter((id) => !this.#isOurs.has(id)).slice(-LEARNT_A_PASS);
      for (const id of [...open.filter((known) => this.#isOurs.get(known)), ...unknown])
        await this.relate(id);
    } catch (error) {
      if (!isDabbawalaError(error, 'store_unavailable'))
        this.#ports.log.warn({ err: error }, 'open alerts not looked at');
    }
  }

  #remember(id: string, isOurs: boolean): void {
    this.#isOurs.set(id, isOurs);
  }

  #targetsOf(group: AlertGroup): readonly Target[] {
    const { service, environment } = aboutOf(group, this.#ports.config);
    return listTargets(this.#ports).filter(
      (target) => target.service === service && (environment === null || target.environment === environment),
    );
  }

  async #changesOf(group: AlertGroup, targets: readonly Target[]): Promise<readonly RelatedRollout[]> {
    const found = await Promise.all(
      targets.map(async (target) => relatedRollouts(await this.#rolloutsOf(target), group.since)),
    );
    return found
      .flat()
      .sort((a, b) => b.startedAt - a.startedAt)
      .slice(0, SHOWN_AT_MOST);
  }

  async #rolloutsOf(target: Target): Promise<readonly Rollout[]> {
    const { targets, store } = this.#ports;
    const ids = await targets.history(target, HISTORY);
    const loaded = await Promise.all(
      ids.map((id) =>
        store.load(id).catch((error: unknown) => {
          if (isDabbawalaError(error, 'store_unavailable')) throw error;
          // One that cannot be read hides no other.
          return null;
        }),
      ),
    );
    return loaded.flatMap((stored) => (stored ? [stored.rollout] : []));
  }
}
