import type { FaultKind, FaultRequest } from '../../../contract.ts';
import type { ActiveFault, World } from '../api/world.ts';

export interface FaultText {
  readonly kind: FaultKind;
  readonly title: string;
  readonly what: string;
  /** A number the person may change, with its unit and start value. */
  readonly amount?: {
    readonly key: 'percent' | 'ms';
    readonly unit: string;
    readonly start: number;
    readonly max: number;
  };
}

/** Faults of one version of one service. */
export const VERSION_FAULTS: readonly FaultText[] = [
  {
    kind: 'errors',
    title: 'Fails requests',
    what: 'Answers this share of its requests with 500.',
    amount: { key: 'percent', unit: '%', start: 3, max: 100 },
  },
  {
    kind: 'slow',
    title: 'Is slow',
    what: 'Every answer takes this much longer.',
    amount: { key: 'ms', unit: 'ms', start: 3000, max: 30_000 },
  },
  { kind: 'crash', title: 'Crashes', what: 'The process ends shortly after each start.' },
  {
    kind: 'payment',
    title: 'Payment success drops',
    what: 'Answers 200, but this share of payments is declined.',
    amount: { key: 'percent', unit: '%', start: 5, max: 100 },
  },
];

/** Faults of what is around; `isMoment`: happens once and is over. */
export const AROUND_FAULTS: readonly (FaultText & { readonly isMoment?: boolean })[] = [
  { kind: 'prometheus', title: 'Prometheus down', what: 'No numbers: a rollout must hold, not guess.' },
  { kind: 'slack429', title: 'Slack says 429', what: 'Every Web API call is told to wait.' },
  {
    kind: 'redis',
    title: 'Restart Redis',
    what: 'The state store goes away and comes back.',
    isMoment: true,
  },
  {
    kind: 'killBot',
    title: 'Kill the bot',
    what: 'SIGKILL in the middle of whatever it does.',
    isMoment: true,
  },
  { kind: 'alert', title: 'An alert fires', what: 'Alertmanager sends one; ending it turns the card green.' },
  {
    kind: 'falco',
    title: 'Falco sees a shell',
    what: 'One event of one pod, from one node.',
    isMoment: true,
  },
  {
    kind: 'falcoStorm',
    title: '500 Falco events',
    what: 'Five rules, seven nodes, at once: five cards.',
    isMoment: true,
  },
];

/** What the contract takes when no version is named: the newest that is not live. */
export function newestNotLive(world: World, service: string): string {
  const found = world.services.find((one) => one.name === service);
  const others = (found?.versions ?? []).filter((version) => version !== found?.live);
  return others.at(-1) ?? '';
}

export const isOn = (
  faults: readonly ActiveFault[],
  kind: FaultKind,
  target?: { service: string; version: string },
): boolean =>
  faults.some(
    (fault) =>
      fault.kind === kind &&
      (!target ||
        ((fault.service ?? target.service) === target.service &&
          (fault.version ?? target.version) === target.version)),
  );

export function describe(fault: ActiveFault): string {
  if (fault.text) return fault.text;
  const all = [...VERSION_FAULTS, ...AROUND_FAULTS];
  const title = all.find((one) => one.kind === fault.kind)?.title ?? 'Route edited by hand';
  const amount = fault.percent !== null ? ` ${fault.percent} %` : fault.ms !== null ? ` ${fault.ms} ms` : '';
  const where = [fault.service, fault.version].filter(Boolean).join(' ');
  return `${where ? `${where}: ` : ''}${title.toLowerCase()}${amount}`;
}

export const endOf = (fault: ActiveFault): FaultRequest => ({
  kind: fault.kind,
  off: true,
  ...(fault.service ? { service: fault.service } : {}),
  ...(fault.version ? { version: fault.version } : {}),
});
