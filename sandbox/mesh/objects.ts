/** The few fields of Kubernetes objects that a mesh reads. Everything may be missing: the proxy must outlive a bad object. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface KubeObject {
  readonly metadata: Metadata;
}

export type StringMatch = { readonly exact?: string; readonly prefix?: string; readonly regex?: string };

export interface HttpRoute {
  readonly match?: readonly {
    readonly uri?: StringMatch;
    readonly method?: StringMatch;
    readonly headers?: Readonly<Record<string, StringMatch>>;
  }[];
  readonly route?: readonly {
    readonly destination?: { readonly host?: string; readonly subset?: string };
    readonly weight?: number;
  }[];
}

export interface VirtualService extends KubeObject {
  readonly spec?: {
    readonly hosts?: readonly string[];
    readonly gateways?: readonly string[];
    readonly http?: readonly HttpRoute[];
  };
}

export interface DestinationRule extends KubeObject {
  readonly spec?: {
    readonly host?: string;
    readonly subsets?: readonly {
      readonly name: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
  };
}

export interface EndpointSlice extends KubeObject {
  readonly ports?: readonly { readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
  }[];
}

/** What the mesh watches, by the name that is used in code. */
export interface Watched {
  services: KubeObject;
  pods: KubeObject;
  slices: EndpointSlice;
  virtualServices: VirtualService;
  destinationRules: DestinationRule;
}

export type WatchedKind = keyof Watched;

export const PATHS: Readonly<Record<WatchedKind, string>> = {
  services: '/api/v1/services',
  pods: '/api/v1/pods',
  slices: '/apis/discovery.k8s.io/v1/endpointslices',
  virtualServices: '/apis/networking.istio.io/v1/virtualservices',
  destinationRules: '/apis/networking.istio.io/v1/destinationrules',
};
