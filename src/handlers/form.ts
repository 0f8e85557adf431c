import type { Target } from '../core/target.ts';
import type { Actor, Services } from '../services/services.ts';
import type { ModalMetadata, ModalValues } from '../views/modals.ts';

/** What was entered, by the name of the input. */
export type Inputs = Readonly<Record<string, string>>;

/** What a form stands for: the same words as a typed command. */
export interface FormCommand {
  readonly verb: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | null>>;
}

export interface SubmitContext {
  readonly actor: Actor;
  readonly values: ModalValues;
  readonly metadata: ModalMetadata;
  readonly services: Services;
}

/** One modal, one file, one line in handlers/index.ts. */
export type Form = {
  readonly callbackId: string;
  /** Fields of the form that an error may be shown at, first one first. */
  readonly fields: readonly string[];
} & (
  | {
      readonly kind: 'command';
      toCommand(values: ModalValues, metadata: ModalMetadata, inputs: Inputs): FormCommand;
    }
  | { readonly kind: 'act'; run(context: SubmitContext): Promise<void> }
);

/** Service word and place of a target as options. */
export const placeOptions = (
  target: Target | null,
): { readonly words: readonly string[]; readonly env: string | null; readonly region: string | null } =>
  target === null
    ? { words: [], env: null, region: null }
    : { words: [target.service], env: target.environment, region: target.region };
