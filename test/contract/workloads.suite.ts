import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeSpec } from '../../src/core/rollout/plan.ts';
import type { CandidateSpec, DeploymentState } from '../../src/ports/workloads.ts';
import { until } from '../support/until.ts';
import { PLACE, type WorkloadsTarget } from './targets.ts';
import { codeOf } from './traffic-router.suite.ts';

const CONTAINER = 'payment-gateway';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

export const jobProbe = (name: string, command: readonly string[], timeoutMs = 60_000): ProbeSpec => ({
  name,
  group: 'database',
  critical: true,
  timeoutMs,
  retries: 0,
  intervalMs: 1000,
  check: { kind: 'job', command },
});

export const candidateOf = (
  template: DeploymentState,
  overrides: Partial<CandidateSpec> = {},
): CandidateSpec => ({
  service: 'payment-gateway',
  colour: 'green',
  container: CONTAINER,
  revision: { repository: 'registry.example/payments/payment-gateway', tag: 'v2.3.1', digest: DIGEST },
  replicas: 2,
  rolloutId: 'r-42',
  planDigest: 'a'.repeat(64),
  template: template.template,
  ...overrides,
});

/** What every place that holds Deployments promises. */
export const describeWorkloads = (name: string, open: () => Promise<WorkloadsTarget>): void => {
  describe(`workloads: ${name}`, () => {
    let target: WorkloadsTarget;
    beforeEach(async () => {
      target = await open();
      await target.seed({ name: 'payment-gateway' });
    });
    afterEach(() => target.close());

    const find = (deployment: string) => target.workloads.readDeployment(PLACE, deployment, CONTAINER);
    const must = async (deployment: string): Promise<DeploymentState> => {
      const state = await find(deployment);
      if (state === null) throw new Error(`there is no ${deployment}`);
      return state;
    };
    const create = async (overrides: Partial<CandidateSpec> = {}, options = {}) =>
      target.workloads.createCandidate(PLACE, candidateOf(await must('payment-gateway'), overrides), options);

    describe('a plain Deployment', () => {
      const ORIGINAL = 'payment-gateway';
      const set = async (replicas: number, digest: string | null = null) => {
        const { uid } = await must(ORIGINAL);
        const revision =
          digest === null ? null : { repository: 'registry.example/payments/pg', tag: 'v9', digest };
        const spec = { name: ORIGINAL, uid, container: CONTAINER, replicas, revision, rolloutId: 'r-7' };
        await target.workloads.setOriginal(PLACE, spec);
      };

      it('is scaled and marked, keeps its image, and is still not ours to delete', async () => {
        const before = await must(ORIGINAL);
        await set(0);
        await set(0);
        const after = await must(ORIGINAL);
        expect(after).toMatchObject({ replicas: 0, adoptedBy: 'r-7', isOurs: false, image: before.image });
        expect(await codeOf(target.workloads.deleteColour(PLACE, ORIGINAL, after.uid))).toBe('plan_refused');
      });

      it('gets the image and the replicas of what was live', async () => {
        await set(3, DIGEST);
        const after = await must(ORIGINAL);
        expect(after).toMatchObject({ replicas: 3, adoptedBy: 'r-7', version: 'v9' });
        expect(after.image.digest).toBe(DIGEST);
      });

      it('that was replaced meanwhile is state_conflict', async () => {
        const spec = {
          name: ORIGINAL,
          uid: 'another',
          container: CONTAINER,
          replicas: 0,
          revision: null,
          rolloutId: 'r-7',
        };
        expect(await codeOf(target.workloads.setOriginal(PLACE, spec))).toBe('state_conflict');
      });

      it('is surveyed: whose pods the Service reaches, what they run, who scales them', async () => {
        await target.seedService(ORIGINAL);
        await target.seedAutoscaler('scaler', ORIGINAL);
        await target.seedAutoscaler('other', 'ledger');
        await target.settle();
        const survey = await target.workloads.survey(PLACE, {
          service: ORIGINAL,
          deployment: ORIGINAL,
          container: CONTAINER,
          scaled: [ORIGINAL],
        });
        expect(survey.endpointOwners).toEqual([{ kind: 'Deployment', name: ORIGINAL, pods: 2 }]);
        expect(survey.digests).toHaveLength(2);
        expect(survey.exclusiveClaims).toEqual([]);
        expect(survey.autoscalers).toMatchObject([{ name: 'scaler', target: ORIGINAL, owner: null }]);
      });

      it('says what room a second set of its pods has', async () => {
        await target.seedService(ORIGINAL);
        await target.settle();
        await target.seedQuota('team', { pods: '5' }, { pods: '2' });
        const room = await target.workloads.surveyRoom(PLACE, { service: ORIGINAL, deployments: [ORIGINAL] });
        expect(room.selector).toEqual({ app: 'payment-gateway' });
        expect(room.quotas).toEqual({
          kind: 'known',
          value: [{ name: 'team', hard: { pods: '5' }, used: { pods: '2' }, scopes: [] }],
        });
      });
    });

    describe('readDeployment', () => {
      it('is null where there is none', async () => {
        expect(await find('nobody')).toBeNull();
      });

      it('reads a plain Deployment: not ours, no colour', async () => {
        await target.settle();
        expect(await find('payment-gateway')).toMatchObject({
          name: 'payment-gateway',
          replicas: 2,
          readyReplicas: 2,
          isObserved: true,
          isOurs: false,
          rolloutId: null,
          colour: null,
          version: null,
          image: { repository: 'registry.example/payments/payment-gateway', tag: 'v2.3.0', digest: null },
          owner: null,
          isBeingDeleted: false,
        });
      });

      it('reads a colour of ours', async () => {
        const image = `registry.example/payments/payment-gateway@${DIGEST}`;
        await target.seed({ name: 'payment-gateway-blue', colour: 'blue', rolloutId: 'r-1', image });
        expect(await find('payment-gateway-blue')).toMatchObject({
          isOurs: true,
          rolloutId: 'r-1',
          colour: 'blue',
          version: 'v2.3.0',
          image: { repository: 'registry.example/payments/payment-gateway', tag: null, digest: DIGEST },
        });
      });

      it.each([
        ['argo', /Argo CD/],
        ['flux', /Flux/],
        ['helm', /Helm/],
      ] as const)('names the owner %s', async (owner, words) => {
        await target.seed({ name: 'owned', owner });
        expect((await must('owned')).owner).toMatch(words);
      });
    });

    describe('createCandidate', () => {
      it('stores the template with colour and digest, and is ours', async () => {
        const created = await create();
        expect(created).toMatchObject({
          name: 'payment-gateway-green',
          replicas: 2,
          isOurs: true,
          rolloutId: 'r-42',
          colour: 'green',
          version: 'v2.3.1',
          image: { digest: DIGEST, tag: null },
          owner: null,
        });
        expect((await must('payment-gateway-green')).uid).toBe(created.uid);
      });

      it('keeps every field of the template that it does not know', async () => {
        const { template } = await create();
        expect(template).toMatchObject({
          spec: {
            shareProcessNamespace: true,
            containers: [
              {
                name: CONTAINER,
                terminationMessagePolicy: 'FallbackToLogsOnError',
                resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
              },
              { name: 'log-shipper' },
            ],
          },
        });
      });

      it('is idempotent for one rollout', async () => {
        const first = await create();
        expect((await create()).uid).toBe(first.uid);
      });

      it("refuses a name that another rollout's candidate has", async () => {
        await create();
        expect(await codeOf(create({ rolloutId: 'r-43' }))).toBe('state_conflict');
      });

      it('refuses a name that a foreign Deployment has, and leaves that one alone', async () => {
        await target.seed({ name: 'payment-gateway-green' });
        const { uid } = await must('payment-gateway-green');
        expect(await codeOf(create())).toBe('state_conflict');
        expect(await must('payment-gateway-green')).toMatchObject({ uid, isOurs: false });
      });

      it('refuses a template without the container', async () => {
        expect(await codeOf(create({ container: 'nobody' }))).toBe('plan_refused');
        expect(await find('payment-gateway-green')).toBeNull();
      });

      it('as a dry run stores nothing', async () => {
        expect((await create({}, { dryRun: true })).image.digest).toBe(DIGEST);
        expect(await find('payment-gateway-green')).toBeNull();
      });

      it('as a dry run is judged while the idle colour still has the name', async () => {
        const idle = await create({ rolloutId: 'r-41' });
        expect((await create({}, { dryRun: true })).image.digest).toBe(DIGEST);
        expect(await must('payment-gateway-green')).toMatchObject({ uid: idle.uid, rolloutId: 'r-41' });
      });
    });

    describe('deleteColour', () => {
      it('removes a colour of ours', async () => {
        const { uid } = await create();
        await target.workloads.deleteColour(PLACE, 'payment-gateway-green', uid);
        await until('the colour is gone', async () => (await find('payment-gateway-green')) === null);
      });

      it('of what is not there is done', async () => {
        const gone = target.workloads.deleteColour(PLACE, 'payment-gateway-green', 'some-uid');
        expect(await codeOf(gone)).toBe('nothing was thrown');
      });

      it('never touches a foreign Deployment', async () => {
        const { uid } = await must('payment-gateway');
        expect(await codeOf(target.workloads.deleteColour(PLACE, 'payment-gateway', uid))).toBe(
          'plan_refused',
        );
        expect(await must('payment-gateway')).toMatchObject({ uid, isBeingDeleted: false });
      });

      it('never touches another Deployment of that name', async () => {
        const { uid } = await create();
        const wrong = target.workloads.deleteColour(PLACE, 'payment-gateway-green', 'another-uid');
        expect(await codeOf(wrong)).toBe('state_conflict');
        expect(await must('payment-gateway-green')).toMatchObject({ uid, isBeingDeleted: false });
      });

      it('shows it as being deleted until its pods are gone, and keeps its name taken', async () => {
        const { uid } = await create({ rolloutId: 'r-41' });
        await target.settle();
        await target.holdDeletions(true);
        await target.workloads.deleteColour(PLACE, 'payment-gateway-green', uid);
        await until(
          'being deleted',
          async () => (await find('payment-gateway-green'))?.isBeingDeleted ?? false,
        );
        expect(await codeOf(create())).toBe('state_conflict');
        expect(await codeOf(create({ rolloutId: 'r-41' }))).toBe('state_conflict');
        const again = target.workloads.deleteColour(PLACE, 'payment-gateway-green', uid);
        expect(await codeOf(again)).toBe('nothing was thrown');
        await target.holdDeletions(false);
        await until('the colour is gone', async () => (await find('payment-gateway-green')) === null);
        expect((await create()).uid).not.toBe(uid);
      });
    });

    describe('scale', () => {
      it('sets the replicas, and twice is once', async () => {
        const { uid } = await create();
        await target.workloads.scale(PLACE, 'payment-gateway-green', uid, 0);
        await target.workloads.scale(PLACE, 'payment-gateway-green', uid, 0);
        await target.settle();
        expect(await must('payment-gateway-green')).toMatchObject({ uid, replicas: 0, readyReplicas: 0 });
      });

      it('takes a colour of an earlier rollout', async () => {
        await target.seed({ name: 'payment-gateway-blue', colour: 'blue', rolloutId: 'r-1' });
        const { uid } = await must('payment-gateway-blue');
        await target.workloads.scale(PLACE, 'payment-gateway-blue', uid, 3);
        expect((await must('payment-gateway-blue')).replicas).toBe(3);
      });

      it('never touches a foreign Deployment, another of that name, or nothing', async () => {
        const { uid } = await must('payment-gateway');
        expect(await codeOf(target.workloads.scale(PLACE, 'payment-gateway', uid, 0))).toBe('plan_refused');
        expect((await must('payment-gateway')).replicas).toBe(2);
        await create();
        const wrong = target.workloads.scale(PLACE, 'payment-gateway-green', 'another-uid', 0);
        expect(await codeOf(wrong)).toBe('state_conflict');
        expect(await codeOf(target.workloads.scale(PLACE, 'nobody', 'uid', 0))).toBe('object_missing');
      });
    });

    describe('pods', () => {
      it('are those of the Deployment, ready, with the digest that runs', async () => {
        const created = await create();
        await target.settle();
        const pods = await target.workloads.pods(PLACE, created, CONTAINER);
        expect(pods).toHaveLength(2);
        for (const pod of pods)
          expect(pod).toMatchObject({ isReady: true, waiting: null, restarts: 0, imageDigest: DIGEST });
      });

      it("of the original are not the colours' pods, though its selector matches them", async () => {
        await create();
        await target.settle();
        const pods = await target.workloads.pods(PLACE, await must('payment-gateway'), CONTAINER);
        expect(pods).toHaveLength(2);
        expect(pods.every((pod) => !pod.name.includes('green'))).toBe(true);
      });

      it('answer podHttp, or do not', async () => {
        const created = await create();
        await target.settle();
        const [pod] = await target.workloads.pods(PLACE, created, CONTAINER);
        const request = { scheme: 'http', port: 8080, path: '/health', timeoutMs: 2000 } as const;
        const answer = await target.workloads.podHttp(PLACE, pod?.name ?? '', request);
        expect(answer).toMatchObject({ status: 200, detail: 'ok', ms: expect.any(Number) });
        const refused = await target.workloads.podHttp(PLACE, pod?.name ?? '', {
          ...request,
          path: '/closed',
          port: 9999,
        });
        expect(refused).toMatchObject({ status: null, detail: expect.stringContaining('refused') });
      });
    });

    describe('probe Jobs', () => {
      const start = async (probe: ProbeSpec, attempt = 0) =>
        target.workloads.startProbeJob(PLACE, candidateOf(await must('payment-gateway')), probe, attempt);
      const read = (probe: ProbeSpec, attempt = 0) =>
        target.workloads.readProbeJob(PLACE, 'r-42', probe, attempt);
      const settled = async (probe: ProbeSpec) => {
        await until(`${probe.name} has ended`, async () => (await read(probe)).state !== 'running');
        return read(probe);
      };

      it('are absent before they are started, and each attempt is its own', async () => {
        const probe = jobProbe('passes', ['pass']);
        expect((await read(probe)).state).toBe('absent');
        await start(probe, 0);
        expect((await read(probe, 1)).state).toBe('absent');
      });

      it('pass with the last words of the log', async () => {
        const probe = jobProbe('passes', ['pass']);
        await start(probe);
        expect(await settled(probe)).toMatchObject({
          state: 'passed',
          evidence: expect.stringContaining('all 4 checks passed'),
        });
      });

      it('fail with exit code and the last words of the log', async () => {
        const probe = jobProbe('fails', ['fail']);
        await start(probe);
        const reading = await settled(probe);
        expect(reading.state).toBe('failed');
        expect(reading.evidence).toMatch(/exit code 3.*ledger refused/);
      });

      it('started twice are one', async () => {
        const probe = jobProbe('passes', ['pass']);
        await start(probe);
        expect(await codeOf(start(probe))).toBe('nothing was thrown');
      });

      it('run on while they run', async () => {
        const probe = jobProbe('hangs', ['hang']);
        await start(probe);
        expect((await read(probe)).state).toBe('running');
      });

      it('refuse a probe of another kind', async () => {
        const probe: ProbeSpec = {
          ...jobProbe('tcp', []),
          check: { kind: 'tcp', host: 'ledger', port: 5432 },
        };
        expect(await codeOf(start(probe))).toBe('bad_probe_spec');
      });
    });
  });
};
