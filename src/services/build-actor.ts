/** Who acts: looked up once per act, before any use case. */
import type { Origin } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Directory } from '../ports/chat.ts';
import type { Actor } from './services.ts';

export interface People {
  person(userId: string): Promise<
    Awaited<ReturnType<Directory['person']>> & {
      /** Of another workspace, or deactivated. */
      readonly isOutsider?: boolean;
    }
  >;
}

/** A way back never waits longer than this for a name. */
const PATIENCE_MS = 800;

/**
 * `required`: no answer of Slack, no act: four eyes are judged by e-mail too. `patient`: acts that only look, or that
 * take traffic back, go on with the id alone.
 */
export async function buildActor(
  people: People,
  userId: string,
  origin: Origin,
  lookUp: 'required' | 'patient',
): Promise<Actor> {
  const asked = people.person(userId);
  const facts = lookUp === 'required' ? await asked : await inTime(asked);
  if (facts?.isBot === true) throw new DabbawalaError('not_allowed', 'Bots may not use this bot.');
  if (facts?.isOutsider === true)
    throw new DabbawalaError('not_allowed', 'People of other workspaces may not use this bot.');
  return { person: { id: userId, name: facts?.name ?? null, email: facts?.email ?? null }, origin };
}

async function inTime<T>(asked: Promise<T>): Promise<T | null> {
  const first = await waitAtMost<T | null>(
    asked.catch(() => null),
    PATIENCE_MS,
  );
  return first.kind === 'ready' ? first.value : null;
}

const PATIENT = new Set(['rollback', 'hold', 'status', 'history', 'help', 'menu']);
export const lookUpFor = (verb: string): 'required' | 'patient' =>
  PATIENT.has(verb) ? 'patient' : 'required';
