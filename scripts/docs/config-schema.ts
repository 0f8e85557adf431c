/** The configuration as JSON Schema: what an editor needs to complete and check a file while it is typed. */
import * as z from 'zod';
import { configSchema } from '../../src/config/schema.ts';

/** As much of JSON Schema as ours uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** 600000 as `10m`: a default is shown as a person would write it. */
export const writeDuration = (ms: number): string => {
  const [unit, size] = UNITS.find(([, step]) => ms >= step && ms % step === 0) ?? (['ms', 1] as const);
  return `${ms / size}${unit}`;
};

export const configJsonSchema = (): JsonSchema => {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // Not a format that validators know; the pattern beside it says the same.
      if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
      // zod leaves out a default whose type a transform changed: durations, and lists of what holds one.
      const { def } = zodSchema._zod;
      if (def.type !== 'default' || jsonSchema.default !== undefined) return;
      const value = (def as { readonly defaultValue?: unknown }).defaultValue;
      jsonSchema.default = typeof value === 'number' ? writeDuration(value) : (value as object);
    },
  });
  return { ...(schema as JsonSchema), title: 'Dabbawala configuration' };
};

export const renderConfigSchema = (): string => `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
