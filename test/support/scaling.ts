/** Autoscalers and budgets as the cluster shows them. */
import type { AutoscalerState, BudgetState } from '../../src/core/rollout/autoscaler.ts';
import type { ScalingFacts } from '../../src/core/rollout/facts.ts';
import type { AutoscalerPlan } from '../../src/core/rollout/plan.ts';

export const scaler = (overrides: Partial<AutoscalerState> = {}): AutoscalerState => ({
  kind: 'HorizontalPodAutoscaler',
  name: 'scaler',
  uid: 'scaler-1',
  target: 'payment-gateway-blue',
  min: 2,
  max: 20,
  floor: null,
  madeBy: null,
  owner: null,
  manager: null,
  fault: null,
  isBeingDeleted: false,
  ...overrides,
});

export const budget = (overrides: Partial<BudgetState> = {}): BudgetState => ({
  name: 'pdb',
  colour: null,
  selectsStable: true,
  selectsCandidate: true,
  ...overrides,
});

export const NO_SCALING: ScalingFacts = { autoscalers: [], taken: [], budgets: [] };

export const SCALER_PLAN: AutoscalerPlan = {
  kind: 'HorizontalPodAutoscaler',
  name: 'scaler',
  min: 2,
  max: 20,
  floor: 3,
  twin: 'payment-gateway-green',
  manager: null,
};
