import type { View } from '@slack/types';
import type { Message } from '../ports/chat.ts';
import type { Actor, Services } from '../services/services.ts';
import type { CardValue } from '../views/card-value.ts';

export interface CardClick {
  readonly actor: Actor;
  /** Whether it is still true is the use case's to judge. */
  readonly value: CardValue;
  readonly channel: string;
  readonly services: Services;
}

/** A button on the card of an alert group or an incident. One file, one line in handlers/index.ts. */
export type CardButton = {
  readonly actionId: string;
  /** `required`: refused while Slack cannot say who clicks. */
  readonly lookUp: 'required' | 'patient';
} & (
  | {
      /** Acts at once; the card says "Processing…" meanwhile and has the last word. A message is for the clicker. */
      readonly kind: 'act';
      run(click: CardClick): Promise<Message | null>;
    }
  | {
      /** Opens a form and leaves the buttons. */
      readonly kind: 'form';
      view(click: CardClick): Promise<View>;
    }
);
