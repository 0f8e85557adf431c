import type { WatchedKind } from './objects.ts';

/** What says where traffic goes; all other kinds say who is there to take it. */
const ROUTES: ReadonlySet<WatchedKind> = new Set(['virtualServices', 'destinationRules']);

/**
 * After a break a proxy must not follow a new route before it knows the pods behind it, as real ones are told of endpoints
 * before routes. So news of routes waits until every other kind has been listed again.
 */
export class InOrder {
  readonly #broken = new Set<WatchedKind>();
  #held: (() => void)[] = [];

  broke(kind: WatchedKind): void {
    if (!ROUTES.has(kind)) this.#broken.add(kind);
  }

  /** @param isList the kind's whole list, which ends its break */
  take(kind: WatchedKind, isList: boolean, apply: () => void): void {
    if (ROUTES.has(kind)) {
      if (this.#broken.size > 0) this.#held.push(apply);
      else apply();
      return;
    }
    apply();
    if (isList) this.#broken.delete(kind);
    if (this.#broken.size > 0) return;
    const held = this.#held;
    this.#held = [];
    for (const run of held) run();
  }
}
