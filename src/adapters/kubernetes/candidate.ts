/** Builds the candidate's Deployment. Pure: template and plan in, object out. */
import * as z from 'zod';
import { colourWorkload } from '../../core/colour.ts';
import type { Revision } from '../../core/rollout/plan.ts';
import { trackingFree } from '../../core/rollout/tracking-marks.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { CandidateSpec } from '../../ports/workloads.ts';
import type { KubeObject } from './client.ts';
import {
  COLOUR_LABEL,
  KEPT_BY_ARGO,
  MANAGED_BY,
  PLAN_MARK,
  ROLLOUT_MARK,
  SERVICE_LABEL,
  VERSION_MARK,
} from './marks.ts';

/** A pod template with the few fields named that are read or replaced; all others pass through untouched. */
export const podTemplateSchema = z.looseObject({
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).nullish(),
      annotations: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string(), image: z.string().optional() })),
  }),
});
export type KnownTemplate = z.output<typeof podTemplateSchema>;

/** Set by the Deployment controller per revision: copied, it would tie the candidate's pods to the template's ReplicaSet. */
const TEMPLATE_HASH = 'pod-template-hash';
/** Labels that name an application and do not change with its version. */
const IDENTITY_LABELS = ['app', 'k8s-app', 'app.kubernetes.io/name', 'app.kubernetes.io/instance'];

export const imageOf = (revision: Revision): string => `${revision.repository}@${revision.digest}`;
export const versionOf = (revision: Revision): string => revision.tag ?? revision.digest;

/** @throws `plan_refused` when the template is none or lacks the container */
export const readTemplate = (spec: CandidateSpec): KnownTemplate => {
  const parsed = podTemplateSchema.safeParse(spec.template);
  if (!parsed.success)
    throw new DabbawalaError('plan_refused', `The pod template of ${spec.service} cannot be read.`, {
      cause: parsed.error,
    });
  const names = parsed.data.spec.containers.map((container) => container.name);
  if (!names.includes(spec.container))
    throw new DabbawalaError(
      'plan_refused',
      `The pod template of ${spec.service} has no container "${spec.container}"; it has ${names.join(', ')}.`,
      { hint: 'Name the container in the configuration of the service.' },
    );
  return parsed.data;
};

/**
 * The selector must match the template's labels, hold the colour, and never reach the other colour's pods. The
 * Deployment is made afresh each time, so that labels which change with the version could stand in it; identity
 * labels alone read better in `kubectl describe`.
 */
const selectorLabels = (labels: Readonly<Record<string, string>>): Record<string, string> => {
  const identity = Object.entries(labels).filter(([key]) => IDENTITY_LABELS.includes(key));
  return Object.fromEntries(identity.length > 0 ? identity : Object.entries(labels));
};

/** Of the pods: theirs but for what a controller wrote and for the marks by which other tools know their own. */
const podMetadata = ({ metadata }: KnownTemplate, colour: Readonly<Record<string, string>>): KubeObject => {
  const { ownerReferences: _owners, managedFields: _fields, labels, annotations, ...rest } = metadata ?? {};
  const { [TEMPLATE_HASH]: _hash, ...own } = trackingFree(labels ?? {});
  return {
    ...rest,
    labels: { ...own, ...colour },
    ...(annotations && { annotations: trackingFree(annotations) }),
  };
};

/**
 * Metadata starts empty: a copied tracking label makes Argo CD prune the candidate, a copied `last-applied` makes
 * `kubectl apply` undo it. The template keeps every other field, those that this program has never heard of included.
 */
export const buildCandidate = (
  spec: CandidateSpec,
  name: string = colourWorkload(spec.service, spec.colour),
): KubeObject => {
  const template = readTemplate(spec);
  const { [TEMPLATE_HASH]: _hash, ...labels } = trackingFree(template.metadata?.labels ?? {});
  const colour = { [COLOUR_LABEL]: spec.colour };
  return {
    metadata: {
      name,
      labels: { ...MANAGED_BY, [SERVICE_LABEL]: spec.service, ...colour },
      annotations: {
        [ROLLOUT_MARK]: spec.rolloutId,
        [PLAN_MARK]: spec.planDigest,
        [VERSION_MARK]: versionOf(spec.revision),
        ...(spec.isUnderArgo && KEPT_BY_ARGO),
      },
    },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: { ...selectorLabels(labels), ...colour } },
      template: {
        ...template,
        metadata: podMetadata(template, colour),
        spec: {
          ...template.spec,
          containers: template.spec.containers.map((container) =>
            container.name === spec.container ? { ...container, image: imageOf(spec.revision) } : container,
          ),
        },
      },
    },
  };
};
