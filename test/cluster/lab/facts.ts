/** What every test process knows of the cluster that the tier runs against. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.ts';
import { Processes } from './processes.ts';

export interface LabFacts {
  /** `own`: started by the tier. `external`: somebody's, through KUBECONFIG. */
  readonly kind: 'own' | 'external';
  readonly dir: string;
  readonly server: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** Controllers, nodes and pods that live. An API server alone has none. */
  readonly hasPods: boolean;
  /** Where gojq is; null: nowhere. */
  readonly jq: string | null;
  /** Version as the server says it. */
  readonly version: string;
  /** Whether the published CRDs were found; else small ones of our own. */
  readonly crds: 'published' | 'small';
}

/** Where pods, nodes and their logs are: all of it leads to this machine, inside the tier's own network. */
export const POD_NETWORK = '10.244.0.0/16';
export const NODE_ADDRESS = '10.244.255.2';
/** Of the resource metrics API. */
export const METRICS_ADDRESS = '10.244.255.3';
export const KUBELET_PORT = 10_250;
export const MARK = 'lab.dabbawala.dev';

/** Written by the global setup before the first test process starts. */
export const factsFile = (dir: string): string => join(dir, 'lab.json');

export const labFacts = (): LabFacts => {
  const dir = process.env['DABBAWALA_LAB_DIR'];
  if (dir === undefined) throw new Error('no lab is up: this runs with `npm run test:cluster`');
  return JSON.parse(readFileSync(factsFile(dir), 'utf8')) as LabFacts;
};

export const adminApi = (facts: LabFacts = labFacts()): Api =>
  new Api({ server: facts.server, caFile: facts.caFile, token: facts.adminToken });

export const labProcesses = (facts: LabFacts = labFacts()): Processes => new Processes(facts.dir);
