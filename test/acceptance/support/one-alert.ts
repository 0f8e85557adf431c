/** One alert of Prometheus, as Alertmanager sends it to the first replica that is up. */
import type { AnyWorld } from '../../../sandbox/world/world.ts';

export interface OneAlert {
  readonly status?: 'firing' | 'resolved';
  /** Default now. */
  readonly startsAt?: string;
  /** Beside `alertname` and `severity: critical`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** @returns the status of the bot's answer */
export async function sendAlert(
  { bots, webhookToken }: AnyWorld,
  name: string,
  { status = 'firing', startsAt = new Date().toISOString(), labels: more = {} }: OneAlert = {},
): Promise<number> {
  const labels = { alertname: name, severity: 'critical', ...more };
  const response = await fetch(
    `${bots.find(({ webhooksUrl }) => webhooksUrl !== null)?.webhooksUrl}/alertmanager`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ version: '4', status, receiver: 'war-room', groupKey: `{}:{alertname="${name}"}` },
        ...{ groupLabels: { alertname: name }, commonLabels: labels, commonAnnotations: {} },
        alerts: [
          {
            ...{ status, labels, annotations: {}, fingerprint: name, startsAt },
            endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
          },
        ],
      }),
    },
  );
  return response.status;
}
