/** What the bot itself has to raise: a card in the war room that calls whoever is on call, and is escalated as any other. */
import type { IncomingGroup } from '../../core/alert/alert-group.ts';
import type { IngestAlert } from '../ingest-alert.ts';

export interface Alarm {
  /** The same name is the same alarm. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A few words. */
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  /** ms since the epoch. */
  readonly since: number;
  /** What is said of its end. */
  readonly endedText: string;
  /** ms since the epoch; null: it goes on. */
  readonly endedAt: number | null;
}

/**
 * Durable when it resolves; the same alarm twice changes nothing. false: not all of it is done, raise it again. Throws
 * `store_unavailable`.
 */
export type RaiseAlarm = (alarm: Alarm) => Promise<boolean>;

/** As a sender would tell it. */
export function alarmGroup({ name, labels, summary, description, since, endedAt }: Alarm): IncomingGroup {
  const all = { alertname: name, severity: 'critical', ...labels };
  return {
    ...{ source: 'alertmanager', receiver: 'dabbawala', groupKey: JSON.stringify(all) },
    ...{ groupLabels: all, commonLabels: all, commonAnnotations: { summary, description } },
    ...{ externalUrl: '', truncated: 0 },
    members: [
      {
        ...{ key: name, state: endedAt === null ? 'firing' : 'resolved', labels: all, annotations: {} },
        ...{ startsAt: since, endsAt: endedAt, generatorUrl: '' },
      },
    ],
  };
}

export const raiseAsAlert =
  (ingest: IngestAlert): RaiseAlarm =>
  async (alarm) => {
    await ingest(alarmGroup(alarm));
    return true;
  };
