/**
 * One event of Falco's http_output (userspace/engine/formats.cpp) or of Falcosidekick's webhook, which is the same with
 * a random uuid. Any field may be missing in some version or setting; values of output_fields may be of any type.
 */
import * as z from 'zod';
import type { IncomingEvent } from '../../core/alert/alert-group.ts';
import { optionalText, read, scalars, text } from './parts.ts';

const eventSchema = z.looseObject({
  rule: text.refine((rule) => rule !== '', 'is empty'),
  priority: optionalText,
  source: optionalText,
  hostname: optionalText,
  output: optionalText,
  message: optionalText,
  time: z
    .string()
    .max(64)
    .refine((value) => !Number.isNaN(Date.parse(value)), 'is no RFC 3339 time'),
  tags: z
    .array(z.unknown())
    .nullish()
    .transform((tags) =>
      (tags ?? [])
        .filter((tag) => typeof tag === 'string')
        .slice(0, 50)
        .map((tag) => tag.slice(0, 100)),
    ),
  output_fields: scalars.optional().transform((fields) => fields ?? {}),
});

/** "09:29:46.302906000: Notice Attach/Exec…": time and priority stand in fields of their own. */
const withoutPrefix = (output: string): string =>
  output.replace(/^\d{2}:\d{2}:\d{2}\.\d{1,9}:\s+[A-Za-z]+\s+/, '');

const first = (fields: Readonly<Record<string, string>>, names: readonly string[]): string =>
  names
    .map((name) => (Object.hasOwn(fields, name) ? (fields[name] ?? '') : ''))
    .find((value) => value !== '' && value !== '<NA>') ?? '';

/** Falcosidekick writes "syscalls" where the source is missing. */
const sourceOf = (source: string): string => (source === 'syscalls' ? 'syscall' : source);

/** @throws `invalid_payload` */
export function parseFalco(body: unknown): IncomingEvent {
  const event = read(eventSchema, body, 'Falco');
  const fields = event.output_fields;
  return {
    source: 'falco',
    rule: event.rule,
    priority: event.priority,
    kind: sourceOf(event.source),
    hostname: event.hostname,
    output: withoutPrefix(event.output === '' ? event.message : event.output),
    namespace: first(fields, ['k8s.ns.name', 'ka.target.namespace']),
    pod: first(fields, [
      'k8s.pod.name',
      'ka.target.pod.name',
      ...(fields['ka.target.resource'] === 'pods' ? ['ka.target.name'] : []),
    ]),
    at: Date.parse(event.time),
    time: event.time,
    tags: event.tags,
    fields,
  };
}
