/** The kinds that clusters like ours have: the published schemas where a folder of them is given, else small ones. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Api, Body } from './api.ts';

const DEFAULT_FOLDER = fileURLToPath(new URL('../../../../shared/crds', import.meta.url));
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface SmallKind {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly isClusterWide?: boolean;
}

/** What the bot touches, or an owner of what it touches. No schema: everything is kept. */
const SMALL: readonly SmallKind[] = [
  {
    group: 'networking.istio.io',
    versions: ['v1', 'v1beta1'],
    kind: 'VirtualService',
    plural: 'virtualservices',
  },
  {
    group: 'networking.istio.io',
    versions: ['v1', 'v1beta1'],
    kind: 'DestinationRule',
    plural: 'destinationrules',
  },
  { group: 'gateway.networking.k8s.io', versions: ['v1'], kind: 'HTTPRoute', plural: 'httproutes' },
  { group: 'keda.sh', versions: ['v1alpha1'], kind: 'ScaledObject', plural: 'scaledobjects' },
  { group: 'monitoring.coreos.com', versions: ['v1'], kind: 'ServiceMonitor', plural: 'servicemonitors' },
  { group: 'monitoring.coreos.com', versions: ['v1'], kind: 'PrometheusRule', plural: 'prometheusrules' },
  { group: 'velero.io', versions: ['v1'], kind: 'Backup', plural: 'backups' },
  { group: 'velero.io', versions: ['v1'], kind: 'Schedule', plural: 'schedules' },
  { group: 'cert-manager.io', versions: ['v1'], kind: 'Certificate', plural: 'certificates' },
  {
    group: 'aquasecurity.github.io',
    versions: ['v1alpha1'],
    kind: 'VulnerabilityReport',
    plural: 'vulnerabilityreports',
  },
  { group: 'external-secrets.io', versions: ['v1'], kind: 'ExternalSecret', plural: 'externalsecrets' },
  {
    group: 'templates.gatekeeper.sh',
    versions: ['v1'],
    kind: 'ConstraintTemplate',
    plural: 'constrainttemplates',
    isClusterWide: true,
  },
];

const smallCrd = ({ group, versions, kind, plural, isClusterWide }: SmallKind): Body => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    // Groups of the Kubernetes project itself are taken with this alone.
    ...(group.endsWith('k8s.io') && {
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    }),
  },
  spec: {
    group,
    scope: isClusterWide ? 'Cluster' : 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: versions.map((name, at) => ({
      name,
      served: true,
      storage: at === 0,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      },
      subresources: { status: {} },
    })),
  },
});

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    const at = join(folder, name);
    if (statSync(at).isDirectory()) return filesIn(at);
    return /\.ya?ml$/.test(name) ? [at] : [];
  });

const published = (folder: string): readonly Body[] =>
  filesIn(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8'))
      .map((document) => document.toJS() as Body)
      .filter((object) => object?.kind === 'CustomResourceDefinition'),
  );

/**
 * @param mayReplace false: on somebody's cluster a kind that is there stays as it is
 * @returns which kind of schemas the cluster has now
 */
export async function applyCrds(api: Api, mayReplace: boolean): Promise<'published' | 'small'> {
  const folder = process.env['DABBAWALA_CRDS'] || DEFAULT_FOLDER;
  const isThere = existsSync(folder);
  const wanted = isThere ? published(folder) : SMALL.map(smallCrd);
  const present = new Set(mayReplace ? [] : (await api.list(CRDS)).map(({ metadata }) => metadata.name));
  const crds = wanted.filter(({ metadata }) => !present.has(metadata.name));
  await Promise.all(
    crds.map((crd) =>
      api.must('PATCH', `${CRDS}/${crd.metadata.name}?fieldManager=lab&force=true`, {
        body: crd,
        contentType: 'application/apply-patch+yaml',
      }),
    ),
  );
  const names = new Set(crds.map((crd) => crd.metadata.name));
  const isServed = async (): Promise<boolean> => {
    const all = await api.list(CRDS);
    return (
      all.filter(({ metadata, status }) => names.has(metadata.name) && isEstablished(status)).length ===
      names.size
    );
  };
  // Established comes before the storage is ready: until then a list is answered 429.
  const isReady = async (): Promise<boolean> => {
    const lists = crds.map(({ spec }) => {
      const version = spec.versions.find((entry: Body) => entry.served)?.name;
      return api.send('GET', `/apis/${spec.group}/${version}/${spec.names.plural}?limit=1`);
    });
    return (await Promise.all(lists)).every(({ status }) => status === 200);
  };
  const deadline = performance.now() + 60_000;
  while (!((await isServed()) && (await isReady()))) {
    if (performance.now() > deadline) throw new Error('the CRDs are not served within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return isThere ? 'published' : 'small';
}

const isEstablished = (status: Body): boolean =>
  status?.conditions?.some(
    (condition: Body) => condition.type === 'Established' && condition.status === 'True',
  ) ?? false;

/** The CRD of a kind, and it taken away: as on a cluster that never had it. */
export const crdPath = (plural: string, group: string): string => `${CRDS}/${plural}.${group}`;
