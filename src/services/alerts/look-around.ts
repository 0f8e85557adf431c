/**
 * What stands around an alert, looked at when its group changes and by the clock while it is open: rollouts of its service,
 * its pods, the course of its expression. Derived from elsewhere, so losing a look costs one pass. No look holds up another
 * or the card itself.
 */
import { type About, aboutOf } from '../../core/alert/about.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { AlertPorts } from './alert-ports.ts';

export interface Around {
  readonly patch: Partial<AlertGroup>;
  /** For the card's thread. */
  readonly lines: readonly string[];
}

/** One thing that is looked at. null: nothing new. May throw: then it is tried again with the next pass. */
export type Look = (group: AlertGroup, about: About, now: number) => Promise<Around | null>;

/** Groups that one pass of the clock learns the service of: in a storm the rest waits for the next. */
const LEARNT_A_PASS = 200;
/** Groups remembered; far more are open only in a storm, and then they are learnt again. */
const REMEMBERED = 50_000;
/** Looks at once, and groups that wait for one: in a storm the card alone must do. */
const AT_ONCE = 4;
const WAITING_AT_MOST = 200;
const TRIES = 3;

export class LookAround {
  readonly #ports: AlertPorts;
  readonly #looks: readonly Look[];
  /** Whether it names a service of ours. */
  readonly #isOurs = new Map<string, boolean>();
  readonly #waiting = new Set<string>();
  #running = 0;

  constructor(ports: AlertPorts, looks: readonly Look[]) {
    this.#ports = ports;
    this.#looks = looks;
  }

  /** Soon, after a change of the group. Never throws. */
  note(id: string): void {
    if (this.#waiting.size < WAITING_AT_MOST) this.#waiting.add(id);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#running >= AT_ONCE) return;
    this.#running += 1;
    for (;;) {
      const [id] = this.#waiting;
      if (id === undefined) break;
      this.#waiting.delete(id);
      await this.look(id);
    }
    this.#running -= 1;
  }

  /** Every open group that names a service of ours. Never throws. */
  async lookAtOpen(): Promise<void> {
    try {
      const open = await this.#ports.alerts.open();
      if (this.#isOurs.size > REMEMBERED) this.#isOurs.clear();
      const unknown = open.filter((id) => !this.#isOurs.has(id)).slice(-LEARNT_A_PASS);
      for (const id of [...open.filter((known) => this.#isOurs.get(known)), ...unknown]) await this.look(id);
    } catch (error) {
      if (!isDabbawalaError(error, 'store_unavailable'))
        this.#ports.log.warn({ err: error }, 'open alerts not looked at');
    }
  }

  /** Never throws. */
  async look(id: string): Promise<void> {
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) if ((await this.#lookOnce(id)) === 'done') return;
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'warn';
      this.#ports.log[level]({ alertGroup: id, err: error }, 'nothing was looked up around an alert');
    }
  }

  async #lookOnce(id: string): Promise<'done' | 'conflict'> {
    const { alerts, clock, config, queue } = this.#ports;
    const stored = await alerts.load(id);
    if (!stored || stored.group.state === 'resolved') return 'done';
    const about = aboutOf(stored.group, config);
    this.#isOurs.set(id, about.service !== null);
    const now = await clock.now();
    const found = (
      await Promise.all(this.#looks.map((look) => this.#safely(id, () => look(stored.group, about, now))))
    ).filter((around) => around !== null);
    if (found.length === 0) return 'done';
    const next: AlertGroup = Object.assign({ ...stored.group }, ...found.map(({ patch }) => patch));
    const result = await alerts.save(id, {
      next,
      expectedRev: stored.rev,
      lines: found.flatMap(({ lines }) => lines.map((text) => ({ text, at: now, mentions: [] }))),
      audit: [],
      isDirty: true,
    });
    if (result === 'done') await queue.wakeChannel(next.channel);
    return result;
  }

  async #safely(id: string, look: () => Promise<Around | null>): Promise<Around | null> {
    try {
      return await look();
    } catch (error) {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      this.#ports.log.info({ alertGroup: id, why: String(error) }, 'a look around an alert brought nothing');
      return null;
    }
  }
}
