import * as z from 'zod';
import type { AlertGroup, Incoming } from '../../core/alert/alert-group.ts';
import { DabbawalaError } from '../../lib/errors.ts';

/** As with rollouts: unknown fields are kept, what is computed with must be there. */
const text = z.string();
const byName = z.record(z.string(), z.string());
const counts = z.record(z.string(), z.number());
const time = z.number().nonnegative();
const member = z.looseObject({
  key: text,
  state: z.enum(['firing', 'resolved']),
  labels: byName,
  annotations: byName,
  startsAt: time,
  endsAt: time.nullable(),
  generatorUrl: text,
});
export const escalationSchema = z.looseObject({
  level: z.int().nonnegative(),
  since: time,
  remindedAt: time.nullable(),
  reminders: z.int().nonnegative(),
  called: z.array(text),
});
const group = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(/^a-[0-9a-f]{16}$/),
  source: z.enum(['alertmanager', 'falco']),
  key: text,
  episode: z.int().positive(),
  state: z.enum(['firing', 'resolved']),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  title: text,
  labels: byName,
  annotations: byName,
  externalUrl: text,
  members: z.array(member),
  firing: z.int().nonnegative(),
  resolved: z.int().nonnegative(),
  truncated: z.int().nonnegative(),
  events: z.int().nonnegative(),
  hosts: counts,
  pods: counts,
  recent: z.array(text),
  since: time,
  lastAt: time,
  resolvedAt: time.nullable(),
  acknowledged: z.looseObject({ by: z.looseObject({ id: z.string().min(1) }), at: time }).nullable(),
  channel: text,
  // Begun anew where it cannot be read: at worst somebody is called once more.
  escalation: escalationSchema.optional().catch(undefined),
  groupLabels: byName.optional().catch(undefined),
  silence: z
    .looseObject({
      key: z.string().min(1),
      state: z.enum(['creating', 'open', 'ended', 'refused']),
      silenceId: text.nullable(),
      matchers: z.array(z.looseObject({ name: text, value: text })).min(1),
      by: z.looseObject({ id: z.string().min(1) }),
      startsAt: time,
      endsAt: time,
    })
    .optional(),
  contained: z
    .array(
      z.looseObject({
        pod: z.looseObject({ cluster: text, namespace: text, name: text, uid: z.string().min(1) }),
        state: z.enum(['quarantining', 'quarantined', 'killing', 'killed', 'gone', 'failed']),
        by: z.looseObject({ id: z.string().min(1) }),
        approvedBy: z.looseObject({ id: z.string().min(1) }),
        at: time,
      }),
    )
    .optional(),
  expected: z
    .looseObject({
      by: z.looseObject({ id: z.string().min(1) }),
      reason: text,
      at: time,
      until: time,
      events: z.number(),
    })
    .optional()
    .catch(undefined),
  requests: z
    .array(
      z.looseObject({
        id: z.string().regex(/^q\d+$/),
        subject: z.looseObject({ kind: text }),
        planDigest: text,
        requester: z.looseObject({ id: z.string().min(1) }),
        expiresAt: time,
        remindAt: time,
        policy: z.looseObject({ users: z.array(text), groups: z.array(text), needed: z.int().positive() }),
        votes: z.array(z.looseObject({ person: z.looseObject({ id: z.string().min(1) }) })),
        state: text,
      }),
    )
    .optional(),
  muted: z.looseObject({ name: text, until: time.nullable() }).nullable().optional().catch(undefined),
});

const incoming = z.discriminatedUnion('source', [
  z.looseObject({
    source: z.literal('alertmanager'),
    receiver: text,
    groupKey: text,
    groupLabels: byName,
    commonLabels: byName,
    commonAnnotations: byName,
    externalUrl: text,
    truncated: z.number(),
    members: z.array(member),
  }),
  z.looseObject({
    source: z.literal('falco'),
    rule: text,
    priority: text,
    kind: text,
    hostname: text,
    output: text,
    namespace: text,
    pod: text,
    at: time,
    time: text,
    tags: z.array(text),
    fields: byName,
  }),
]);

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

/** Throws `internal` naming the id when the text is no group of that id. */
export function decodeGroup(id: string, json: string): AlertGroup {
  const parsed = group.safeParse(parse(json));
  if (parsed.success && parsed.data.id === id) return parsed.data as unknown as AlertGroup;
  throw new DabbawalaError('internal', `The stored state of alert group ${id} cannot be read.`, {
    hint: 'Its next message begins it anew. Report it with the id.',
    data: { alertGroup: id },
  });
}

/** null: it cannot be read. */
export const decodeIncoming = (json: string): Incoming | null => {
  const parsed = incoming.safeParse(parse(json));
  return parsed.success ? (parsed.data as unknown as Incoming) : null;
};
