// Progress goes to stderr: stdout belongs to the task.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string} line */
export const say = (line) => process.stderr.write(`dabbawala: ${line}\n`);

/** A failure that a person can act on: shown as its message alone. */
export class BootstrapError extends Error {
  name = 'BootstrapError';
}
