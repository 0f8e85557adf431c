import type { Behaviour } from '../contract.ts';

/** The repository and tag that a digest was built for. */
export interface Image {
  readonly name: string;
  readonly tag: string;
}

export const HEALTHY: Behaviour = { errorPercent: 0, delayMs: 0, paymentFailPercent: 0, crashes: false };

/**
 * Spreads a percentage evenly: at 3 % every 33rd or 34th hit, never by chance. So a short test sees the percentage that
 * it set, and a probe of ten requests passes a version that is only slightly broken.
 */
export class Share {
  #sum = 0;

  isHit(percent: number): boolean {
    this.#sum += percent;
    if (this.#sum < 100) return false;
    this.#sum -= 100;
    return true;
  }
}

/** The two dice of one version (or of one Job's instance). */
export interface Faults {
  readonly errors: Share;
  readonly payments: Share;
}

export const newFaults = (): Faults => ({ errors: new Share(), payments: new Share() });

const keyOf = (image: Image): string => `${image.name}:${image.tag}`;

/** How each version behaves now, and the dice that all its pods share. */
export class Behaviours {
  readonly #set = new Map<string, Behaviour>();
  readonly #faults = new Map<string, Faults>();

  /** @param change null: healthy again. What a partial leaves out stays as it was. */
  set(image: Image, change: Partial<Behaviour> | null): void {
    if (change === null) this.#set.delete(keyOf(image));
    else this.#set.set(keyOf(image), { ...this.of(image), ...change });
  }

  of(image: Image): Behaviour {
    return this.#set.get(keyOf(image)) ?? HEALTHY;
  }

  clear(): void {
    this.#set.clear();
    this.#faults.clear();
  }

  faultsOf(image: Image): Faults {
    const faults = this.#faults.get(keyOf(image)) ?? newFaults();
    this.#faults.set(keyOf(image), faults);
    return faults;
  }
}
