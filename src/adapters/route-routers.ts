import type { Plan, RouteRef } from '../core/rollout/plan.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';

/** One router per cluster; a route says which one it lives in. A further kind of route is one more line where this is made. */
export class RouteRouters implements TrafficRouter {
  readonly #byCluster: ReadonlyMap<string, TrafficRouter>;

  constructor(byCluster: ReadonlyMap<string, TrafficRouter>) {
    this.#byCluster = byCluster;
  }

  async read(...args: Parameters<TrafficRouter['read']>): ReturnType<TrafficRouter['read']> {
    return this.#of(args[0]).read(...args);
  }

  async setWeight(...args: Parameters<TrafficRouter['setWeight']>): ReturnType<TrafficRouter['setWeight']> {
    return this.#of(args[0]).setWeight(...args);
  }

  async takeOver(...args: Parameters<TrafficRouter['takeOver']>): ReturnType<TrafficRouter['takeOver']> {
    return this.#of(args[0]).takeOver(...args);
  }

  async recall(...args: Parameters<TrafficRouter['recall']>): ReturnType<TrafficRouter['recall']> {
    return this.#of(args[0]).recall(...args);
  }

  canKeep(plan: Plan): boolean {
    return this.#of(plan.route).canKeep(plan);
  }

  async announce(...args: Parameters<TrafficRouter['announce']>): ReturnType<TrafficRouter['announce']> {
    return this.#of(args[0]).announce(...args);
  }

  async survey(...args: Parameters<TrafficRouter['survey']>): ReturnType<TrafficRouter['survey']> {
    return this.#of(args[0]).survey(...args);
  }

  async surveyMesh(
    ...args: Parameters<TrafficRouter['surveyMesh']>
  ): ReturnType<TrafficRouter['surveyMesh']> {
    return this.#of(args[0]).surveyMesh(...args);
  }

  async hasSubsets(
    ...args: Parameters<TrafficRouter['hasSubsets']>
  ): ReturnType<TrafficRouter['hasSubsets']> {
    return this.#of(args[0]).hasSubsets(...args);
  }

  async addSubsets(
    ...args: Parameters<TrafficRouter['addSubsets']>
  ): ReturnType<TrafficRouter['addSubsets']> {
    return this.#of(args[0]).addSubsets(...args);
  }

  async release(...args: Parameters<TrafficRouter['release']>): ReturnType<TrafficRouter['release']> {
    return this.#of(args[0]).release(...args);
  }

  #of(route: RouteRef): TrafficRouter {
    const router = this.#byCluster.get(route.cluster);
    if (!router)
      throw new DabbawalaError(
        'cluster_unavailable',
        `The configuration has no cluster "${route.cluster}" any more.`,
      );
    return router;
  }
}
