/**
 * Every try is written down in one place. What an act changed is recorded by the script that changed it; what was denied
 * or refused, and what was only looked at, is recorded here.
 */
import type { AuditDraft } from '../core/audit.ts';
import { type Target, targetKey } from '../core/target.ts';
import { type DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import type { Actor } from './services.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

/** Whose chain the record goes to. */
export type Where =
  | { readonly target: Target }
  | { readonly rolloutId: string }
  | { readonly alertGroup: string }
  /** Belongs to no aggregate: the words that name it. */
  | { readonly general: string };

type Data = AuditDraft['data'];
type Ports = Pick<UseCasePorts, 'targets' | 'store' | 'alerts' | 'audit' | 'clock' | 'log'>;

/** Runs an act; a refusal leaves its record and goes on to the caller. */
export async function audited<T>(
  ports: Ports,
  actor: Actor,
  action: string,
  where: Where,
  act: () => Promise<T>,
  data: Data = {},
): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const error = toDabbawalaError(thrown);
    await write(ports, actor, action, where, outcomeOf(error), { ...data, code: error.code });
    throw thrown;
  }
}

/** The same for an act that changes nothing: who looked is recorded as well. */
export async function auditedLook<T>(
  ports: Ports,
  actor: Actor,
  action: string,
  where: Where,
  act: () => Promise<T>,
  data: Data = {},
): Promise<T> {
  const result = await audited(ports, actor, action, where, act, data);
  await write(ports, actor, action, where, 'done', data);
  return result;
}

const outcomeOf = ({ kind }: DabbawalaError): AuditDraft['outcome'] =>
  kind === 'denied' ? 'denied' : kind === 'unavailable' || kind === 'bug' ? 'failed' : 'refused';

/** That it could not be written is logged and changes nothing for the person. */
async function write(
  ports: Ports,
  actor: Actor,
  action: string,
  where: Where,
  outcome: AuditDraft['outcome'],
  data: Data,
): Promise<void> {
  try {
    const at = await ports.clock.now();
    if ('target' in where) {
      await ports.targets.appendAudit(where.target, [
        draft(actor, at, action, targetKey(where.target), outcome, data),
      ]);
      return;
    }
    if ('general' in where) {
      await ports.audit.append([draft(actor, at, action, where.general, outcome, data)]);
      return;
    }
    if ('alertGroup' in where) {
      const { alertGroup } = where;
      const record = draft(actor, at, action, alertGroup, outcome, data);
      const isKnown = (await ports.alerts.load(alertGroup)) !== null;
      await (isKnown ? ports.alerts.appendAudit(alertGroup, [record]) : ports.audit.append([record]));
      return;
    }
    const { rolloutId } = where;
    const rollout = (await ports.store.load(rolloutId))?.rollout;
    const object = rollout ? `${targetKey(rollout.target)}#${rolloutId}` : rolloutId;
    const record = draft(actor, at, action, object, outcome, data, rollout?.plan?.digest ?? null);
    // A forged id must not found a chain of its own.
    await (rollout ? ports.store.appendAudit(rolloutId, [record]) : ports.audit.append([record]));
  } catch (error) {
    ports.log.error({ err: error, action, outcome }, 'audit record not written');
  }
}
