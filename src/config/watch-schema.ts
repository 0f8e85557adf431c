/** Parts of the section `alerts`: how the bot watches its own ways in and out. */
import * as z from 'zod';

export const heartbeatsSchema = (duration: z.ZodType<number>) =>
  z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9._-]{1,60}$/, 'must be at most 60 letters, digits, dots, _ and -')
          .describe('Shown when it is missing; unique.'),
        match: z
          .record(z.string(), z.string())
          .refine((match) => Object.keys(match).length > 0, 'must name a label')
          .describe('Labels that must all have these values; `~a|b` stands for one of several.'),
        every: duration
          .default(300_000)
          .refine((ms) => ms >= 1000, 'must be at least 1s')
          .describe('Longer than this without it raises HeartbeatMissing.'),
      }),
    )
    .refine(
      (list) => new Set(list.map(({ name }) => name)).size === list.length,
      'names of heartbeats must differ',
    )
    .default([]);

export const selfWatchSchema = (duration: z.ZodType<number>, channel: z.ZodType<string>) =>
  z.strictObject({
    channel: channel
      .optional()
      .describe(
        'Where it is said that messages wait too long for another channel. Left out: metrics alone tell it.',
      ),
    after: duration
      .default(120_000)
      .refine((ms) => ms >= 1000, 'must be at least 1s')
      .describe('The oldest undelivered message waits longer than this.'),
  });
