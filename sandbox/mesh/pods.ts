import type { Behaviour, PodRuntime, PodSpecSeen } from '../contract.ts';
import { App, type DrainTimes } from './app.ts';
import { Behaviours, type Image, newFaults } from './behaviour.ts';
import type { MeshMetrics } from './metrics.ts';
import { runProbe } from './probe.ts';
import { workloadOf } from './workload.ts';

export interface PodRuntimeOptions {
  /** What every digest was built for. */
  readonly digests: ReadonlyMap<string, Image>;
  readonly metrics: MeshMetrics | null;
  readonly drain?: Partial<DrainTimes>;
  /** How long a crashing version lives. Default 800 ms. */
  readonly crashAfterMs?: number;
}

export interface Pods extends PodRuntime {
  /** @param change null: healthy again. Throws for a version that the registry does not have. */
  setBehaviour(repository: string, version: string, change: Partial<Behaviour> | null): void;
  /** Ends every pod without draining and makes every version healthy. */
  reset(): void;
}

interface RunningPod {
  readonly spec: PodSpecSeen;
  readonly image: Image;
  readonly app: App;
  crash: NodeJS.Timeout | null;
  ending: Promise<void> | null;
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** `registry/repository@sha256:…` or `registry/repository:tag`; the first part is the registry when it has a dot or port. */
function parseImage(text: string): { repository: string; digest: string | null; tag: string | null } | null {
  const match = /^(?:[^/@]*[.:][^/@]*\/|localhost\/)?([^@:]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]+))?$/.exec(
    text,
  );
  const [, repository, tag, digest] = match ?? [];
  return repository === undefined ? null : { repository, digest: digest ?? null, tag: tag ?? null };
}

/** Pods as real HTTP servers in this process. */
export function createPodRuntime(options: PodRuntimeOptions): Pods {
  const behaviours = new Behaviours();
  const running = new Map<string, RunningPod>();
  const jobs = new Map<string, AbortController>();
  const listeners: ((pod: PodSpecSeen, exitCode: number) => void)[] = [];
  const drain: DrainTimes = { leastMs: 1000, quietMs: 300, mostMs: 20_000, ...options.drain };
  const crashAfterMs = options.crashAfterMs ?? 800;

  const pull = (text: string): Image => {
    const parsed = parseImage(text);
    const found =
      parsed?.digest != null
        ? options.digests.get(parsed.digest)
        : [...options.digests.values()].find(
            (image) => image.name === parsed?.repository && image.tag === (parsed.tag ?? 'latest'),
          );
    if (!parsed || !found || found.name !== parsed.repository)
      throw named('ErrImagePull', `failed to pull image "${text}": not found`);
    return found;
  };

  const crash = (pod: RunningPod): void => {
    if (pod.ending || running.get(pod.spec.uid) !== pod) return;
    running.delete(pod.spec.uid);
    pod.app.kill();
    for (const listener of listeners) listener(pod.spec, 1);
  };

  const armCrash = (pod: RunningPod, afterMs: number): void => {
    const isCrashing = behaviours.of(pod.image).crashes;
    if (pod.crash) clearTimeout(pod.crash);
    pod.crash = isCrashing ? setTimeout(() => crash(pod), afterMs) : null;
  };

  const startApp = (spec: PodSpecSeen, image: Image, isServing: boolean): Promise<App> => {
    const at = { workload: workloadOf(spec), namespace: spec.namespace, version: image.tag };
    const metrics = isServing ? options.metrics : null;
    metrics?.recordPayment(at, 'success', 0);
    metrics?.recordPayment(at, 'failed', 0);
    return App.start({
      image,
      podName: spec.name,
      ...(isServing && spec.address && { address: spec.address }),
      faults: isServing ? behaviours.faultsOf(image) : newFaults(),
      behaviour: () => behaviours.of(image),
      recorder: metrics && {
        payment: (status) => metrics.recordPayment(at, status),
        request: (sourceWorkload, code, durationMs) =>
          metrics.recordRequest({
            reporter: 'destination',
            sourceWorkload,
            service: spec.labels.app ?? image.name.split('/').at(-1) ?? image.name,
            flags: code === 0 ? 'DC' : '-',
            code,
            durationMs,
            ...at,
            version: spec.labels.version ?? image.tag,
          }),
      },
    });
  };

  return {
    start: async (spec) => {
      const there = running.get(spec.uid);
      if (there) return { port: there.app.port };
      const image = pull(spec.image);
      const pod: RunningPod = {
        spec,
        image,
        app: await startApp(spec, image, true),
        crash: null,
        ending: null,
      };
      running.set(spec.uid, pod);
      armCrash(pod, crashAfterMs);
      return { port: pod.app.port };
    },

    isReady: async (spec) => {
      const pod = running.get(spec.uid);
      if (!pod) return false;
      if (!spec.readiness) return true;
      try {
        const response = await fetch(
          `http://${spec.address?.host ?? '127.0.0.1'}:${pod.app.port}${spec.readiness.path}`,
          {
            headers: { 'user-agent': 'kube-probe/1.36' },
            signal: AbortSignal.timeout(1000),
          },
        );
        await response.arrayBuffer();
        return response.status >= 200 && response.status < 400;
      } catch {
        return false;
      }
    },

    stop: async (spec) => {
      jobs.get(spec.uid)?.abort();
      const pod = running.get(spec.uid);
      if (!pod) return;
      if (pod.crash) clearTimeout(pod.crash);
      pod.ending ??= pod.app.drain(drain);
      await pod.ending;
      if (running.get(spec.uid) === pod) running.delete(spec.uid);
    },

    onExit: (listener) => {
      listeners.push(listener);
    },

    run: async (spec, command) => {
      const image = pull(spec.image);
      if (behaviours.of(image).crashes)
        return {
          exitCode: 1,
          log: `panic: ${image.name} ${image.tag} cannot start\n{"ok":false,"checks":[]}`,
        };
      const killed = new AbortController();
      jobs.set(spec.uid, killed);
      const ended = new Promise<{ exitCode: number; log: string }>((resolve) =>
        killed.signal.addEventListener('abort', () => resolve({ exitCode: 137, log: 'killed' })),
      );
      const app = await startApp(spec, image, false);
      try {
        // `hang` plays a Job that never ends by itself.
        if (command[1] === 'hang') return await ended;
        return await Promise.race([ended, runProbe(`http://127.0.0.1:${app.port}`, command)]);
      } finally {
        jobs.delete(spec.uid);
        app.kill();
      }
    },

    setBehaviour: (repository, version, change) => {
      const image = { name: repository, tag: version };
      const isKnown = [...options.digests.values()].some(
        (known) => known.name === repository && known.tag === version,
      );
      if (!isKnown) throw named('UnknownVersion', `the sandbox registry has no ${repository}:${version}`);
      behaviours.set(image, change);
      let order = 0;
      for (const pod of running.values())
        if (pod.image.name === repository && pod.image.tag === version) {
          armCrash(pod, crashAfterMs + order * 300);
          order += 1;
        }
    },

    reset: () => {
      behaviours.clear();
      for (const job of jobs.values()) job.abort();
      for (const pod of running.values()) {
        if (pod.crash) clearTimeout(pod.crash);
        pod.app.kill();
      }
      running.clear();
    },
  };
}
