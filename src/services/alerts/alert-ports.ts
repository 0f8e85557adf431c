import type { UseCasePorts } from '../use-case-ports.ts';

/** What the acts on alerts stand on. */
export type AlertPorts = Pick<
  UseCasePorts,
  | 'config'
  | 'alerts'
  | 'onCall'
  | 'store'
  | 'targets'
  | 'audit'
  | 'queue'
  | 'clock'
  | 'directory'
  | 'cardLink'
  | 'hands'
  | 'newId'
  | 'log'
>;
