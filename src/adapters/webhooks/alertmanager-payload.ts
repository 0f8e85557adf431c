/**
 * Alertmanager's webhook, version "4" (notify/webhook and template.Data of prometheus/alertmanager), and what others send
 * in its name: Grafana (version "1", more fields), old versions without groupKey or fingerprint, custom templates that
 * keep these names. Each alert's `status` is believed, never its end time: some senders put a future one on what fires.
 */
import * as z from 'zod';
import type { AlertMember, IncomingGroup } from '../../core/alert/alert-group.ts';
import { labelsHash } from '../../core/alert/fingerprint.ts';
import { labels, optionalText, read, time } from './parts.ts';

const status = z
  .string()
  .max(40)
  .nullish()
  .transform((value) => (value?.toLowerCase() === 'resolved' ? 'resolved' : value == null ? null : 'firing'));

const alertSchema = z.looseObject({
  status,
  labels,
  annotations: labels,
  startsAt: time,
  endsAt: time,
  generatorURL: optionalText,
  fingerprint: optionalText,
});

const messageSchema = z.looseObject({
  receiver: optionalText,
  status,
  groupKey: optionalText,
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: optionalText,
  truncatedAlerts: z.number().int().nonnegative().nullish(),
  alerts: z.array(alertSchema).max(10_000),
});

/** Escaped as a regular expression by some versions: `web\.hook`. */
const unescaped = (receiver: string): string => receiver.replaceAll(/\\([.+*?()[\]{}|^$-])/g, '$1');

/** @throws `invalid_payload` @param now ms since the epoch, for an alert that does not say when it began */
export function parseAlertmanager(body: unknown, now: number): IncomingGroup {
  const message = read(messageSchema, body, 'Alertmanager');
  return {
    source: 'alertmanager',
    receiver: unescaped(message.receiver),
    groupKey: message.groupKey,
    groupLabels: message.groupLabels,
    commonLabels: message.commonLabels,
    commonAnnotations: message.commonAnnotations,
    externalUrl: message.externalURL,
    truncated: message.truncatedAlerts ?? 0,
    members: message.alerts.map((alert): AlertMember => {
      const state = alert.status ?? message.status ?? 'firing';
      return {
        key: alert.fingerprint === '' ? labelsHash(alert.labels) : alert.fingerprint,
        state,
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: alert.startsAt ?? now,
        endsAt: state === 'resolved' ? alert.endsAt : null,
        generatorUrl: alert.generatorURL,
      };
    }),
  };
}
