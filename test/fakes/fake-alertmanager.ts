/** Alertmanager in memory, with the same promises. */
import type { Matcher } from '../../src/core/alert/silence.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Alertmanager, HeldAlert, SilenceSpec, SilenceState } from '../../src/ports/alertmanager.ts';

interface Row extends SilenceSpec {
  id: string;
  endsAt: number;
}

export class FakeAlertmanager implements Alertmanager {
  firing: HeldAlert[] = [];
  readonly silences: Row[] = [];
  /** `down`: nothing arrives. `lost`: it arrives, and its answer does not. */
  fault: 'none' | 'down' | 'lost' = 'none';
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async alerts(matchers: readonly Matcher[]): Promise<readonly HeldAlert[]> {
    assertSome(matchers);
    return this.#answer(() =>
      this.firing.filter(({ labels }) => matchers.every(({ name, value }) => (labels[name] ?? '') === value)),
    );
  }

  async create(spec: SilenceSpec): Promise<string> {
    assertSome(spec.matchers);
    return this.#answer(() => {
      const id = `0000-${this.silences.length + 1}`;
      this.silences.push({ ...spec, id });
      return id;
    });
  }

  async find(id: string): Promise<SilenceState | null> {
    return this.#answer(() => this.#state(this.silences.find((row) => row.id === id)));
  }

  async findByComment(words: string): Promise<SilenceState | null> {
    return this.#answer(() =>
      this.#state(this.silences.findLast((row) => row.comment.includes(words) && row.endsAt > this.#now())),
    );
  }

  async end(id: string): Promise<void> {
    return this.#answer(() => {
      const row = this.silences.find((one) => one.id === id);
      if (row) row.endsAt = Math.min(row.endsAt, this.#now());
    });
  }

  #state(row: Row | undefined): SilenceState | null {
    if (!row) return null;
    const now = this.#now();
    const state = row.endsAt <= now ? 'expired' : row.startsAt > now ? 'pending' : 'active';
    return { id: row.id, state, endsAt: row.endsAt };
  }

  #answer<T>(work: () => T): T {
    if (this.fault === 'down') throw gone(false);
    const value = work();
    if (this.fault === 'lost') throw gone(true);
    return value;
  }
}

const gone = (mayBeDone: boolean): DabbawalaError =>
  new DabbawalaError('alertmanager_unavailable', 'Alertmanager: not reached.', { data: { mayBeDone } });

function assertSome(matchers: readonly Matcher[]): void {
  if (matchers.length === 0)
    throw new DabbawalaError('alertmanager_refused', 'An empty set of matchers would match every alert.');
}
