/** Builds the Job of a `job` probe. Pure: candidate and probe in, object out. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ProbeSpec } from '../../core/rollout/plan.ts';
import { probeJobPrefix } from '../../core/rollout/probe-job-name.ts';
import { trackingFree } from '../../core/rollout/tracking-marks.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { CandidateSpec } from '../../ports/workloads.ts';
import { imageOf, readTemplate, versionOf } from './candidate.ts';
import type { KubeObject } from './client.ts';
import {
  labelValue,
  MANAGED_BY,
  PLAN_MARK,
  PROBE_LABEL,
  ROLLOUT_MARK,
  SERVICE_LABEL,
  VERSION_MARK,
} from './marks.ts';

const LEFT_FOR_READING_SECONDS = 3600;

/** What of the candidate's pod a probe needs to reach what the candidate reaches: identity, network, volumes, place. */
const POD_FIELDS = [
  'serviceAccountName',
  'serviceAccount',
  'automountServiceAccountToken',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'affinity',
  'dnsPolicy',
  'dnsConfig',
  'hostAliases',
  'enableServiceLinks',
  'priorityClassName',
  'runtimeClassName',
  'schedulerName',
];
/** Of a server, not of one command: probes would restart it, hooks and ports mean nothing. */
const SERVER_FIELDS = [
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'ports',
  'args',
  'restartPolicy',
];

const podParts = z.looseObject({
  securityContext: z.looseObject({}).nullish(),
  volumes: z.array(z.looseObject({ name: z.string() })).nullish(),
});
const containerParts = z.looseObject({
  securityContext: z.looseObject({}).nullish(),
  volumeMounts: z.array(z.looseObject({ name: z.string() })).nullish(),
});

const pick = (from: KubeObject, keys: readonly string[]): KubeObject =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
const omit = (from: KubeObject, keys: readonly string[]): KubeObject =>
  Object.fromEntries(Object.entries(from).filter(([key]) => !keys.includes(key)));

/** DNS-1123 and at most 63 characters for any rollout id and probe name; the same for the same attempt. */
export const probeJobName = (rolloutId: string, probe: string, attempt: number): string => {
  const digest = createHash('sha256').update(`${rolloutId}\n${probe}`).digest('hex').slice(0, 10);
  return `${probeJobPrefix(probe)}${digest}-${attempt}`;
};

/** @throws `bad_probe_spec` for a probe of another kind, `plan_refused` for an unusable template */
export const buildProbeJob = (spec: CandidateSpec, probe: ProbeSpec, attempt: number): KubeObject => {
  if (probe.check.kind !== 'job' || probe.check.command.length === 0)
    throw new DabbawalaError('bad_probe_spec', `Probe "${probe.name}" has no command to run as a Job.`);
  const template = readTemplate(spec);
  const pod = podParts.parse(template.spec);
  const container = containerParts.parse(
    template.spec.containers.find((candidate) => candidate.name === spec.container),
  );
  const mounted = new Set((container.volumeMounts ?? []).map((mount) => mount.name));
  // None of the template's labels: with the Service's selector on it the probe's pod would be given traffic.
  const labels = {
    ...MANAGED_BY,
    [SERVICE_LABEL]: spec.service,
    [ROLLOUT_MARK]: labelValue(spec.rolloutId),
    [PROBE_LABEL]: labelValue(probe.name),
  };
  return {
    metadata: {
      name: probeJobName(spec.rolloutId, probe.name, attempt),
      labels,
      annotations: {
        [ROLLOUT_MARK]: spec.rolloutId,
        [PLAN_MARK]: spec.planDigest,
        [VERSION_MARK]: versionOf(spec.revision),
      },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.max(1, Math.ceil(probe.timeoutMs / 1000)),
      ttlSecondsAfterFinished: LEFT_FOR_READING_SECONDS,
      template: {
        metadata: {
          labels,
          // Kept: they steer the mesh's and the secret store's sidecars, without which the probe has other network and credentials.
          annotations: trackingFree(template.metadata?.annotations ?? {}),
        },
        spec: {
          ...pick(template.spec, POD_FIELDS),
          restartPolicy: 'Never',
          volumes: (pod.volumes ?? []).filter((volume) => mounted.has(volume.name)),
          securityContext: {
            ...pod.securityContext,
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              ...omit(container, SERVER_FIELDS),
              image: imageOf(spec.revision),
              command: [...probe.check.command],
              securityContext: {
                ...container.securityContext,
                privileged: false,
                allowPrivilegeEscalation: false,
                runAsNonRoot: true,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
            },
          ],
        },
      },
    },
  };
};
