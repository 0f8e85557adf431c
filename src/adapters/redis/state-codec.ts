import * as z from 'zod';
import { END_PHASES, type Phase, type Rollout } from '../../core/rollout/rollout.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { TargetLock, ThreadLine } from '../../ports/rollout-store.ts';

/**
 * What is stored is read by the version before and the version after this one, so unknown fields are kept and words
 * that only people read (reason codes, titles) are not judged. What the engine computes with must be there.
 */
const person = z.looseObject({
  id: z.string().min(1),
  name: z.string().nullable(),
  email: z.string().nullable(),
});
const target = z.looseObject({
  service: z.string().min(1),
  environment: z.string().min(1),
  region: z.string().min(1).nullable(),
});
const percent = z.number().min(0).max(100);
const time = z.number().nonnegative();
const PHASES = [
  'planning',
  'awaiting-approval',
  'preparing',
  'probing',
  'shifting',
  'analysing',
  'paused',
  'baking',
  'draining',
  ...END_PHASES,
] as const satisfies readonly Phase[];
const phase = z.enum(PHASES);
const revision = z.looseObject({ digest: z.string(), repository: z.string() });
const colour = z.enum(['blue', 'green']);
const objects = z.array(z.looseObject({}));

const plan = z.looseObject({
  schemaVersion: z.literal(1),
  target,
  cluster: z.string().min(1),
  namespace: z.string().min(1),
  from: revision,
  to: revision,
  stableColour: colour,
  candidateColour: colour,
  route: z.looseObject({ namespace: z.string(), name: z.string(), host: z.string() }),
  steps: z.array(percent),
  rules: objects,
  probes: objects,
  times: z.record(z.string(), z.number()),
  analysis: z.looseObject({}),
  approval: z.looseObject({ needed: z.number() }),
  digest: z.string(),
});

const rolloutSchema = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string().min(1),
  kind: z.enum(['deploy', 'rollback', 'adopt', 'adopt-undo']),
  target,
  version: z.string(),
  requester: person,
  channel: z.string(),
  phase,
  outcome: z.string().nullable(),
  cause: z.looseObject({ code: z.string(), text: z.string(), at: time }),
  createdAt: time,
  phaseSince: time,
  endedAt: time.nullable(),
  plan: plan.nullable(),
  approvals: z.array(z.looseObject({ id: z.string(), state: z.string(), votes: objects, expiresAt: time })),
  asks: z.array(z.looseObject({ kind: z.string(), at: time })),
  step: z.int().min(-1),
  desiredPercent: percent,
  confirmedPercent: percent,
  peakPercent: percent,
  clock: z.looseObject({ knownTicks: z.number(), neededTicks: z.number() }),
  breaches: z.record(z.string(), z.number()),
  verdicts: objects,
  chart: objects,
  hold: z.looseObject({ code: z.string(), text: z.string(), since: time }).nullable(),
  mentions: z.number(),
  pushes: z.array(z.string()).optional(),
  reasserts: z.array(z.number()),
  pausedFrom: phase.nullable(),
  probes: objects,
  candidateUid: z.string().nullable(),
  drainTowards: z.enum(['candidate', 'stable']).nullable(),
  stableKnown: z.looseObject({ uid: z.string(), digest: z.string() }).optional(),
  wayBack: z.looseObject({ until: time }).nullish(),
});

const quarantined = (id: string, why: string): DabbawalaError =>
  new DabbawalaError('internal', `The stored state of rollout ${id} cannot be read; it is left alone.`, {
    hint: `Report it with the id ${id}. Other rollouts go on; roll back by hand if this one had traffic.`,
    data: { rolloutId: id, why: why.slice(0, 500) },
  });

const describe = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Throws `internal` naming the id when the text is no rollout of that id. */
export const decodeRollout = (id: string, text: string): Rollout => {
  const json = parseJson(text);
  if (json === undefined) throw quarantined(id, 'not JSON');
  const parsed = rolloutSchema.safeParse(json);
  if (!parsed.success) throw quarantined(id, describe(parsed.error));
  if (parsed.data.id !== id) throw quarantined(id, `holds the state of ${parsed.data.id}`);
  return parsed.data as unknown as Rollout;
};

/** Refuses to store what could not be read back: the last good state stays instead. */
export const encodeRollout = (rollout: Rollout): string => encodeAndRead(rollout).text;

/** The text, and what whoever reads it will see. */
export const encodeAndRead = (rollout: Rollout): { readonly text: string; readonly read: Rollout } => {
  const text = JSON.stringify(rollout);
  const parsed = rolloutSchema.safeParse(JSON.parse(text));
  if (parsed.success) return { text, read: parsed.data as unknown as Rollout };
  throw new DabbawalaError(
    'internal',
    `A state of rollout ${rollout.id} that cannot be stored was computed.`,
    {
      data: { rolloutId: rollout.id, why: describe(parsed.error).slice(0, 500) },
    },
  );
};

const lineSchema = z.looseObject({
  text: z.string(),
  at: z.number(),
  mentions: z.array(z.string()),
});

/** `<id> <json>`: scripts find a line by its id without parsing. */
export const encodeLine = (line: ThreadLine): string => {
  const { id, ...rest } = line;
  return `${id} ${JSON.stringify(rest)}`;
};

/** An unreadable line is still delivered, as such: dropped it would hide, kept it would stop the rest. */
export const decodeLine = (stored: string): ThreadLine => {
  const space = stored.indexOf(' ');
  const id = space < 0 ? stored : stored.slice(0, space);
  const parsed = lineSchema.safeParse(parseJson(stored.slice(space + 1)));
  return parsed.success
    ? { id, text: parsed.data.text, at: parsed.data.at, mentions: parsed.data.mentions }
    : { id, text: 'A line of this thread could not be read.', at: 0, mentions: [] };
};

const lockSchema = z.looseObject({ owner: person, reason: z.string(), at: time });

/** A lock that cannot be read still locks: somebody meant to stop changes. */
export const decodeLock = (owner: string, text: string): TargetLock => {
  const parsed = lockSchema.safeParse(parseJson(text));
  return parsed.success
    ? {
        owner: { id: parsed.data.owner.id, name: parsed.data.owner.name, email: parsed.data.owner.email },
        reason: parsed.data.reason,
        at: parsed.data.at,
      }
    : { owner: { id: owner, name: null, email: null }, reason: '(the reason could not be read)', at: 0 };
};
