/** What the parts of the sandbox promise each other. */

/** Anything that was started and must be ended. close() is idempotent and ends what the part started, by id. */
export interface Part {
  close(): Promise<void>;
}

/** The people, channels and services of the world. */
export const WORLD = {
  team: { id: 'T0DABBA', name: 'Tiffin Payments' },
  bot: { userId: 'U0BOT', botId: 'B0BOT', name: 'dabbawala' },
  channels: [
    { id: 'C0WARROOM', name: 'war-room', hasBot: true },
    { id: 'C0PAYMENTS', name: 'payments', hasBot: true },
    { id: 'C0RANDOM', name: 'random', hasBot: false },
  ],
  users: [
    { id: 'U0ASHA', name: 'Asha', title: 'On-call engineer', email: 'asha@tiffin.example' },
    { id: 'U0BHARAT', name: 'Bharat', title: 'Approver', email: 'bharat@tiffin.example' },
    { id: 'U0CHITRA', name: 'Chitra', title: 'Approver', email: 'chitra@tiffin.example' },
    { id: 'U0DEV', name: 'Dev', title: 'Outsider', email: 'dev@tiffin.example' },
  ],
  groups: [
    { id: 'S0APPROVE', handle: 'payment-approvers', users: ['U0BHARAT', 'U0CHITRA'] },
    { id: 'S0ONCALL', handle: 'oncall', users: ['U0ASHA'] },
  ],
  namespace: 'payments',
  services: [
    {
      name: 'payment-gateway',
      short: 'pg',
      live: 'v2.3.0',
      tags: ['v2.1.0', 'v2.2.0', 'v2.2.1', 'v2.3.0', 'v2.3.1', 'v2.4.0'],
      port: 8080,
      replicas: 3,
      isPlain: false,
    },
    {
      name: 'upi-switch',
      short: 'upi',
      live: 'v1.8.2',
      tags: ['v1.7.0', 'v1.8.0', 'v1.8.1', 'v1.8.2', 'v1.9.0'],
      port: 8080,
      replicas: 3,
      isPlain: false,
    },
    {
      name: 'ledger',
      short: 'ld',
      live: 'v5.0.4',
      tags: ['v4.9.0', 'v5.0.3', 'v5.0.4', 'v5.1.0'],
      port: 8080,
      replicas: 2,
      isPlain: false,
    },
    // Not adopted yet: one plain Deployment behind a route with one destination.
    {
      name: 'refunds',
      short: 'rf',
      live: 'v1.2.0',
      tags: ['v1.1.0', 'v1.2.0', 'v1.2.1', 'v1.3.0'],
      port: 8080,
      replicas: 3,
      isPlain: true,
    },
  ],
} as const;

/** A service of the world, or of a test's own world. */
export interface WorldService {
  readonly name: string;
  readonly short: string;
  /** The tag that runs on the first day. */
  readonly live: string;
  /** Oldest first. */
  readonly tags: readonly string[];
  readonly port: number;
  readonly replicas: number;
  /** Not adopted: one plain Deployment behind a route with one destination. */
  readonly isPlain: boolean;
}

/** One pod as the Deployment controller wants it to run. */
export interface PodSpecSeen {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `registry/repository@sha256:…` or `:tag`. */
  readonly image: string;
  readonly container: string;
  /** Plain env values (no valueFrom). */
  readonly env: Readonly<Record<string, string>>;
  /** httpGet readiness probe, if any. */
  readonly readiness: { readonly path: string; readonly port: number } | null;
  /** Where it must listen; left out: on any free port of loopback. */
  readonly address?: { readonly host: string; readonly port: number };
}

/** What runs behind pods: given to the cluster simulator, implemented by the mesh. */
export interface PodRuntime {
  /** Starts a real HTTP server for the pod; rejects with {reason: 'ErrImagePull' | …} as Error.name when it cannot. Resolves with the loopback port when it listens. */
  start(pod: PodSpecSeen): Promise<{ readonly port: number }>;
  /** True when the pod's readiness probe passes now. */
  isReady(pod: PodSpecSeen): Promise<boolean>;
  /** Drains and ends it (no request is cut). */
  stop(pod: PodSpecSeen): Promise<void>;
  /** Called when the process behind a pod ended by itself (crash); the cluster restarts it with backoff. */
  onExit(listener: (pod: PodSpecSeen, exitCode: number) => void): void;
  /** Runs a Job's command to its end. */
  run(
    pod: PodSpecSeen,
    command: readonly string[],
  ): Promise<{ readonly exitCode: number; readonly log: string }>;
}

/** How a version behaves, set by the fault panel. */
export interface Behaviour {
  /** Percent of requests answered 500. */
  readonly errorPercent: number;
  /** Added to every answer, ms. */
  readonly delayMs: number;
  /** Percent of payments that fail (HTTP 200, payment declined by fault). */
  readonly paymentFailPercent: number;
  /** The process exits shortly after start and again after each restart. */
  readonly crashes: boolean;
}

/** The one list: the panel's buttons, what the control API takes and what the world can do come from it. */
export const FAULT_KINDS = [
  'errors',
  'slow',
  'crash',
  'payment',
  'prometheus',
  'slack429',
  'redis',
  'killBot',
  'editRoute',
  'alert',
  'falco',
  'falcoStorm',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Body of POST /control/fault. */
export interface FaultRequest {
  readonly kind: FaultKind;
  /** true ends it. */
  readonly off?: boolean;
  /** errors, slow, crash, payment: which version; default the service's newest version that is not live. */
  readonly service?: string;
  readonly version?: string;
  /** errors and payment: percent (default 3 and 5). editRoute: the candidate's new percent. */
  readonly percent?: number;
  /** slow: ms (default 3000). */
  readonly ms?: number;
  /** prometheus, slack429, redis: seconds after which it ends by itself. */
  readonly seconds?: number;
}

/** Load counters of the constant 200 rps. */
export interface LoadCounters {
  readonly sent: number;
  readonly ok: number;
  /** 5xx answered by the application by its fault setting. */
  readonly faulty: number;
  /** Connection errors, resets, time-outs, 503 of the proxy: what a rollout must never cause. */
  readonly failed: number;
}
