import { describe, expect, it } from 'vitest';
import { buildCandidate } from '../../../src/adapters/kubernetes/candidate.ts';
import { buildProbeJob, probeJobName } from '../../../src/adapters/kubernetes/probe-job.ts';
import type { PodTemplate } from '../../../src/ports/workloads.ts';
import { deploymentOf } from '../../contract/objects.ts';
import { candidateOf, jobProbe } from '../../contract/workloads.suite.ts';

const original = deploymentOf({ name: 'payment-gateway' }) as { spec: { template: PodTemplate } };
const specWith = (template: unknown, overrides = {}) =>
  candidateOf({ template: template as PodTemplate } as never, overrides);
const spec = specWith(original.spec.template);
const DIGEST = spec.revision.digest;

interface Built {
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: Record<string, unknown> & {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: Record<string, unknown> & { containers: Record<string, unknown>[]; volumes?: { name: string }[] };
    };
  };
}

describe('buildCandidate', () => {
  const built = buildCandidate(spec) as unknown as Built;

  it('starts its metadata empty: our labels and annotations, nothing else', () => {
    expect(built.metadata).toEqual({
      name: 'payment-gateway-green',
      labels: {
        'app.kubernetes.io/managed-by': 'dabbawala',
        'dabbawala.dev/service': 'payment-gateway',
        'dabbawala.dev/colour': 'green',
      },
      annotations: {
        'dabbawala.dev/rollout': 'r-42',
        'dabbawala.dev/plan-digest': 'a'.repeat(64),
        'dabbawala.dev/version': 'v2.3.1',
      },
    });
  });

  it('holds the colour in template and selector', () => {
    expect(built.spec.selector).toEqual({
      matchLabels: { app: 'payment-gateway', 'dabbawala.dev/colour': 'green' },
    });
    expect(built.spec.template.metadata.labels).toEqual({
      app: 'payment-gateway',
      tier: 'api',
      'dabbawala.dev/colour': 'green',
    });
  });

  it('differs from the template in colour and image alone', () => {
    const template = structuredClone(built.spec.template);
    delete template.metadata.labels['dabbawala.dev/colour'];
    const [container] = template.spec.containers;
    expect(container?.image).toBe(`registry.example/payments/payment-gateway@${DIGEST}`);
    Object.assign(container ?? {}, { image: 'registry.example/payments/payment-gateway:v2.3.0' });
    expect(template).toEqual(original.spec.template);
  });

  it('leaves the image of every other container', () => {
    expect(built.spec.template.spec.containers[1]?.image).toBe('registry.example/log-shipper:v1');
  });

  it('drops pod-template-hash, and a colour that the template had', () => {
    const template = structuredClone(original.spec.template) as { metadata: { labels: object } };
    Object.assign(template.metadata.labels, { 'pod-template-hash': 'abc', 'dabbawala.dev/colour': 'blue' });
    const candidate = buildCandidate(specWith(template)) as unknown as Built;
    expect(candidate.spec.template.metadata.labels).toEqual({
      app: 'payment-gateway',
      tier: 'api',
      'dabbawala.dev/colour': 'green',
    });
    expect(candidate.spec.selector.matchLabels).not.toHaveProperty('pod-template-hash');
  });

  it('selects by all labels when none names the application', () => {
    const template = { metadata: { labels: { svc: 'pg' } }, spec: original.spec.template.spec };
    const candidate = buildCandidate(specWith(template)) as unknown as Built;
    expect(candidate.spec.selector.matchLabels).toEqual({ svc: 'pg', 'dabbawala.dev/colour': 'green' });
  });

  it('takes a template without labels', () => {
    const template = { spec: original.spec.template.spec };
    const candidate = buildCandidate(specWith(template)) as unknown as Built;
    expect(candidate.spec.selector.matchLabels).toEqual({ 'dabbawala.dev/colour': 'green' });
  });

  const marked = {
    ...original.spec.template,
    metadata: {
      labels: {
        app: 'payment-gateway',
        'app.kubernetes.io/instance': 'payments',
        'applications.argoproj.io/app-name': 'payments',
        'kustomize.toolkit.fluxcd.io/name': 'payments',
      },
      annotations: {
        'argocd.argoproj.io/tracking-id': 'payments:apps/Deployment:payments/payment-gateway',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'kubectl.kubernetes.io/restartedAt': '2026-11-25T00:00:00Z',
        'meta.helm.sh/release-name': 'payments',
      },
      ownerReferences: [{ kind: 'Application', name: 'payments' }],
    },
  };

  it('leaves out of the pods what Argo CD, Flux, Helm and kubectl know their own by', () => {
    const { metadata } = (buildCandidate(specWith(marked)) as unknown as Built).spec.template;
    expect(metadata).toEqual({
      labels: {
        app: 'payment-gateway',
        'app.kubernetes.io/instance': 'payments',
        'dabbawala.dev/colour': 'green',
      },
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-25T00:00:00Z' },
    });
    const job = buildProbeJob(specWith(marked), jobProbe('smoke', ['x']), 0) as unknown as Built;
    expect(Object.keys(job.spec.template.metadata.annotations ?? {})).toEqual([
      'kubectl.kubernetes.io/restartedAt',
    ]);
  });

  it('tells Argo CD not to prune it, where Argo CD looks after the service', () => {
    const built = (isUnderArgo: boolean) =>
      (buildCandidate(specWith(original.spec.template, { isUnderArgo })) as unknown as Built).metadata
        .annotations;
    expect(built(true)['argocd.argoproj.io/sync-options']).toBe('Prune=false');
    expect(built(false)).not.toHaveProperty('argocd.argoproj.io/sync-options');
  });

  it('names the version by its digest when no tag is known', () => {
    const revision = { ...spec.revision, tag: null };
    const candidate = buildCandidate(specWith(original.spec.template, { revision })) as unknown as Built;
    expect(candidate.metadata.annotations['dabbawala.dev/version']).toBe(DIGEST);
  });
});

