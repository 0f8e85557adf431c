/** What Alertmanager and Falco would send of this world, in their own formats, to the bot's webhooks. */
import { randomBytes } from 'node:crypto';
import { WORLD } from '../contract.ts';
import type { Bot } from './bot.ts';

export interface Webhooks {
  readonly bots: readonly Bot[];
  readonly token: string;
}

/** Sends as a load balancer would, to the next replica that is up. Throws when none takes it. */
async function send({ bots, token }: Webhooks, path: string, body: unknown): Promise<void> {
  const urls = bots.flatMap(({ webhooksUrl }) => (webhooksUrl === null ? [] : [webhooksUrl]));
  const url = urls[Math.floor(Math.random() * urls.length)];
  if (url === undefined) throw new Error('the bot is down: a real Alertmanager would try again');
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the bot answered ${response.status}`);
}

/** When the alert of a service began: its end must name the same. */
const began = new Map<string, string>();

/** Percent of payments that fail, of whatever colour: what such a rule would compare. */
const failing = (service: string): string => {
  const rate = (status: string): string =>
    `sum(rate(payments_total{destination_workload=~"${service}-(blue|green)"${status}}[10s]))`;
  return `100 * (${rate(',status!="success"')} or vector(0)) / ${rate('')} > 0.5`;
};

export async function sendAlert(webhooks: Webhooks, service: string, isOver: boolean): Promise<void> {
  const startsAt = began.get(service) ?? new Date().toISOString();
  if (isOver) began.delete(service);
  else began.set(service, startsAt);
  const status = isOver ? 'resolved' : 'firing';
  const labels = { alertname: 'PaymentErrors', service, namespace: WORLD.namespace, severity: 'critical' };
  const pods = ['7d9f8b6c5d-x2x4z', '7d9f8b6c5d-k8l2p'].map((suffix) => `${service}-blue-${suffix}`);
  await send(webhooks, 'alertmanager', {
    version: '4',
    status,
    receiver: 'war-room',
    groupKey: `{}:{alertname="PaymentErrors", service="${service}"}`,
    truncatedAlerts: 0,
    groupLabels: { alertname: 'PaymentErrors', service },
    commonLabels: labels,
    commonAnnotations: {
      summary: `More than 0.5 % of the payments through ${service} fail`,
      runbook_url: 'https://runbooks.example/payment-errors',
    },
    externalURL: 'http://alertmanager.example',
    alerts: pods.map((pod) => ({
      status,
      labels: { ...labels, pod },
      annotations: {},
      startsAt,
      endsAt: isOver ? new Date().toISOString() : '0001-01-01T00:00:00Z',
      generatorURL: `http://prometheus.example/graph?g0.expr=${encodeURIComponent(failing(service))}`,
      fingerprint: Buffer.from(pod).toString('hex').slice(0, 16),
    })),
  });
}

/** `count` events of five rules from a few nodes about one pod, as a burst comes: each node sends its own copy. */
export async function sendEvents(webhooks: Webhooks, pod: string, count: number): Promise<void> {
  const rules = [
    ['Critical', 'Terminal shell in container'],
    ['Warning', 'Read sensitive file untrusted'],
    ['Error', 'Drop and execute new binary in container'],
    ['Notice', 'Contact K8S API Server From Container'],
    ['Critical', 'Detect outbound connections to common miner pool ports'],
  ] as const;
  const events = Array.from({ length: count }, (_, index) => {
    const [priority, rule] = rules[index % rules.length] ?? rules[0];
    const time = new Date(Date.now() + index).toISOString().replace('Z', '000000Z');
    return {
      hostname: `node-${1 + (index % 7)}`,
      priority,
      rule,
      source: 'syscall',
      tags: ['container'],
      time,
      output: `${time.slice(11, 29)}: ${priority} ${rule} (user=root ns=${WORLD.namespace} pod=${pod} id=${randomBytes(4).toString('hex')})`,
      output_fields: {
        'k8s.ns.name': WORLD.namespace,
        'k8s.pod.name': pod,
        'proc.name': 'sh',
      },
    };
  });
  await Promise.all(events.map((event) => send(webhooks, 'falco', event)));
}
