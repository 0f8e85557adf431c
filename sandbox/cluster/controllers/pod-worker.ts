import type { PodRuntime, PodSpecSeen } from '../../contract.ts';
import { KINDS } from '../kinds.ts';
import type { Pod } from '../objects.ts';
import { PORT_ANNOTATION } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { kubeletWriter } from './controller.ts';
import { type ContainerState, podStatus } from './pod-status.ts';

/** The life of one pod: pull, start, probe, crash and start again, end. */

/** How long an address stays in use by those who have not heard yet that the pod is leaving. */
export const LEAVE_ENDPOINTS_MS = 300;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 30_000;
/** A probe must fail this often in a row before the pod is taken out, as failureThreshold says by default. */
const FAILURE_THRESHOLD = 3;
/** A container that ran this long starts its backoff anew. */
const STABLE_AFTER_MS = 60_000;

export interface PodWorkerParts {
  readonly registry: Registry;
  readonly runtime: PodRuntime;
  readonly pod: Pod;
  readonly seen: PodSpecSeen;
  readonly podIp: string;
  readonly command: readonly string[];
  /** restartPolicy is not Always: a command with an end. */
  readonly isTask: boolean;
  readonly readImageId: () => Promise<string>;
}

export class PodWorker {
  readonly #parts: PodWorkerParts;
  #state: ContainerState = { is: 'waiting', reason: 'ContainerCreating' };
  #lastEnd: Extract<ContainerState, { is: 'ended' }> | null = null;
  #log: string | null = null;
  #imageId = '';
  #isReady = false;
  #isProbing = false;
  #failures = 0;
  #restarts = 0;
  #attempts = 0;
  #hasStarted = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> = Promise.resolve();
  /** Counts starts and crashes: a start that was overtaken by the crash of its process must not report it as running. */
  #life = 0;

  constructor(parts: PodWorkerParts) {
    this.#parts = parts;
  }

  get seen(): PodSpecSeen {
    return this.#parts.seen;
  }

  /** null: nothing was started yet. */
  get log(): string | null {
    return this.#state.is === 'waiting' && this.#log === null ? null : (this.#log ?? '');
  }

  get waitingFor(): string {
    return this.#state.is === 'waiting' ? this.#state.reason : '';
  }

  begin(): void {
    this.#report();
    this.#starting = this.#parts.isTask ? this.#runTask() : this.#start();
  }

  /** One readiness probe; the kubelet calls it again and again. */
  async probe(): Promise<void> {
    if (this.#state.is !== 'running' || this.#isProbing || this.#parts.isTask) return;
    this.#isProbing = true;
    const passes =
      this.seen.readiness === null || (await this.#parts.runtime.isReady(this.seen).catch(() => false));
    this.#isProbing = false;
    if (this.#state.is !== 'running') return;
    this.#failures = passes ? 0 : this.#failures + 1;
    const isReady = passes || (this.#isReady && this.#failures < FAILURE_THRESHOLD);
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#report();
  }

  /** The process ended by itself: restart with a growing pause. */
  crashed(exitCode: number): void {
    if (this.#isEnding || this.#parts.isTask) return;
    this.#life += 1;
    clearTimeout(this.#timer);
    const now = new Date();
    const startedAt = this.#state.is === 'running' ? this.#state.startedAt : now;
    if (now.getTime() - startedAt.getTime() > STABLE_AFTER_MS) this.#attempts = 0;
    this.#lastEnd = { is: 'ended', exitCode, startedAt, finishedAt: now };
    this.#restarts += 1;
    const pauseMs = this.#nextPauseMs();
    this.#wait(
      'CrashLoopBackOff',
      `back-off ${pauseMs / 1000}s restarting failed container=${this.seen.container} pod=${this.seen.name}_${this.seen.namespace}(${this.seen.uid})`,
    );
    this.#timer = setTimeout(() => {
      this.#starting = this.#start();
    }, pauseMs);
  }

  /** Resolves when nothing of it runs any more. A task that cannot be cut is left to its end. */
  async end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearTimeout(this.#timer);
    if (this.#parts.isTask && this.#state.is !== 'running') return;
    if (!this.#parts.isTask) await this.#starting;
    await this.#parts.runtime.stop(this.seen).catch(() => undefined);
  }

  async #start(): Promise<void> {
    this.#life += 1;
    const life = this.#life;
    try {
      this.#imageId ||= await this.#parts.readImageId();
      const { port } = await this.#parts.runtime.start(this.seen);
      if (this.#isEnding || life !== this.#life) return;
      this.#hasStarted = true;
      this.#failures = 0;
      this.#isReady = false;
      this.#state = { is: 'running', startedAt: new Date() };
      this.#publishPort(port);
      this.#report();
      await this.probe();
    } catch (error) {
      this.#failedToStart(error as Error, () => this.#start());
    }
  }

  async #runTask(): Promise<void> {
    const startedAt = new Date();
    try {
      this.#imageId ||= await this.#parts.readImageId();
      const running = this.#parts.runtime.run(this.seen, this.#parts.command);
      this.#hasStarted = true;
      this.#state = { is: 'running', startedAt };
      // A command that cannot even be started must not look as if it had run for a moment.
      const first = await Promise.race([running.then(() => true), nextTurn()]);
      if (!first) this.#report();
      const { exitCode, log } = await running;
      this.#log = log;
      if (this.#isEnding) return;
      this.#state = { is: 'ended', exitCode, startedAt, finishedAt: new Date() };
      this.#report();
    } catch (error) {
      this.#hasStarted = false;
      this.#failedToStart(error as Error, () => this.#runTask());
    }
  }

  #failedToStart(error: Error, again: () => Promise<void>): void {
    if (this.#isEnding) return;
    const reason = error.name === 'Error' ? 'RunContainerError' : error.name;
    this.#wait(reason, error.message);
    const isPull = reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
    const pauseMs = this.#nextPauseMs();
    // The reason alternates, as the kubelet's does: what went wrong, then that it waits.
    const toBackoff = (): void => {
      this.#wait('ImagePullBackOff', `Back-off pulling image "${this.seen.image}": ${error.message}`);
      this.#timer = setTimeout(retry, pauseMs);
    };
    const retry = (): void => {
      this.#starting = again();
    };
    this.#timer = isPull ? setTimeout(toBackoff, 250) : setTimeout(retry, pauseMs);
  }

  #nextPauseMs(): number {
    this.#attempts += 1;
    return Math.min(FIRST_BACKOFF_MS * 2 ** (this.#attempts - 1), LONGEST_BACKOFF_MS);
  }

  #wait(reason: string, message: string): void {
    this.#isReady = false;
    this.#state = { is: 'waiting', reason, message };
    this.#report();
  }

  #publishPort(port: number): void {
    this.#parts.registry.mutate(KINDS.pods, this.#parts.pod, kubeletWriter(), (copy) => {
      copy.metadata.annotations = { ...copy.metadata.annotations, [PORT_ANNOTATION]: String(port) };
    });
  }

  #report(): void {
    const report = {
      podIp: this.#parts.podIp,
      state: this.#state,
      lastEnd: this.#lastEnd,
      isReady: this.#isReady,
      restarts: this.#restarts,
      imageId: this.#imageId,
      hasStarted: this.#hasStarted,
    };
    this.#parts.registry.mutate(KINDS.pods, this.#parts.pod, kubeletWriter('status'), (copy) => {
      copy.status = podStatus(copy as Pod, report, new Date());
    });
  }
}

function nextTurn(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}
