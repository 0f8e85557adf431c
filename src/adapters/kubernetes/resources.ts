/** The kinds of object that the bot touches, and where they live in the API. */

export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export const DEPLOYMENT: Kind = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' };
export const POD: Kind = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };
export const EVENT: Kind = { group: '', version: 'v1', plural: 'events', kind: 'Event' };
export const JOB: Kind = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' };

export const SLICE: Kind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
};
export const SERVICE: Kind = { group: '', version: 'v1', plural: 'services', kind: 'Service' };
export const QUOTA: Kind = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota' };
export const CLAIM: Kind = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
};
export const AUTOSCALER: Kind = {
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
};

export const SCALED_OBJECT: Kind = {
  group: 'keda.sh',
  version: 'v1alpha1',
  plural: 'scaledobjects',
  kind: 'ScaledObject',
};
export const BUDGET: Kind = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
};

export const NETWORK_POLICY: Kind = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
};

const ISTIO_GROUP = 'networking.istio.io';
export const virtualService = (version: string): Kind => ({
  group: ISTIO_GROUP,
  version,
  plural: 'virtualservices',
  kind: 'VirtualService',
});
export const destinationRule = (version: string): Kind => ({
  group: ISTIO_GROUP,
  version,
  plural: 'destinationrules',
  kind: 'DestinationRule',
});

export const peerAuthentication = (version: string): Kind => ({
  group: 'security.istio.io',
  version,
  plural: 'peerauthentications',
  kind: 'PeerAuthentication',
});

export const apiVersionOf = (kind: Kind): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

/** What one call asks for; carried into the error, so that its sentence names the object and the right. */
export interface Call {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly kind: Kind;
  /** Empty: all of them. */
  readonly namespace: string;
  readonly name: string | null;
  readonly subresource: 'proxy' | 'log' | null;
}

export const pathOf = (call: Call): string => {
  const root = call.kind.group === '' ? '/api' : `/apis/${call.kind.group}`;
  const parts = [
    root,
    call.kind.version,
    ...(call.namespace === '' ? [] : ['namespaces', encodeURIComponent(call.namespace)]),
    call.kind.plural,
    ...(call.name === null ? [] : [encodeURIComponent(call.name)]),
    ...(call.subresource === null ? [] : [call.subresource]),
  ];
  return parts.join('/');
};

/** `deployments`, `pods/proxy`: the resource as RBAC names it. */
export const resourceOf = (call: Call): string =>
  call.subresource === null ? call.kind.plural : `${call.kind.plural}/${call.subresource}`;

export const describeObject = (call: Call): string =>
  `${call.kind.kind} ${call.namespace || 'of every namespace'}${call.name === null ? '' : `/${call.name}`}`;
