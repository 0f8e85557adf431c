/** Once an episode: what an engineer would look at first, told in the alert's thread. */

import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { workloadOfPod } from '../../core/alert/fingerprint.ts';
import { waitAtMost } from '../../lib/answer-in-time.ts';
import type { Diagnosis, Diagnostics } from '../../ports/diagnostics.ts';
import type { Place } from '../../ports/workloads.ts';
import { diagnosisText, logText } from '../../views/diagnosis.ts';
import type { AlertPorts } from './alert-ports.ts';
import type { Look } from './look-around.ts';
import { targetsOf } from './relate-rollouts.ts';

/** An alert that has been open for longer was looked at by people. */
const FRESH_MS = 15 * 60_000;
const PATIENCE_MS = 10_000;

export interface DiagnosePorts extends AlertPorts {
  readonly diagnostics: Diagnostics;
  /** Lines of the sickest pod's log that are told; 0: none. */
  readonly logLines: number;
}

export const diagnose =
  (ports: DiagnosePorts): Look =>
  async (group, about, now) => {
    if (group.diagnosedAt !== undefined || now - group.since > FRESH_MS) return null;
    const places = targetsOf(ports, about).flatMap((target) =>
      placesOf(ports, target.environment, target.region),
    );
    const [place] = places;
    const workloads = workloadsOf(ports, group, about.service);
    if (place === undefined || workloads.length === 0) return null;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const found = await ports.diagnostics.look(place, workloads, signal);
    const log = await lastWords(ports, place, found, signal);
    const name = about.service ?? workloads[0] ?? '';
    return {
      patch: { diagnosedAt: now },
      lines: [diagnosisText(name, found, now), ...(log === null ? [] : [log])],
    };
  };

/** Both colours, the plain Deployment, and whatever workload the pods of a security event belong to. */
function workloadsOf({ config }: AlertPorts, group: AlertGroup, service: string | null): readonly string[] {
  if (service === null) return [];
  const template = config.services[service]?.template ?? service;
  const seen = Object.keys(group.pods).map(workloadOfPod);
  return [...new Set([template, `${service}-blue`, `${service}-green`, ...seen])];
}

function placesOf({ config }: AlertPorts, environment: string, region: string | null): readonly Place[] {
  const { clusters = [], namespace = '' } = config.environments[environment] ?? {};
  return clusters
    .filter((cluster) => (config.clusters[cluster]?.region ?? null) === region)
    .map((cluster) => ({ cluster, namespace }));
}

async function lastWords(
  { diagnostics, logLines, log }: DiagnosePorts,
  place: Place,
  { pods }: Diagnosis,
  signal: AbortSignal,
): Promise<string | null> {
  const [sickest] = pods;
  if (logLines === 0 || !sickest || (sickest.isReady && sickest.restarts === 0)) return null;
  const asked = diagnostics.lastLines(place, sickest.name, logLines, signal).catch((error: unknown) => {
    log.info({ pod: sickest.name, why: String(error) }, 'the last lines of a sick pod were not read');
    return null;
  });
  const first = await waitAtMost(asked, PATIENCE_MS);
  const lines = first.kind === 'ready' ? first.value : null;
  return lines === null ? null : logText(sickest.name, lines);
}
