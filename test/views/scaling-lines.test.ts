import { describe, expect, it } from 'vitest';
import type { GateResult, Plan } from '../../src/core/rollout/plan.ts';
import { rolloutCard } from '../../src/views/rollout-card.ts';
import { scalingLines } from '../../src/views/scaling-lines.ts';
import { SCALER_PLAN } from '../support/scaling.ts';
import { makeApproval, makePlan, makeRollout } from './fixtures.ts';

const lines = (overrides: Partial<Plan>) => scalingLines(makePlan({ gates: [], ...overrides }));
const gate = (name: string, reason: string, passed = true): GateResult => ({ gate: name, passed, reason });

describe('autoscaler and budget on the plan card', () => {
  it('are one short line with range and floor', () => {
    expect(lines({ autoscaler: { ...SCALER_PLAN, name: 'payment-gateway', min: 6, floor: 7 } })).toEqual([
      '*Autoscaler* HPA payment-gateway: 6–20, floor 7 for both colours while this runs, then 6 again, on the winner',
    ]);
  });

  it('say which fields whoever manages it has to leave alone', () => {
    const manager = 'Argo CD (application payments)';
    const [, warning] = lines({ autoscaler: { ...SCALER_PLAN, kind: 'ScaledObject', manager } });
    expect(warning).toMatch(
      /Argo CD .* let it ignore \/spec\/minReplicaCount and \/spec\/scaleTargetRef\/name/,
    );
  });

  it('say who protects whom, and nothing where there is nothing to say', () => {
    const silent = [gate('autoscaler', 'there is none'), gate('disruption', 'there is none')];
    expect(lines({ gates: silent })).toEqual([]);
    expect(lines({ gates: [gate('disruption', 'PDB pdb protects both colours together')] })).toEqual([
      '*Evictions* PDB pdb protects both colours together',
    ]);
    expect(lines({ gates: [gate('autoscaler', '⚠️ HPA x scales the template')] })).toEqual([
      '*Autoscaler* ⚠️ HPA x scales the template',
    ]);
    // What stands in the way is said among the gates.
    expect(lines({ gates: [gate('autoscaler', 'several', false)] })).toEqual([]);
  });

  it('stand on the card that an approver reads', () => {
    const plan = makePlan({ autoscaler: SCALER_PLAN });
    const rollout = makeRollout({ phase: 'awaiting-approval', plan, approvals: [makeApproval()] });
    expect(JSON.stringify(rolloutCard({ rollout, rev: 7 }).blocks)).toContain('HPA scaler: 2–20, floor');
  });
});
