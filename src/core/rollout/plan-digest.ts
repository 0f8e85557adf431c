import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan } from './plan.ts';

/** SHA-256, hex, of any JSON value in RFC 8785 form. */
export const sha256OfJson = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? 'null')
    .digest('hex');

/**
 * What an approval binds to: target, from and to digest, template, steps, rules, probes, and the policy (approval, unknown,
 * low traffic, all times). Not replicas, resourceVersion or live weights: they change without the plan changing.
 */
export const planDigest = (plan: Omit<Plan, 'digest'>): string =>
  sha256OfJson({
    schemaVersion: plan.schemaVersion,
    kind: plan.kind,
    target: plan.target,
    from: plan.from.digest,
    to: plan.to.digest,
    repository: plan.to.repository,
    template: plan.templateHash,
    steps: plan.steps,
    rules: plan.rules,
    probes: plan.probes,
    times: plan.times,
    analysis: plan.analysis,
    approval: plan.approval,
    // Left out elsewhere, so that the digests of plans from before adoption stay what they were.
    ...(plan.forceForward && { forceForward: true }),
    ...(plan.fixes && { fixes: plan.fixes }),
    ...(plan.adoption && { adoption: plan.adoption }),
    // Which object scales what, not its range: somebody's schedule may change that at any time.
    ...(plan.autoscaler?.twin && {
      autoscaler: { kind: plan.autoscaler.kind, name: plan.autoscaler.name, twin: plan.autoscaler.twin },
    }),
    ...(plan.budget && { budget: plan.budget }),
  });
