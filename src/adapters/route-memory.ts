/**
 * The memory of an unfinished rollout as the text of one annotation: JSON, gzip, base64, and a seal. Whoever may write the
 * route may write this, so nothing is believed but what this bot sealed, and nothing in it can be a fault.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Plan } from '../core/rollout/plan.ts';
import type { RouteMemory } from '../core/rollout/route-memory.ts';
import type { Recalled } from '../ports/traffic-router.ts';

export const MEMORY_AT_MOST = 8192;
/** Of what is unpacked: a small text may unpack to gigabytes. */
const UNPACKED_AT_MOST = 512 * 1024;

/** Of the plan what it does, without what was only read. */
const withoutProse = (plan: Plan): Plan => ({ ...plan, templateChanges: [], gates: [], forecast: [] });

/** From a secret that all replicas have and that nobody who only writes routes has. */
export const sealKeyOf = (secret: string): Buffer =>
  createHmac('sha256', secret).update('dabbawala.dev: the state of a rollout on its route').digest();

const sealOf = (key: Buffer, packed: string): Buffer => createHmac('sha256', key).update(packed).digest();

const pack = (memory: RouteMemory, key: Buffer): string => {
  const packed = gzipSync(JSON.stringify(memory), { level: 9 }).toString('base64');
  return `${packed}.${sealOf(key, packed).toString('base64url')}`;
};

const isSealed = (key: Buffer, packed: string, seal: string): boolean => {
  const [given, expected] = [Buffer.from(seal, 'base64url'), sealOf(key, packed)];
  return given.length === expected.length && timingSafeEqual(given, expected);
};

/**
 * Never more than 8 KiB. First goes what only people read of the plan, then the plan: a memory without it says that there
 * is a rollout, and that it cannot be restored.
 */
export function encodeMemory(memory: RouteMemory, key: Buffer): string {
  const whole = pack(memory, key);
  if (whole.length <= MEMORY_AT_MOST || !memory.plan) return whole;
  const shorter = pack({ ...memory, plan: withoutProse(memory.plan) }, key);
  return shorter.length <= MEMORY_AT_MOST ? shorter : pack({ ...memory, plan: null, reason: null }, key);
}

/** Stands for the words of people, which differ from rollout to rollout: 1 KiB that does not pack. */
const ROOM_FOR_WORDS = randomBytes(512).toString('hex');

/** Whether a rollout of this plan could be restored from its route. */
export const fitsOnRoute = (plan: Plan): boolean =>
  gzipSync(JSON.stringify([withoutProse(plan), ROOM_FOR_WORDS]), { level: 9 }).length * (4 / 3) <
  MEMORY_AT_MOST;

const text = z.string().max(20_000);
const name = z.string().min(1).max(300);
const percent = z.number().min(0).max(100);
const time = z.number().nonnegative();
const duration = z.number().positive();
const colour = z.enum(['blue', 'green']);
const kind = z.enum(['deploy', 'rollback', 'adopt', 'adopt-undo']);
const person = z.looseObject({ id: name, name: text.nullable(), email: text.nullable() });
const target = z.looseObject({ service: name, environment: name, region: name.nullable() });
const revision = z.looseObject({ digest: name, tag: text.nullable(), repository: text });
const strings = z.array(name);

const rule = z.looseObject({
  id: name,
  title: text,
  kind: z.enum(['errorRate', 'p95', 'promql']),
  unit: text,
  breachWhen: z.enum(['above', 'below']),
  limit: z.number(),
  critical: z.number().nullable(),
  isRatio: z.boolean(),
  query: text.nullable(),
});

const probe = z.looseObject({
  name,
  group: name,
  critical: z.boolean(),
  timeoutMs: duration,
  retries: z.number().min(0),
  intervalMs: z.number().min(0),
  check: z.looseObject({ kind: z.enum(['podHttp', 'job', 'promql', 'tcp']) }),
});

const times = z.looseObject({
  tickMs: duration,
  readinessMs: time,
  probesMs: time,
  stepMs: time,
  bakeMs: time,
  drainMs: time,
  windowMs: duration,
  scrapeIntervalMs: duration,
  shareMs: time,
  blindMs: time,
  mentionMs: time,
  escalateMs: time,
  returnMs: time,
});

const plan = z.looseObject({
  schemaVersion: z.literal(1),
  kind,
  target,
  production: z.boolean(),
  cluster: name,
  namespace: name,
  from: revision,
  to: revision,
  stableColour: colour,
  candidateColour: colour,
  route: z.looseObject({
    kind: z.literal('istio'),
    cluster: name,
    namespace: name,
    name,
    host: name,
    service: name,
    plainAs: colour.optional(),
  }),
  template: name,
  container: name,
  replicas: z.int().min(0),
  templateHash: name,
  templateChanges: z.array(z.looseObject({ what: text, path: text, change: text })),
  steps: z.array(percent).min(1),
  rules: z.array(rule),
  probes: z.array(probe),
  times,
  analysis: z.looseObject({
    unknown: z.enum(['hold', 'rollback']),
    lowTraffic: z.enum(['wait', 'approve']),
    breachesToRollback: z.number(),
    minRequests: z.number(),
    errorBurst: z.number(),
    reporter: z.enum(['source', 'destination']),
  }),
  approval: z.looseObject({
    users: strings,
    groups: strings,
    emails: strings,
    needed: z.number(),
    expiryMs: duration,
    remindMs: time,
  }),
  gates: z.array(z.looseObject({ gate: text, passed: z.boolean(), reason: text })),
  forecast: z.array(z.number().nullable()),
  adoption: z
    .looseObject({
      original: name,
      colour: name,
      autoscaler: z.looseObject({ name, from: name, to: name }).nullable(),
      propagationMs: time,
    })
    .optional(),
  digest: name,
});

const schema = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(/^r-[a-z0-9]{4,40}$/),
  kind,
  target,
  version: name,
  tag: text.nullable(),
  requester: person,
  reason: text.nullable(),
  origin: z.looseObject({
    via: z.enum(['command', 'button', 'modal', 'mention', 'engine', 'api']),
    team: text.nullable(),
    channel: text.nullable(),
  }),
  channel: name,
  createdAt: time,
  plan: plan.nullable(),
  candidateUid: text.nullable(),
  percent,
  peakPercent: percent,
  wayBack: z.looseObject({ code: name, text, at: time, by: person.nullable() }).nullable(),
});

/** Never throws. */
export function decodeMemory(annotation: string, key: Buffer): Recalled['memory'] {
  const unreadable = (why: string): Recalled['memory'] => ({ kind: 'unreadable', why });
  if (annotation.length > MEMORY_AT_MOST)
    return unreadable(`its state is larger than ${MEMORY_AT_MOST} bytes`);
  const [packed = '', seal = ''] = annotation.split('.');
  if (!isSealed(key, packed, seal))
    return unreadable('its state was changed by others, or sealed before the Slack token was changed');
  let json: unknown;
  try {
    json = JSON.parse(
      gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: UNPACKED_AT_MOST }).toString('utf8'),
    );
  } catch {
    return unreadable('its state cannot be unpacked');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'known', value: parsed.data as unknown as RouteMemory };
  const [issue] = parsed.error.issues;
  return unreadable(`its state has another shape (${issue?.path.join('.').slice(0, 100) ?? 'whole'})`);
}
