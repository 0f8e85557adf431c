/** docs/errors.md: the error catalogue. */
import { ERROR_CATALOGUE, type ErrorKind } from '../../src/lib/errors.ts';
import { code, page, table } from './markdown.ts';

const KINDS: Readonly<Record<ErrorKind, string>> = {
  invalid: 'The input is wrong. Nothing was done.',
  denied: 'The person may not. Nothing was done, and the try is in the audit trail.',
  conflict: 'Something else was first. Look at what is true now.',
  unavailable: 'Something did not answer. Trying again helps.',
  drift: 'The world was changed by somebody else.',
  terminal: 'Trying again does not help: something has to be changed first.',
  bug: 'Ours to mend.',
};

export function renderErrors(): string {
  const entries = Object.entries(ERROR_CATALOGUE);
  const sections = (Object.keys(KINDS) as ErrorKind[]).map((kind) => {
    const rows = entries
      .filter(([, entry]) => entry.kind === kind)
      .map(([name, { meaning, hint }]) => [code(name), meaning, hint]);
    return `## ${kind}\n\n${KINDS[kind]}\n\n${table(['Code', 'What happened', 'What to do'], rows)}`;
  });
  return page(
    'Errors',
    'Every error has one stable code, the same in the Slack reply, the log line, the audit record and here. The text beside it names the case at hand; the hint below is what is said when there is nothing more exact.',
    ...sections,
  );
}
