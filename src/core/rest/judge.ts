/**
 * A service at rest: does its route send requests only where somebody answers them, and as the last rollout left it? Pure.
 * What cannot be seen is unknown, and on unknown nothing is done.
 */
import { type Colour, otherColour } from '../colour.ts';
import type { Seen } from '../rollout/decision.ts';

export interface ColourAtRest {
  readonly replicas: number;
  readonly ready: number;
  readonly isBeingDeleted: boolean;
  /** Tag, else short digest; null: not known. */
  readonly version: string | null;
}

export interface RestLook {
  readonly route: Seen<{
    /** Of the pair's own total; blue + green = 100. */
    readonly percent: Readonly<Record<Colour, number>>;
    /** Colour that the last rollout left as stable; null: none is recorded. */
    readonly recorded: Colour | null;
    readonly lastWriter: string | null;
  }>;
  readonly colours: Readonly<Record<Colour, Seen<ColourAtRest>>>;
}

export type RestVerdict =
  | { readonly kind: 'unknown'; readonly detail: string }
  | { readonly kind: 'sound' }
  /** Somebody moved traffic by hand, and it is answered: said, not fought. */
  | { readonly kind: 'moved'; readonly to: Colour; readonly percent: number }
  /** `dead` has traffic and no ready endpoint, `to` is the colour recorded as stable and has some. */
  | { readonly kind: 'put-back'; readonly to: Colour; readonly dead: Colour }
  /** `dead` has traffic and no ready endpoint, and there is no recorded colour to go back to. */
  | {
      readonly kind: 'stranded';
      readonly dead: Colour;
      readonly because: 'is-stable' | 'stable-dead' | 'not-recorded';
    };

const COLOURS: readonly Colour[] = ['blue', 'green'];

type Life = 'alive' | 'dead' | 'unknown';

/** A colour that is scaled to 0 still shows ready pods for a moment: they are going. */
const lifeOf = (colour: Seen<ColourAtRest>): Life => {
  if (colour.kind === 'unknown') return 'unknown';
  if (colour.kind === 'absent') return 'dead';
  const { replicas, ready, isBeingDeleted } = colour.value;
  return ready > 0 && replicas > 0 && !isBeingDeleted ? 'alive' : 'dead';
};

export function judgeRest({ route, colours }: RestLook): RestVerdict {
  if (route.kind !== 'seen')
    return { kind: 'unknown', detail: route.kind === 'unknown' ? route.detail : 'the route is gone' };
  const { percent, recorded } = route.value;
  const life = { blue: lifeOf(colours.blue), green: lifeOf(colours.green) };
  const serving = COLOURS.filter((colour) => percent[colour] > 0);
  const dead = serving.find((colour) => life[colour] === 'dead');
  if (dead === undefined) {
    const unseen = serving.map((colour) => colours[colour]).find((colour) => colour.kind === 'unknown');
    if (unseen?.kind === 'unknown') return { kind: 'unknown', detail: unseen.detail };
    if (recorded === null || percent[recorded] === 100) return { kind: 'sound' };
    const to = otherColour(recorded);
    return { kind: 'moved', to, percent: percent[to] };
  }
  if (recorded === null) return { kind: 'stranded', dead, because: 'not-recorded' };
  if (life[recorded] === 'alive') return { kind: 'put-back', to: recorded, dead };
  const stable = colours[recorded];
  // Not known is not dead: nobody is woken for what nobody saw.
  if (stable.kind === 'unknown') return { kind: 'unknown', detail: stable.detail };
  return { kind: 'stranded', dead, because: dead === recorded ? 'is-stable' : 'stable-dead' };
}
