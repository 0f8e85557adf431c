import type { AlertSubject } from '../../core/alert/alert-request.ts';
import { duration } from '../../views/format.ts';

/** What is asked, in plain words: for a thread line. */
export const subjectWords = (subject: AlertSubject): string =>
  ({ silence: `silence for ${duration(subject.durationMs)}` })[subject.kind];
