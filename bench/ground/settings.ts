/** What the processes of a benchmark's world agree on. */
import { WORLD } from '../../sandbox/contract.ts';

export const TEAM = WORLD.team.id;
export const WAR_ROOM = 'C0WARROOM';
export const NAMESPACE = WORLD.namespace;
export const CLUSTER = 'bench';
export const REPOSITORY = 'bench/app';
export const CONTAINER = 'app';
export const TAGS = { live: 'v1.0.0', next: 'v1.1.0' } as const;
export const PORT = 8080;
/** The candidate's percent in every rollout that runs. */
export const PERCENT = 25;

/** `svc-007`. */
export const serviceName = (prefix: string, index: number): string =>
  `${prefix}-${String(index).padStart(3, '0')}`;
/** 12 characters after the dash, as the bot's own ids have. */
export const rolloutId = (service: string): string =>
  `r-${service.replaceAll(/[^a-z0-9]/g, '').padEnd(12, '0')}`;
export const candidateUid = (service: string): string => `uid-${service}-green`;
export const userId = (index: number): string => `U0BENCH${String(index).padStart(3, '0')}`;

/** What the ground starts with. */
export interface GroundRequest {
  /** Services in the middle of a rollout: green has PERCENT of the traffic. */
  readonly running: readonly string[];
  /** Services at rest: blue has all of it. */
  readonly idle: readonly string[];
  /** Services that no bot drives: for the bare loop, green with PERCENT too. */
  readonly bare: readonly string[];
  readonly users: number;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly clusterToken: string;
}

export interface GroundReady {
  readonly cluster: string;
  readonly prometheus: string;
  readonly slackApi: string;
  readonly registryHost: string;
  readonly digests: { readonly live: string; readonly next: string };
}

/** When weight 0 was written for one service, ms after its fault could be read. */
export interface FlipAnswer {
  readonly at: number;
  readonly ms: Readonly<Record<string, number>>;
}
