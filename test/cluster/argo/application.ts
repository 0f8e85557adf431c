/** An Application of Argo CD, as far as it decides what a sync leaves alone. */
import { parse } from 'yaml';
import * as z from 'zod';

/** Strict: a key that is not acted on here would prove nothing. */
const ruleSchema = z.strictObject({
  group: z.string(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string(),
  jsonPointers: z.array(z.string()).default([]),
  jqPathExpressions: z.array(z.string()).default([]),
});
export type IgnoreRule = z.output<typeof ruleSchema>;

const specSchema = z.strictObject({
  spec: z.strictObject({
    syncPolicy: z.strictObject({ syncOptions: z.array(z.literal('RespectIgnoreDifferences=true')) }),
    ignoreDifferences: z.array(ruleSchema),
  }),
});

export interface Application {
  /** Value of the tracking label on all that is its own. */
  readonly name: string;
  readonly namespace: string;
  readonly ignoreDifferences: readonly IgnoreRule[];
  /** `RespectIgnoreDifferences=true`: a sync writes no ignored field; without it they only do not count as a difference. */
  readonly isRespecting: boolean;
}

export const plainApplication = (name: string, namespace: string): Application => ({
  name,
  namespace,
  ignoreDifferences: [],
  isRespecting: false,
});

/** Pasted into the Application, as a person does it. @throws where it is not what an Application may hold */
export function pasted(application: Application, snippet: string): Application {
  const { spec } = specSchema.parse(parse(snippet));
  return {
    ...application,
    ignoreDifferences: spec.ignoreDifferences,
    isRespecting: spec.syncPolicy.syncOptions.includes('RespectIgnoreDifferences=true'),
  };
}
