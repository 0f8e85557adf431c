/** What the control API says, as far as the page uses it. All of it is read with care: unknown fields are ignored. */

export type Dict = Record<string, unknown>;

export interface TextObject {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
  readonly emoji?: boolean;
  readonly verbatim?: boolean;
}

export interface ConfirmObject {
  readonly title: TextObject;
  readonly text: TextObject;
  readonly confirm: TextObject;
  readonly deny: TextObject;
  readonly style?: 'primary' | 'danger';
}

export interface Option {
  readonly text: TextObject;
  readonly value: string;
  readonly description?: TextObject;
}

export interface BlockElement extends Dict {
  readonly type: string;
  readonly action_id?: string;
  readonly text?: TextObject;
  readonly value?: string;
  readonly url?: string;
  readonly confirm?: ConfirmObject;
  readonly placeholder?: TextObject;
  readonly options?: readonly Option[];
  readonly option_groups?: readonly { readonly label: TextObject; readonly options: readonly Option[] }[];
  readonly initial_option?: Option;
  readonly initial_options?: readonly Option[];
  readonly initial_value?: string;
  readonly multiline?: boolean;
  readonly max_length?: number;
  readonly focus_on_load?: boolean;
  readonly min_query_length?: number;
}

export interface Block extends Dict {
  readonly type: string;
  readonly block_id?: string;
  readonly text?: TextObject;
  readonly elements?: readonly BlockElement[];
  readonly accessory?: BlockElement;
  readonly element?: BlockElement;
  readonly label?: TextObject;
  readonly hint?: TextObject;
  readonly optional?: boolean;
  readonly dispatch_action?: boolean;
}

export interface Message {
  readonly ts: string;
  readonly channel?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly username?: string;
  readonly text?: string;
  readonly blocks?: readonly Block[];
  readonly thread_ts?: string;
  readonly reply_count?: number;
  readonly reply_users?: readonly string[];
  readonly latest_reply?: string;
  readonly edited?: { readonly ts?: string; readonly user?: string };
  /** Number of edits so far; a click gives it back, so that a stale tap is a stale tap here too. */
  readonly revision?: number;
  readonly ephemeral?: boolean;
  readonly subtype?: string;
}

export interface View {
  readonly id: string;
  readonly type: string;
  readonly title?: TextObject;
  readonly submit?: TextObject;
  readonly close?: TextObject;
  readonly blocks: readonly Block[];
  readonly hash?: string;
  readonly callback_id?: string;
}

/** One Web API call of the bot. */
export interface LogEntry {
  readonly at?: number;
  readonly method?: string;
  readonly channel?: string | null;
  readonly ms?: number;
  readonly status?: number;
  readonly error?: string | null;
}
