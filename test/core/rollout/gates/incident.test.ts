import { describe, expect, it } from 'vitest';
import { fixOf, incidentGate, type OpenIncident } from '../../../../src/core/rollout/gates/incident.ts';
import type { RolloutKind } from '../../../../src/core/rollout/plan.ts';
import { planDigest } from '../../../../src/core/rollout/plan-digest.ts';
import { makeIncident } from '../../../support/incident-fixtures.ts';
import { ASHA, BHARAT, makePlan, TARGET } from '../../../support/rollout-fixtures.ts';

const open = makeIncident({ id: 'INC-12', severity: 1, title: 'Payments fail' });
const judge = (incidents: readonly OpenIncident[], fixes?: string, kind: RolloutKind = 'deploy') =>
  incidentGate({ kind, target: TARGET, ...(fixes === undefined ? {} : { fixes }) }, incidents);

describe('an open SEV1 or SEV2', () => {
  it.each<RolloutKind>(['deploy', 'adopt', 'adopt-undo'])('keeps the kind %s away', (kind) => {
    expect(judge([open], undefined, kind)).toEqual({
      ...{ gate: 'incident', passed: false },
      reason: 'INC-12 is open (SEV1, Payments fail) and keeps deploys away',
    });
    expect(judge([], undefined, kind).passed).toBe(true);
  });

  it('never stops a rollback', () => {
    expect(judge([open], undefined, 'rollback')).toMatchObject({ passed: true });
    expect(judge([open], undefined, 'rollback').reason).toContain('never stops a rollback');
  });

  it('lets its own fix through, and nothing that fixes another', () => {
    expect(judge([open], 'INC-12')).toMatchObject({
      passed: true,
      reason: 'fixes INC-12: Asha, who leads it, must approve',
    });
    expect(judge([open], 'INC-9').reason).toContain('INC-9 is no open SEV1 or SEV2 of payment-gateway');
    expect(judge([], 'INC-12').passed).toBe(false);
    expect(judge([open, makeIncident({ id: 'INC-13' })], 'INC-12').reason).toContain('INC-13 is open');
    expect(judge([{ ...open, commander: null }], 'INC-12').reason).toContain('Nobody leads INC-12');
  });

  it('is pinned in the plan with who leads it: another leader is another plan', () => {
    const digestOf = (incidents: readonly OpenIncident[], fixes?: string) => {
      const plan = makePlan();
      return planDigest({
        ...plan,
        ...fixOf({ approval: plan.approval, ...(fixes === undefined ? {} : { fixes }) }, incidents),
      });
    };
    const without = digestOf([open]);
    const fixed = digestOf([open], 'INC-12');
    const handedOver = digestOf([{ ...open, commander: BHARAT }], 'INC-12');
    expect(new Set([without, fixed, handedOver]).size).toBe(3);
    expect(fixOf({ approval: makePlan().approval, fixes: 'INC-12' }, [open]).approval.required).toEqual({
      id: ASHA.id,
      why: 'Asha leads INC-12',
    });
  });
});
