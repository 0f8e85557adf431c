/** What a second set of pods would stand on: who else manages the objects, who else sends to the host, what room there is. */

import type { AutoscalerKind } from './autoscaler.ts';

/** Seen, or not known and why. */
export type Known<T> =
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'unknown'; readonly detail: string };

export const known = <T>(value: T): Known<T> => ({ kind: 'known', value });
export const notKnown = (detail: string): Known<never> => ({ kind: 'unknown', detail });

/** An object that somebody else's tool manages. */
export interface Owned {
  readonly kind: 'Deployment' | 'VirtualService' | 'DestinationRule' | AutoscalerKind;
  readonly name: string;
  /** In words: `Argo CD (application payments)`. */
  readonly owner: string;
}

/** A PeerAuthentication as far as it decides whether a pod takes plain text. */
export interface PeerPolicy {
  readonly namespace: string;
  readonly name: string;
  /** Labels of the pods it is for; null: all of its namespace, or of the mesh. */
  readonly selector: Readonly<Record<string, string>> | null;
  /** `STRICT`, `PERMISSIVE`, `DISABLE`; null: as the wider policy says. */
  readonly mode: string | null;
  readonly ports: Readonly<Record<string, string>>;
  readonly isMeshWide: boolean;
}

export interface MeshSurvey {
  /** Of the route and the DestinationRules of its host. */
  readonly owners: readonly Owned[];
  /** Routes to the host that name no colour, such as `VirtualService web/shop`; the route itself is judged elsewhere. */
  readonly uncoloured: readonly string[];
  /** Which routes could not be looked at, and why; null: all were. */
  readonly unseenRoutes: string | null;
  readonly policies: Known<readonly PeerPolicy[]>;
}

/** Requests and limits of one container, as quantities: `500m`, `1Gi`. */
export interface ContainerRoom {
  readonly name: string;
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

export interface QuotaSeen {
  readonly name: string;
  readonly hard: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, string>>;
  /** `BestEffort`, `Terminating`… and, of a scope selector, `PriorityClass In high,low`. */
  readonly scopes: readonly string[];
}

export interface RoomSurvey {
  readonly quotas: Known<readonly QuotaSeen[]>;
  /** Labels that the Service picks its pods by; null: there is none, or it picks none. */
  readonly selector: Readonly<Record<string, string>> | null;
  /** Containers of a running pod, with all that admission gave them: sidecars, defaults. null: no pod runs. */
  readonly running: readonly ContainerRoom[] | null;
}

/** Everything around the pods of a plan. */
export interface Ground {
  readonly owners: readonly Owned[];
  readonly mesh: MeshSurvey;
  readonly room: RoomSurvey;
  /** null: the Service is not there. */
  readonly endpointOwners:
    | readonly { readonly kind: string; readonly name: string; readonly pods: number }[]
    | null;
  /** Claims of the pod template that one node alone may mount. */
  readonly exclusiveClaims: readonly string[];
}

/** What the configuration says of a service that two sets of pods at once depend on. */
export interface SafetySettings {
  /** Leader-elected or otherwise alone. */
  readonly singleton: boolean;
  readonly twoVersionsSafe: boolean;
  /** The owner of the objects was told to leave alone what is ours. */
  readonly isOwnerAcknowledged: boolean;
}
