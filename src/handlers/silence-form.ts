import { DabbawalaError } from '../lib/errors.ts';
import { MODALS } from '../views/actions.ts';
import { FIELDS, type ModalValues } from '../views/modals.ts';
import { cardOf } from './card-of.ts';
import type { Form } from './form.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const silenceForm: Form = {
  callbackId: MODALS.silence,
  kind: 'act',
  fields: [FIELDS.duration, FIELDS.reason],
  run: async ({ actor, values, metadata, services }) => {
    const seen = cardOf(metadata);
    if (values.reason === null)
      throw new DabbawalaError('invalid_argument', 'A silence needs a reason.', {
        ...{ hint: 'Write why.', data: { field: FIELDS.reason } },
      });
    await services.alerts.silence(actor, seen, { durationMs: durationOf(values), reason: values.reason });
  },
};

export function durationOf({ duration, custom }: ModalValues): number {
  const isCustom = duration === 'custom' || duration === null;
  // Both say something: which of them is meant nobody can know.
  if (!isCustom && custom !== null)
    throw wrong('Two times are given: choose "Another time", or leave the line below empty.');
  const [, amount, unit] =
    /^(\d{1,5}(?:\.\d{1,2})?)\s*([mhd])$/.exec((isCustom ? custom : duration) ?? '') ?? [];
  if (amount === undefined || unit === undefined) throw wrong('That is no time.');
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}

const wrong = (words: string): DabbawalaError =>
  new DabbawalaError('invalid_argument', words, {
    ...{ hint: 'Write it such as 90m, 6h or 2d.', data: { field: FIELDS.custom } },
  });
