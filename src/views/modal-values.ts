/** What a person entered into a modal, read from `view.state.values` without trusting its shape. */
import type { Target } from '../core/target.ts';
import { decodeTarget } from './modal-metadata.ts';

/** Block id and action id of each input are the same word; `errors` of a refused submission name it. */
export const FIELDS = {
  service: 'service',
  environment: 'environment',
  version: 'version',
  reason: 'reason',
  percent: 'percent',
  target: 'target',
  duration: 'duration',
  custom: 'custom',
  pod: 'pod',
} as const;

export interface ModalValues {
  readonly service: string | null;
  readonly environment: string | null;
  readonly region: string | null;
  readonly version: string | null;
  readonly reason: string | null;
  readonly percent: number | null;
  readonly target: Target | null;
  readonly duration: string | null;
  readonly custom: string | null;
  readonly pod: string | null;
}

/** `place`: environment, or environment/region, from the modal's metadata when it had only one. */
export function readModalValues(values: unknown, place: string | null = null): ModalValues {
  const [environment, region] = (read(values, FIELDS.environment) ?? place ?? '').split('/');
  const percent = read(values, FIELDS.percent);
  const target = read(values, FIELDS.target);
  return {
    service: read(values, FIELDS.service),
    environment: environment || null,
    region: region || null,
    version: read(values, FIELDS.version),
    reason: read(values, FIELDS.reason),
    percent: percent !== null && /^\d{1,3}$/.test(percent) ? Number(percent) : null,
    target: target === null ? null : decodeTarget(target),
    duration: read(values, FIELDS.duration),
    custom: read(values, FIELDS.custom),
    pod: read(values, FIELDS.pod),
  };
}

/** What was entered into inputs that have a name of their own, by that name; of several choices, with commas between. */
export function readInputs(values: unknown): Readonly<Record<string, string>> {
  const ids = typeof values === 'object' && values !== null ? Object.keys(values) : [];
  const found = ids.flatMap((id): readonly (readonly [string, string])[] => {
    const options = property(property(property(values, id), id), 'selected_options');
    const chosen = Array.isArray(options) ? options.map((one) => property(one, 'value')) : [];
    const value =
      chosen.length > 0 ? chosen.filter((one) => typeof one === 'string').join(',') : read(values, id);
    return value === null || value === '' ? [] : [[id, value]];
  });
  return Object.fromEntries(found);
}

function read(values: unknown, id: string): string | null {
  const element = property(property(values, id), id);
  const chosen = property(property(element, 'selected_option'), 'value');
  const typed = chosen ?? property(element, 'value');
  return typeof typed === 'string' && typed.trim() !== '' ? oneLine(typed) : null;
}

/** As in a typed command: nobody's reason begins a line of its own in a thread, where it could pass for the bot's words. */
const oneLine = (typed: string): string => typed.trim().replace(/\s+/g, ' ');

const property = (of: unknown, key: string): unknown =>
  typeof of === 'object' && of !== null && Object.hasOwn(of, key) ? Reflect.get(of, key) : undefined;
