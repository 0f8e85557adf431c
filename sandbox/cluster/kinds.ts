/** Which resources this API server knows. */

export interface Kind {
  readonly group: string;
  /** Served versions; the first one is stored. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  /** From a CRD: list items carry kind and apiVersion, nothing is checked against a schema. */
  readonly isCustom: boolean;
  /** Has /status, so the main resource cannot write it. */
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /** metadata.generation rises with spec. */
  readonly hasGeneration: boolean;
}

type Options = Partial<
  Pick<Kind, 'shortNames' | 'isNamespaced' | 'isCustom' | 'hasStatus' | 'hasScale' | 'hasGeneration'>
>;

function define(
  group: string,
  versions: readonly [string, ...string[]],
  plural: string,
  kind: string,
  options: Options = {},
): Kind {
  return {
    group,
    versions,
    plural,
    kind,
    shortNames: [],
    isNamespaced: true,
    isCustom: false,
    hasStatus: false,
    hasScale: false,
    hasGeneration: false,
    ...options,
  };
}

const WORKLOAD: Options = { hasStatus: true, hasGeneration: true };
const CUSTOM: Options = { hasStatus: true, hasGeneration: true, isCustom: true };

export const KINDS = {
  namespaces: define('', ['v1'], 'namespaces', 'Namespace', {
    isNamespaced: false,
    hasStatus: true,
    shortNames: ['ns'],
  }),
  nodes: define('', ['v1'], 'nodes', 'Node', { isNamespaced: false, hasStatus: true, shortNames: ['no'] }),
  pods: define('', ['v1'], 'pods', 'Pod', { ...WORKLOAD, shortNames: ['po'] }),
  services: define('', ['v1'], 'services', 'Service', { hasStatus: true, shortNames: ['svc'] }),
  endpoints: define('', ['v1'], 'endpoints', 'Endpoints', { shortNames: ['ep'] }),
  configmaps: define('', ['v1'], 'configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  secrets: define('', ['v1'], 'secrets', 'Secret'),
  persistentvolumeclaims: define('', ['v1'], 'persistentvolumeclaims', 'PersistentVolumeClaim', {
    hasStatus: true,
    shortNames: ['pvc'],
  }),
  resourcequotas: define('', ['v1'], 'resourcequotas', 'ResourceQuota', {
    hasStatus: true,
    shortNames: ['quota'],
  }),
  events: define('', ['v1'], 'events', 'Event', { shortNames: ['ev'] }),
  deployments: define('apps', ['v1'], 'deployments', 'Deployment', {
    ...WORKLOAD,
    hasScale: true,
    shortNames: ['deploy'],
  }),
  replicasets: define('apps', ['v1'], 'replicasets', 'ReplicaSet', {
    ...WORKLOAD,
    hasScale: true,
    shortNames: ['rs'],
  }),
  jobs: define('batch', ['v1'], 'jobs', 'Job', WORKLOAD),
  endpointslices: define('discovery.k8s.io', ['v1'], 'endpointslices', 'EndpointSlice', {
    hasGeneration: true,
  }),
  horizontalpodautoscalers: define(
    'autoscaling',
    ['v2'],
    'horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    { hasStatus: true, shortNames: ['hpa'] },
  ),
  poddisruptionbudgets: define('policy', ['v1'], 'poddisruptionbudgets', 'PodDisruptionBudget', {
    ...WORKLOAD,
    shortNames: ['pdb'],
  }),
  networkpolicies: define('networking.k8s.io', ['v1'], 'networkpolicies', 'NetworkPolicy', {
    hasGeneration: true,
    shortNames: ['netpol'],
  }),
  virtualservices: define('networking.istio.io', ['v1', 'v1beta1'], 'virtualservices', 'VirtualService', {
    ...CUSTOM,
    shortNames: ['vs'],
  }),
  destinationrules: define('networking.istio.io', ['v1', 'v1beta1'], 'destinationrules', 'DestinationRule', {
    ...CUSTOM,
    shortNames: ['dr'],
  }),
  peerauthentications: define(
    'security.istio.io',
    ['v1', 'v1beta1'],
    'peerauthentications',
    'PeerAuthentication',
    { ...CUSTOM, shortNames: ['pa'] },
  ),
  scaledobjects: define('keda.sh', ['v1alpha1'], 'scaledobjects', 'ScaledObject', {
    ...CUSTOM,
    shortNames: ['so'],
  }),
  httproutes: define('gateway.networking.k8s.io', ['v1'], 'httproutes', 'HTTPRoute', CUSTOM),
} as const satisfies Record<string, Kind>;

export const ALL_KINDS: readonly Kind[] = Object.values(KINDS);

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function storedApiVersion(kind: Kind): string {
  return apiVersionOf(kind.group, kind.versions[0]);
}

/** `deployments.apps`, `pods`: how the server names a resource in messages. */
export function qualifiedResource(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** `Deployment.apps`, `Pod`: how the server names a kind in messages. */
export function qualifiedKind(kind: Pick<Kind, 'group' | 'kind'>): string {
  return kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
}

export function kindOfObject(apiVersion: string, kindName: string): Kind | undefined {
  return ALL_KINDS.find(
    (kind) =>
      kind.kind === kindName &&
      kind.versions.some((version) => apiVersionOf(kind.group, version) === apiVersion),
  );
}

/** What is installed: every kind, less those whose CRD was taken away. */
export class Catalogue {
  readonly #removed = new Set<string>();

  remove(apiVersion: string, plural: string): void {
    this.#removed.add(`${apiVersion}/${plural}`);
  }

  restore(apiVersion: string, plural: string): void {
    this.#removed.delete(`${apiVersion}/${plural}`);
  }

  find(group: string, version: string, plural: string): Kind | undefined {
    return this.served(group, version).find((kind) => kind.plural === plural);
  }

  served(group: string, version: string): Kind[] {
    const apiVersion = apiVersionOf(group, version);
    return ALL_KINDS.filter(
      (kind) =>
        kind.group === group &&
        kind.versions.includes(version) &&
        !this.#removed.has(`${apiVersion}/${kind.plural}`),
    );
  }

  /** Whether the group is the server's own: what is missing of it is answered with a Status. */
  isBuiltIn(group: string): boolean {
    return ALL_KINDS.some((kind) => kind.group === group && !kind.isCustom);
  }

  /** Groups with the versions that still serve something; the preferred version first. */
  groups(): { readonly group: string; readonly versions: readonly string[] }[] {
    const names = [...new Set(ALL_KINDS.map((kind) => kind.group))];
    return names
      .map((group) => {
        const versions = [
          ...new Set(ALL_KINDS.filter((kind) => kind.group === group).flatMap((kind) => kind.versions)),
        ];
        return { group, versions: versions.filter((version) => this.served(group, version).length > 0) };
      })
      .filter((entry) => entry.versions.length > 0);
  }
}
