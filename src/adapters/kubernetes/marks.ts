/** Labels and annotations that say whose an object is. */
import type { Colour } from '../../core/colour.ts';

export const COLOUR_LABEL = 'dabbawala.dev/colour';
export const SERVICE_LABEL = 'dabbawala.dev/service';
export const PROBE_LABEL = 'dabbawala.dev/probe';
/** As a label on Jobs, as an annotation everywhere: an object with it is ours. */
export const ROLLOUT_MARK = 'dabbawala.dev/rollout';
export const PLAN_MARK = 'dabbawala.dev/plan-digest';
export const VERSION_MARK = 'dabbawala.dev/version';
/** On a plain Deployment: the rollout that adopted it or brought it back. Not ROLLOUT_MARK: it is nobody's to delete. */
export const ORIGINAL_MARK = 'dabbawala.dev/original';
/** On somebody's own autoscaler, for the time of a rollout: whose floor it has, which, and the minimum that comes back. */
export const FLOOR_OF_MARK = 'dabbawala.dev/floor-of';
export const FLOOR_MARK = 'dabbawala.dev/floor';
export const OWN_MINIMUM_MARK = 'dabbawala.dev/own-minimum';
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'dabbawala' } as const;

/** Also where the candidate shows up under an application by a label that it cannot do without. */
export const KEPT_BY_ARGO = { 'argocd.argoproj.io/sync-options': 'Prune=false' } as const;

export const asColour = (value: string | undefined): Colour | null =>
  value === 'blue' || value === 'green' ? value : null;

/** A value that the API takes as a label; ids of ours already are, others are made so. */
export const labelValue = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');

/** The only label of a pod that is cut off, and the NetworkPolicy that does it. */
export const QUARANTINE_LABEL = 'dabbawala.dev/quarantine';
export const QUARANTINE_POLICY = 'dabbawala-quarantine';
