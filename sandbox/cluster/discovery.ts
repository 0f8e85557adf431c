import { apiVersionOf, type Catalogue, type Kind } from './kinds.ts';

/** /api, /apis and what hangs on them: what a client reads to learn which kinds are installed. */

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** In the order in which the server lists those of custom resources. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
/** What `kubectl get all` shows. */
const SHOWN_WITH_ALL = new Set([
  'pods',
  'services',
  'deployments',
  'replicasets',
  'jobs',
  'horizontalpodautoscalers',
]);
const WHOLE_COLLECTION = new Set(['namespaces']);

function verbsOf(kind: Kind): readonly string[] {
  if (kind.isCustom) return CUSTOM_VERBS;
  return WHOLE_COLLECTION.has(kind.plural) ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;
}

function categoriesOf(kind: Kind): readonly string[] {
  if (kind.group.endsWith('istio.io')) return ['istio-io', kind.group.replaceAll('.', '-')];
  return SHOWN_WITH_ALL.has(kind.plural) ? ['all'] : [];
}

export const SERVER_VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: 'sandbox',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

/** undefined: nothing is served at this path. */
export function discover(path: string, catalogue: Catalogue, address: string): object | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [root, group, version] = segments;
  if (path === '/version') return SERVER_VERSION;
  if (root === 'api') {
    if (segments.length === 1) return coreVersions(address);
    return segments.length === 2 && group === 'v1' ? resourceList(catalogue, '', 'v1') : undefined;
  }
  if (root !== 'apis' || segments.length > 3) return undefined;
  const groups = catalogue.groups().filter((entry) => entry.group !== '');
  if (group === undefined) {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupBody) };
  }
  const found = groups.find((entry) => entry.group === group);
  if (!found) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(found) };
  return found.versions.includes(version) ? resourceList(catalogue, group, version) : undefined;
}

function coreVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

function groupBody(entry: { readonly group: string; readonly versions: readonly string[] }): object {
  const versions = entry.versions.map((version) => ({
    groupVersion: apiVersionOf(entry.group, version),
    version,
  }));
  return { name: entry.group, versions, preferredVersion: versions[0] };
}

function resourceList(catalogue: Catalogue, group: string, version: string): object {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(group, version),
    resources: catalogue.served(group, version).flatMap(resourcesOf),
  };
}

function resourcesOf(kind: Kind): object[] {
  const main = {
    name: kind.plural,
    singularName: kind.kind.toLowerCase(),
    namespaced: kind.isNamespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(categoriesOf(kind).length > 0 && { categories: categoriesOf(kind) }),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
  };
  const part = (name: string, verbs: readonly string[], extra: object = {}): object => ({
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced: kind.isNamespaced,
    kind: kind.kind,
    verbs,
    ...extra,
  });
  return [
    main,
    ...(kind.hasStatus ? [part('status', ['get', 'patch', 'update'])] : []),
    ...(kind.hasScale
      ? [
          part('scale', ['get', 'patch', 'update'], {
            group: 'autoscaling',
            version: 'v1',
            kind: 'Scale',
          }),
        ]
      : []),
    ...(kind.plural === 'pods'
      ? [
          part('log', ['get']),
          part('proxy', ['create', 'delete', 'get', 'patch', 'update'], { kind: 'PodProxyOptions' }),
          part('eviction', ['create'], { group: 'policy', version: 'v1', kind: 'Eviction' }),
        ]
      : []),
  ];
}
