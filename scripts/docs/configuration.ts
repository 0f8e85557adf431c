/** docs/configuration.md: every key of the configuration, from its schema. */
import { configJsonSchema, type JsonSchema } from './config-schema.ts';
import { code, page, table } from './markdown.ts';

interface Key {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** What the free key of a map stands for; where the map is not named here, `<name>`. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  channels: '<channel id>',
  aliases: '<verb>',
  registries: '<host>',
  rights: '<verb>',
  'services.<name>.approval': '<environment>',
  'services.<name>.rights': '<environment>',
  'services.<name>.rights.<environment>': '<verb>',
};

const placeholder = (path: string): string =>
  PLACEHOLDERS[path] ?? PLACEHOLDERS[path.split('.').at(-1) ?? ''] ?? '<name>';

/** A key and all keys below it, in the order of the schema. */
function* keysOf(path: string, schema: JsonSchema, isRequired: boolean): Generator<Key> {
  yield { path, schema, isRequired };
  yield* keysBelow(path, schema);
}

function* keysBelow(path: string, schema: JsonSchema): Generator<Key> {
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    yield* keysOf(path === '' ? name : `${path}.${name}`, child, schema.required?.includes(name) ?? false);
  if (typeof schema.additionalProperties === 'object')
    yield* keysBelow(`${path}.${placeholder(path)}`, schema.additionalProperties);
  if (schema.items) yield* keysBelow(`${path}[]`, schema.items);
}

const range = ({ minimum, maximum, exclusiveMinimum }: JsonSchema): string => {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined) return `, more than ${exclusiveMinimum}`;
  if (minimum !== undefined && isBounded) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) return `, at least ${minimum}`;
  return '';
};

const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.map((value) => code(value === '' ? '""' : String(value))).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.items) return `list of: ${schema.items.properties ? 'entries' : typeOf(schema.items)}`;
  if (schema.format === 'uri') return 'URL';
  if (schema.format === 'email') return 'e-mail address';
  if (typeof schema.additionalProperties === 'object') {
    const keys = schema.propertyNames?.enum;
    const value = schema.additionalProperties;
    const values = value.properties || value.additionalProperties ? '' : ` to: ${typeOf(value)}`;
    return `map${keys ? ` by ${keys.map((key) => code(String(key))).join(', ')}` : ''}${values}`;
  }
  if (schema.type === 'object') return 'section';
  if (schema.type === 'string') return 'text';
  return `${schema.type ?? 'anything'}${range(schema)}`;
};

/** Sections have no default worth showing: their keys do. */
const isEmptySection = ({ default: value, properties }: JsonSchema): boolean =>
  properties !== undefined ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

const defaultOf = ({ schema, isRequired }: Key): string => {
  if (isRequired) return '**required**';
  if (schema.default === undefined || isEmptySection(schema)) return '';
  return code(typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default));
};

const row = (key: Key): readonly string[] => [
  code(key.path),
  typeOf(key.schema),
  defaultOf(key),
  key.schema.description ?? '',
];

const HEAD = ['Key', 'Type', 'Default', 'What it is'];

/** Every path that the page must explain. */
export const configKeys = (): readonly Key[] => [...keysBelow('', configJsonSchema())];

export function renderConfiguration(): string {
  const keys = configKeys();
  const tops = Object.keys(configJsonSchema().properties ?? {});
  const sections = tops.map((top) => {
    const own = keys.filter(({ path }) => path === top || path.startsWith(`${top}.`));
    return `## ${top}\n\n${table(HEAD, own.map(row))}`;
  });
  return page(
    'Configuration',
    'One YAML file holds everything but secrets. [config/example.yml](../config/example.yml) is a whole example; [config/schema.json](../config/schema.json) lets an editor complete and check it: begin the file with `# yaml-language-server: $schema=…/config/schema.json`.',
    'A file with a fault starts nothing: every fault is listed with its line and path, and the process exits 78. An unknown key is a fault. Durations are written `500ms`, `5s`, `10m`, `1h`; a bare number is milliseconds.',
    'Secrets come by environment, or from a file named in `…_FILE`: `SLACK_BOT_TOKEN`, `SLACK_SIGNING_SECRET`, and whatever `registries` names.',
    'A running rollout keeps the plan that its approvers saw: a change here is seen by the next plan.',
    ...sections,
  );
}
