/** An open SEV1 or SEV2 keeps deploys of its services away: never a rollback, and not its own fix. Pure. */
import type { Incident } from '../../incident/incident.ts';
import type { PlanSettings } from '../facts.ts';
import type { GateResult } from '../plan.ts';
import { passed, refused } from './gate.ts';

const GATE = 'incident';

/** Open SEV1 and SEV2 that name the service where it is planned, oldest first. */
export type OpenIncident = Pick<Incident, 'id' | 'title' | 'severity' | 'commander'>;

export const INCIDENT_HINT =
  'Resolve it, or ask for its fix: `deploy … fixes=INC-…`, which whoever leads the incident must approve. A rollback needs neither.';

export function incidentGate(
  { kind, target, fixes }: Pick<PlanSettings, 'kind' | 'target' | 'fixes'>,
  open: readonly OpenIncident[],
): GateResult {
  const names = open.map(({ id }) => id).join(', ');
  if (kind === 'rollback')
    return passed(
      GATE,
      open.length === 0 ? 'none is open' : `${names} is open, which never stops a rollback`,
    );
  const fixed = open.find(({ id }) => id === fixes);
  if (fixes !== undefined && !fixed)
    return refused(GATE, `${fixes} is no open SEV1 or SEV2 of ${target.service} in ${target.environment}`);
  if (fixed && fixed.commander === null)
    return refused(GATE, `Nobody leads ${fixed.id}: somebody must, who then approves its fix`);
  const other = open.find(({ id }) => id !== fixes);
  if (other)
    return refused(GATE, `${other.id} is open (SEV${other.severity}, ${other.title}) and keeps deploys away`);
  return fixed
    ? passed(GATE, `fixes ${fixed.id}: ${leaderOf(fixed)}, who leads it, must approve`)
    : passed(GATE, 'no open SEV1 or SEV2 names it');
}

const leaderOf = ({ commander }: OpenIncident): string => commander?.name ?? commander?.id ?? 'nobody';

/** What goes into the plan, and so into its digest: another leader is another plan. */
export function fixOf(
  settings: Pick<PlanSettings, 'fixes' | 'approval'>,
  open: readonly OpenIncident[],
): Pick<PlanSettings, 'fixes' | 'approval'> {
  const fixed = open.find(({ id }) => id === settings.fixes);
  if (!fixed?.commander) return { approval: settings.approval };
  const { id, name } = fixed.commander;
  return {
    fixes: fixed.id,
    approval: { ...settings.approval, required: { id, why: `${name ?? id} leads ${fixed.id}` } },
  };
}
