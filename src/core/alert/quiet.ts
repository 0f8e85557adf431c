/** What somebody holds back from the card: nobody is called about it meanwhile. */
import type { AlertGroup } from './alert-group.ts';
import type { Muted } from './mute.ts';

export function quietOf({ silence }: Pick<AlertGroup, 'silence'>): Muted | null {
  if (silence?.state === 'open')
    return { name: `silence of ${silence.by.name ?? silence.by.id}`, until: silence.endsAt };
  return null;
}
