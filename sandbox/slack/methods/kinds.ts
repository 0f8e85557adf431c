import type { State } from '../state.ts';
import type { Json } from '../types.ts';

/** A Web API method: its answer without `ok`; throws SlackError. */
export type Method = (state: State, args: Json) => Json | Promise<Json>;
export type Methods = Readonly<Record<string, Method>>;
