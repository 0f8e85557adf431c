/** What the bot itself has to raise: a card in the war room that calls whoever is on call, and is escalated as any other. */
import type { IncomingGroup } from '../../core/alert/alert-group.ts';
import type { IngestAlert } from '../ingest-alert.ts';

export interface Alarm {
  /** The same name is the same alarm. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  /** ms since the epoch. */
  readonly since: number;
  /** ms since the epoch; null: it goes on. */
  readonly endedAt: number | null;
}

/** Durable when it resolves; the same alarm twice changes nothing. Throws `store_unavailable`. */
export type RaiseAlarm = (alarm: Alarm) => Promise<void>;

export const raiseAsAlert =
  (ingest: IngestAlert): RaiseAlarm =>
  ({ name, labels, summary, description, since, endedAt }) => {
    const all = { alertname: name, severity: 'critical', ...labels };
    const group: IncomingGroup = {
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
    return ingest(group);
  };
