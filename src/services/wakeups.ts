import type { Wakeups } from './rollout-reconciler.ts';

/** A wake that comes during a pass cuts its look; one that comes between passes cuts the sleep. None is lost. */
export function createWakeups(): Wakeups & { wake(): void } {
  let controller = new AbortController();
  return {
    wake: () => controller.abort(),
    nextWake: () => {
      if (controller.signal.aborted) controller = new AbortController();
      return controller.signal;
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const either = AbortSignal.any([signal, controller.signal]);
        if (either.aborted) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          either.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        either.addEventListener('abort', done, { once: true });
      }),
  };
}