describe('buildProbeJob', () => {
  const job = buildProbeJob(
    spec,
    jobProbe('db-ping', ['/app/db-ping', '--once'], 1500),
    2,
  ) as unknown as Built;

  it('runs once, ends by its deadline and is kept for an hour', () => {
    expect(job.spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 2,
      ttlSecondsAfterFinished: 3600,
      template: { spec: { restartPolicy: 'Never' } },
    });
  });

  it('carries rollout and probe, and none of the labels that a Service selects by', () => {
    const labels = {
      'app.kubernetes.io/managed-by': 'dabbawala',
      'dabbawala.dev/service': 'payment-gateway',
      'dabbawala.dev/rollout': 'r-42',
      'dabbawala.dev/probe': 'db-ping',
    };
    expect(job.metadata.labels).toEqual(labels);
    expect(job.spec.template.metadata.labels).toEqual(labels);
  });

  it('is the candidate with another command: same image, env, account and mounts, no probes, ports or neighbours', () => {
    const pod = job.spec.template.spec;
    expect(pod).toMatchObject({
      serviceAccountName: 'payment-gateway',
      volumes: [{ name: 'settings', configMap: { name: 'payment-gateway' } }],
    });
    expect(pod.containers).toHaveLength(1);
    const [container] = pod.containers;
    expect(container).toMatchObject({
      name: 'payment-gateway',
      image: `registry.example/payments/payment-gateway@${DIGEST}`,
      command: ['/app/db-ping', '--once'],
      volumeMounts: [{ name: 'settings' }],
    });
    expect(container?.env).toHaveLength(2);
    for (const gone of ['args', 'ports', 'readinessProbe', 'livenessProbe'])
      expect(container).not.toHaveProperty(gone);
  });

  it('is restricted, whatever the template allows', () => {
    const template = structuredClone(original.spec.template) as unknown as Built['spec']['template'];
    Object.assign(template.spec, { hostNetwork: true, hostPID: true, securityContext: { fsGroup: 7 } });
    Object.assign(template.spec.containers[0] ?? {}, {
      securityContext: { privileged: true, capabilities: { add: ['NET_ADMIN'] }, runAsUser: 1000 },
    });
    const strict = buildProbeJob(specWith(template), jobProbe('x', ['y']), 0) as unknown as Built;
    expect(strict.spec.template.spec).not.toHaveProperty('hostNetwork');
    expect(strict.spec.template.spec).not.toHaveProperty('hostPID');
    expect(strict.spec.template.spec.securityContext).toEqual({
      fsGroup: 7,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(strict.spec.template.spec.containers[0]?.securityContext).toEqual({
      runAsUser: 1000,
      privileged: false,
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it.each([
    ['r-42', 'db-ping', 0],
    ['R_42/éx', '-'.repeat(40), 19],
    ['x'.repeat(300), 'p'.repeat(60), 20],
  ])('has a DNS-1123 name of at most 63 characters for %s %s %i', (rolloutId, probe, attempt) => {
    const name = probeJobName(rolloutId, probe, attempt);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    expect(name.length).toBeLessThanOrEqual(63);
  });

  it('has a name of its own for each rollout, probe and attempt', () => {
    const names = [
      probeJobName('r-1', 'a', 0),
      probeJobName('r-2', 'a', 0),
      probeJobName('r-1', 'b', 0),
      probeJobName('r-1', 'a', 1),
    ];
    expect(new Set(names).size).toBe(4);
  });
});
