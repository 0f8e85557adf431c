import type { AlertSubject } from '../../core/alert/alert-request.ts';
import { duration } from '../../views/format.ts';

/** What is asked, in plain words: for a thread line. */
export function subjectWords(subject: AlertSubject): string {
  switch (subject.kind) {
    case 'silence':
      return `silence for ${duration(subject.durationMs)}`;
    case 'quarantine':
      return `quarantine pod ${subject.pod.name}`;
    case 'kill':
      return `kill pod ${subject.pod.name}`;
  }
}
