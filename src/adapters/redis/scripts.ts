import { readFileSync } from 'node:fs';

/** Where the Lua files are, beside this module: the build copies the folder to the same place under dist/. */
export const SCRIPTS_DIRECTORY = new URL('./scripts/', import.meta.url);

interface ScriptEntry {
  readonly keys: number;
  /** Appends audit records: gets audit.lua before it. */
  readonly isChained: boolean;
}

const script = (keys: number, isChained = false): ScriptEntry => ({ keys, isChained });

/** Every script and how many keys it touches, all in one slot. */
export const SCRIPTS = {
  create: script(3, true),
  save: script(3, true),
  'take-token': script(1),
  'append-audit': script(1, true),
  claim: script(2),
  turn: script(1),
  release: script(2),
  lock: script(2, true),
  unlock: script(2, true),
  'save-rest': script(2, true),
  'read-card': script(2),
  'mark-posting': script(1),
  'mark-posted': script(1),
  'mark-line-sent': script(1),
  'is-settled': script(2),
  'alert-save': script(9, true),
  'alert-posted': script(5),
  'alert-line-sent': script(3),
  'incident-posted': script(3),
  'on-call': script(2, true),
  'save-watch': script(1),
  'incident-save': script(7, true),
  'alert-look': script(3),
  'alert-named': script(5),
  'digest-begin': script(4),
  'digest-save': script(2),
  'digest-marked': script(1),
  'digest-posted': script(2),
  'digest-listed': script(2),
} as const satisfies Record<string, ScriptEntry>;

export type ScriptName = keyof typeof SCRIPTS;

const readFile = (name: string): string => readFileSync(new URL(`${name}.lua`, SCRIPTS_DIRECTORY), 'utf8');

/** The whole text that is sent to Redis. */
export const readScript = (name: ScriptName): string =>
  SCRIPTS[name].isChained ? `${readFile('audit')}\n${readFile(name)}` : readFile(name);

/** The name under which a script is defined on a client. */
export const commandOf = (name: ScriptName): string => `db-${name}`;
