import type { Target } from '../core/target.ts';
import { lookAtRest, type RestPorts } from './look-at-rest.ts';
import { type SayPorts, sayAtRest } from './say-at-rest.ts';

export interface RestWatchPorts extends RestPorts, Omit<SayPorts, 'warRoom'> {
  readonly onLook: (service: string, environment: string, outcome: string) => void;
}

/** Looks, acts where it must, and says it; resolves with whether all is said. Throws `store_unavailable`. */
export const createRestWatch =
  (ports: RestWatchPorts) =>
  async (target: Target): Promise<boolean> => {
    const { outcome, record } = await lookAtRest(ports, target);
    ports.onLook(target.service, target.environment, outcome);
    if (record === null || record.unsaid.length === 0) return true;
    return sayAtRest({ ...ports, warRoom: ports.config.slack.warRoom }, target, record);
  };
