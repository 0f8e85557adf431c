/** What a paging service should know of an alert group, whatever it was told before. Pure. */
import type { AlertGroup } from './alert-group.ts';

export type PageState = 'none' | 'triggered' | 'acknowledged' | 'resolved';

export const pageKeyOf = ({ id, episode }: Pick<AlertGroup, 'id' | 'episode'>): string =>
  `dabbawala-${id}-${episode}`;

/** The last level was called, so the paging service is as well. @param levels how many there are */
export const isPaged = ({ state, escalation, muted }: AlertGroup, levels: number): boolean =>
  state === 'firing' && !muted && escalation !== undefined && escalation.level >= levels;

/**
 * @param group null: nobody knows it any more
 * @param episode the one that was told about
 */
export function wantedPage(group: AlertGroup | null, episode: number, levels: number): PageState {
  if (group === null || group.episode !== episode || group.state === 'resolved') return 'resolved';
  const { acknowledged, escalation } = group;
  // Whoever looked before the last level was called asked for more people.
  if (acknowledged && acknowledged.at >= (escalation?.since ?? 0)) return 'acknowledged';
  return isPaged(group, levels) ? 'triggered' : 'none';
}
