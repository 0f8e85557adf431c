/** Configured people in words. */
import { escapeText } from './text.ts';
import { mention } from './thread.ts';

export interface People {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly emails: readonly string[];
}

const MAX_NAMES = 12;

/** Mentions, which Slack shows as names; addresses as they are. */
export function namesOf({ users, groups, emails }: People): string {
  const names = [...groups, ...users, ...emails];
  const shown = names.slice(0, MAX_NAMES).map((name) => mention(name) ?? escapeText(name, 60));
  if (names.length > MAX_NAMES) shown.push(`${names.length - MAX_NAMES} more`);
  return shown.length === 0 ? 'nobody is configured' : shown.join(', ');
}
