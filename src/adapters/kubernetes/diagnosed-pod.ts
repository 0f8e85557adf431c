/** A pod as far as its illness goes: tolerant, only the fields needed. */
import * as z from 'zod';
import { podSchema } from './observed.ts';

const ended = z
  .looseObject({ exitCode: z.number(), finishedAt: z.string().nullish(), reason: z.string().nullish() })
  .nullish();

const container = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  imageID: z.string().default(''),
  state: z
    .looseObject({
      waiting: z.looseObject({ reason: z.string().default('Waiting') }).nullish(),
      running: z.looseObject({}).nullish(),
      terminated: ended,
    })
    .nullish(),
  lastState: z.looseObject({ terminated: ended }).nullish(),
});

export const diagnosedPodSchema = podSchema.extend({
  status: z
    .looseObject({
      phase: z.string().default(''),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
      containerStatuses: z.array(container).nullish(),
      initContainerStatuses: z.array(container).nullish(),
    })
    .nullish(),
});
