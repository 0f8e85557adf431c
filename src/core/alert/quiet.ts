/** What somebody holds back from the card: nobody is called about it meanwhile. */
import type { AlertGroup } from './alert-group.ts';
import type { Muted } from './mute.ts';

export function quietOf({ silence, expected }: Pick<AlertGroup, 'silence' | 'expected'>): Muted | null {
  if (silence?.state === 'open')
    return { name: `silence of ${silence.by.name ?? silence.by.id}`, until: silence.endsAt };
  return expected
    ? { name: `expected, says ${expected.by.name ?? expected.by.id}`, until: expected.until }
    : null;
}
