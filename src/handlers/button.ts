import type { View } from '@slack/types';
import type { Message } from '../ports/chat.ts';
import type { Stored } from '../ports/rollout-store.ts';
import type { Actor, Services } from '../services/services.ts';
import type { ButtonValue } from '../views/actions.ts';

export interface OrderContext {
  readonly actor: Actor;
  readonly button: ButtonValue;
  readonly channel: string;
  readonly services: Services;
}

export interface ClickContext extends OrderContext {
  /** As stored now; what the card showed may be older. */
  readonly stored: Stored;
}

/** One button, one file, one line in handlers/index.ts. */
export type Button = {
  readonly actionId: string;
  /** `required`: refused while Slack cannot say who clicks. */
  readonly lookUp: 'required' | 'patient';
  /** A tap on an older card is refused with what is true now. */
  readonly mustBeCurrent: boolean;
} & (
  | {
      /** Acts at once; the card says "Processing…" meanwhile and has the last word. */
      readonly kind: 'act';
      run(context: ClickContext): Promise<void>;
    }
  | {
      /** The same, by the rollout's id alone: it acts also while its record cannot be read. A message is for the clicker. */
      readonly kind: 'order';
      run(context: OrderContext): Promise<Message | null>;
    }
  | {
      /** Opens a form and leaves the buttons. */
      readonly kind: 'form';
      view(context: ClickContext): View;
    }
);
