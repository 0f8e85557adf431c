/** What the pods of an alert's service say, in a line of its thread. Plain text: the thread escapes it. */
import type { Diagnosis, EventDiagnosis, PodDiagnosis } from '../ports/diagnostics.ts';
import { count, lasting } from './format.ts';
import { plainText } from './text.ts';

const PODS_AT_MOST = 6;
const WARNINGS_AT_MOST = 4;

export function diagnosisText(name: string, { pods, warnings }: Diagnosis, now: number): string {
  if (pods.length === 0) return `No pod of ${plainText(name, 80)} is there.`;
  const ready = pods.filter(({ isReady }) => isReady).length;
  const sick = pods.filter((pod) => !pod.isReady || pod.waiting !== null || pod.restarts > 0);
  const head = `Pods of ${plainText(name, 80)}: ${ready} of ${pods.length} ready${sick.length === 0 ? ', none has restarted' : ''}`;
  const more = sick.length - PODS_AT_MOST;
  return [
    head,
    ...sick.slice(0, PODS_AT_MOST).map((pod) => `• ${podLine(pod, now)}`),
    ...(more > 0 ? [`• and ${more} more`] : []),
    ...warningLines(warnings, now),
  ].join('\n');
}

function podLine({ name, isReady, waiting, restarts, lastExit }: PodDiagnosis, now: number): string {
  const parts = [
    waiting === null ? (isReady ? 'ready' : 'not ready') : plainText(waiting, 60),
    restarts > 0 ? count(restarts, 'restart') : '',
    lastExit === null
      ? ''
      : `last exit ${plainText(lastExit.reason, 40)} (${lastExit.exitCode})${ago(lastExit.at, now)}`,
  ];
  return `${plainText(name, 90)}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function warningLines(warnings: readonly EventDiagnosis[] | null, now: number): readonly string[] {
  if (warnings === null) return ['Its Events may not be read: the right to list events is optional.'];
  if (warnings.length === 0) return [];
  return [
    'Last warnings',
    ...warnings.slice(0, WARNINGS_AT_MOST).map(({ reason, text, object, at, count: times }) => {
      const often = times > 1 ? ` ${times}×` : '';
      return `• ${plainText(reason, 40)}${often}, ${plainText(object, 90)}${ago(at, now)}: ${plainText(text, 160)}`;
    }),
  ];
}

const ago = (at: number | null, now: number): string =>
  at === null ? '' : ` ${lasting(Math.max(0, now - at))} ago`;

export const logText = (pod: string, lines: readonly string[]): string =>
  [`Last lines of ${plainText(pod, 90)}`, ...lines.map((line) => `| ${plainText(line, 200)}`)].join('\n');
