import * as z from 'zod';

/** What every object's metadata may hold; foreign JSON, so only what is needed and nothing is required but the name. */
export const metadataSchema = z.looseObject({
  name: z.string(),
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.number().default(0),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  deletionTimestamp: z.string().nullish(),
  managedFields: z
    .array(
      z.looseObject({
        manager: z.string().default(''),
        time: z.string().default(''),
        fieldsV1: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .nullish(),
});
export type Metadata = z.output<typeof metadataSchema>;

/**
 * Who else thinks that this object is theirs, in words; null: nobody. The instance label alone proves nothing (plain
 * Helm charts set it too), so Argo CD is known by its tracking id or its field manager.
 */
export const findOwner = (metadata: Metadata): string | null => {
  const label = (key: string): string | undefined => metadata.labels?.[key];
  const annotation = (key: string): string | undefined => metadata.annotations?.[key];
  const managers = new Set((metadata.managedFields ?? []).map((entry) => entry.manager));
  const tracking = annotation('argocd.argoproj.io/tracking-id');
  if (tracking !== undefined || managers.has('argocd-controller'))
    return `Argo CD (application ${tracking?.split(':')[0] ?? label('app.kubernetes.io/instance') ?? 'unknown'})`;
  const kustomization = label('kustomize.toolkit.fluxcd.io/name');
  if (kustomization !== undefined || managers.has('kustomize-controller'))
    return `Flux (Kustomization ${inNamespace(label('kustomize.toolkit.fluxcd.io/namespace'), kustomization)})`;
  const helmRelease = label('helm.toolkit.fluxcd.io/name');
  if (helmRelease !== undefined || managers.has('helm-controller'))
    return `Flux (HelmRelease ${inNamespace(label('helm.toolkit.fluxcd.io/namespace'), helmRelease)})`;
  const release = annotation('meta.helm.sh/release-name');
  if (release !== undefined || (label('app.kubernetes.io/managed-by') === 'Helm' && managers.has('helm')))
    return `Helm (release ${inNamespace(annotation('meta.helm.sh/release-namespace'), release)})`;
  return null;
};

const inNamespace = (namespace: string | undefined, name: string | undefined): string =>
  `${namespace === undefined ? '' : `${namespace}/`}${name ?? 'unknown'}`;
