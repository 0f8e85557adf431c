import type { UseCasePorts } from '../use-case-ports.ts';

/** What the acts on incidents stand on. */
export type IncidentPorts = Pick<
  UseCasePorts,
  | 'config'
  | 'incidents'
  | 'alerts'
  | 'store'
  | 'targets'
  | 'audit'
  | 'queue'
  | 'clock'
  | 'directory'
  | 'cardLink'
  | 'attachToCard'
  | 'log'
>;
