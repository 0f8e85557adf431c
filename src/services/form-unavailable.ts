import { DabbawalaError } from '../lib/errors.ts';

/** A server that has no forms at all says so in a word of its own: then every try would fail alike. */
export function formUnavailable(cause: unknown, again: string): DabbawalaError {
  const word = (cause as { data?: { error?: unknown } } | null)?.data?.error;
  if (word !== 'unknown_method')
    return new DabbawalaError('slack_unavailable', 'Slack did not open the form.', { hint: again, cause });
  return new DabbawalaError(
    'slack_unavailable',
    'This server has no forms (`views.open` is unknown to it).',
    {
      hint: 'Type the command with its arguments; `help <verb>` shows the right form.',
      cause,
    },
  );
}
