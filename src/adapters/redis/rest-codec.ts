import * as z from 'zod';
import type { RestRecord } from '../../core/rest/record.ts';

const record = z.looseObject({
  schemaVersion: z.literal(1),
  state: z.enum(['sound', 'moved', 'putting-back', 'stuck', 'stranded']),
  key: z.string(),
  since: z.number(),
  unsaid: z.array(
    z.looseObject({
      id: z.string(),
      at: z.number(),
      level: z.enum(['page', 'note', 'over']),
      title: z.string(),
      text: z.string(),
      todo: z.looseObject({ words: z.string(), command: z.string() }).nullable(),
    }),
  ),
  paged: z.looseObject({ title: z.string(), at: z.number() }).optional(),
});

/** One that cannot be read is begun anew: at worst something is said twice. Its rev must be kept, or none could follow. */
export const decodeRest = (rev: number, text: string): RestRecord => {
  try {
    return { ...(record.parse(JSON.parse(text)) as unknown as RestRecord), rev };
  } catch {
    return { schemaVersion: 1, rev, state: 'sound', key: '', since: 0, unsaid: [] };
  }
};
