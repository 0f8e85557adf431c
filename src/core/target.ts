/** What a rollout moves: one service in one environment of one region (decisions: everything is keyed by it). */
export interface Target {
  readonly service: string;
  readonly environment: string;
  /** null where the environment has a single, unnamed region. */
  readonly region: string | null;
}

/** `service/environment/region`, `-` for no region. Used in Redis keys and logs. */
export const targetKey = (target: Target): string =>
  `${target.service}/${target.environment}/${target.region ?? '-'}`;

export const sameTarget = (a: Target, b: Target): boolean => targetKey(a) === targetKey(b);

/** A person as we know them: Slack id always, the rest when Slack told us. Authorise by `id`, never by name. */
export interface Person {
  readonly id: string;
  readonly name: string | null;
  /** Lower case. Two accounts with one address are one person. */
  readonly email: string | null;
}

/** Where an act came from, for the audit record. */
export interface Origin {
  readonly via: 'command' | 'button' | 'modal' | 'mention' | 'engine' | 'api';
  readonly team: string | null;
  readonly channel: string | null;
}
