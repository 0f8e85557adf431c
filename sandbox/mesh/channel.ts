import type { Behaviour, PodSpecSeen } from '../contract.ts';
import type { Image } from './behaviour.ts';
import type { Failure, ServiceCounters } from './load.ts';

/** What the data plane is started with; crosses as the first message. */
export interface PlaneSettings {
  /** Of the services, and of clients. */
  readonly namespace: string;
  readonly services: readonly string[];
  readonly rps: number;
  readonly subsetDelayMs: number;
  readonly drainMs: number;
  readonly proxyPort: number;
  readonly metricsPort: number;
}

/** What the parent asks of the data plane, and what it answers. Everything is JSON. */
export interface Calls {
  open(settings: PlaneSettings): { readonly proxyUrl: string; readonly metricsUrl: string };
  digests(entries: readonly (readonly [string, Image])[]): null;
  connect(cluster: { readonly clusterUrl: string; readonly token: string }): null;
  startLoad(options: { readonly timeoutMs: number }): null;
  stopLoad(): null;
  reset(): null;
  resetCounters(): null;
  counters(): Record<string, ServiceCounters>;
  failures(): readonly Failure[];
  setBehaviour(repository: string, version: string, change: Partial<Behaviour> | null): null;
  start(pod: PodSpecSeen): { readonly port: number };
  isReady(pod: PodSpecSeen): boolean;
  stop(pod: PodSpecSeen): null;
  run(pod: PodSpecSeen, command: readonly string[]): { readonly exitCode: number; readonly log: string };
}

export type CallName = keyof Calls;

/** The parent's side: a function per call, each answered later. */
export type Handlers = {
  readonly [K in CallName]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>>;
};

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type PlaneMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'refusal';
      readonly id: number;
      readonly error: { readonly name: string; readonly message: string };
    }
  /** A pod ended by itself. */
  | { readonly kind: 'exit'; readonly pod: PodSpecSeen; readonly exitCode: number };
