/** Small building blocks of the Block Kit validator. */

export interface Issue {
  /** JSON pointer. */
  readonly path: string;
  readonly message: string;
}

export type Check = (value: unknown, path: string, out: Issue[]) => void;
export interface Field {
  readonly check: Check;
  readonly isRequired: boolean;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const need = (check: Check): Field => ({ check, isRequired: true });
export const may = (check: Check): Field => ({ check, isRequired: false });

export const anything: Check = () => {};
export const bool: Check = (value, path, out) => {
  if (typeof value !== 'boolean') out.push({ path, message: 'must be a boolean' });
};

/** Length is counted in UTF-16 units. */
export const str =
  (max: number, min = 1): Check =>
  (value, path, out) => {
    if (typeof value !== 'string') out.push({ path, message: 'must be a string' });
    else if (value.length > max) out.push({ path, message: `must be less than ${max + 1} characters` });
    else if (value.length < min) out.push({ path, message: `must be more than ${min - 1} characters` });
  };

export const num =
  (min: number, max: number): Check =>
  (value, path, out) => {
    if (typeof value !== 'number' || !Number.isFinite(value))
      out.push({ path, message: 'must be a finite number' });
    else if (value < min || value > max) out.push({ path, message: `must be from ${min} to ${max}` });
  };

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, path, out) => {
    if (typeof value !== 'string' || !allowed.includes(value))
      out.push({ path, message: `must be one of ${allowed.join(', ')}` });
  };

export const list =
  (of: Check, min: number, max: number): Check =>
  (value, path, out) => {
    if (!Array.isArray(value)) {
      out.push({ path, message: 'must be an array' });
      return;
    }
    if (value.length > max) out.push({ path, message: `no more than ${max} items allowed` });
    if (value.length < min) out.push({ path, message: `no less than ${min} items allowed` });
    value.slice(0, max).forEach((item, index) => {
      of(item, `${path}/${index}`, out);
    });
  };

/** An object with these fields and no other. `also` looks at the whole. */
export const shape =
  (fields: Readonly<Record<string, Field>>, also: Check = anything, isLoose = false): Check =>
  (value, path, out) => {
    if (!isObject(value)) {
      out.push({ path, message: 'must be an object' });
      return;
    }
    for (const [name, field] of Object.entries(fields)) {
      if (value[name] !== undefined && value[name] !== null) field.check(value[name], `${path}/${name}`, out);
      else if (field.isRequired) out.push({ path, message: `missing required field: ${name}` });
    }
    if (!isLoose)
      for (const name of Object.keys(value))
        if (!Object.hasOwn(fields, name)) out.push({ path, message: `invalid additional property: ${name}` });
    also(value, path, out);
  };

/** Chooses by `type`. */
export const byType =
  (table: () => Readonly<Record<string, Check>>, allowed?: readonly string[]): Check =>
  (value, path, out) => {
    const type = isObject(value) ? value.type : undefined;
    const known = table();
    const check = typeof type === 'string' && Object.hasOwn(known, type) ? known[type] : undefined;
    if (!check) out.push({ path, message: `unsupported type: ${typeof type === 'string' ? type : 'none'}` });
    else if (allowed && !allowed.includes(String(type)))
      out.push({ path, message: `unsupported type: ${String(type)} is not allowed here` });
    else check(value, path, out);
  };

export const all =
  (...checks: readonly Check[]): Check =>
  (value, path, out) => {
    for (const check of checks) check(value, path, out);
  };

/** No two items of an array share the text of a field. */
export const unique =
  (field: string): Check =>
  (value, path, out) => {
    const seen = new Set<unknown>();
    (Array.isArray(value) ? value : []).forEach((item, index) => {
      const key = isObject(item) ? item[field] : undefined;
      if (key === undefined) return;
      if (seen.has(key))
        out.push({
          path: `${path}/${index}/${field}`,
          message: `\`${field}\` ${String(key)} already exists`,
        });
      seen.add(key);
    });
  };
