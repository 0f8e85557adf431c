/**
 * The recorded answers are the real server's: each sequence is played on it and compared with its golden file.
 * `CONFORMANCE=record npm run test:cluster -- test/cluster/conformance.test.ts` writes them anew.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGolden, writeGolden } from '../conformance/golden.ts';
import { handsOn } from '../conformance/hands.ts';
import { play, type Record } from '../conformance/play.ts';
import { namespaceOf } from '../conformance/sequence.ts';
import { STRANGER } from '../conformance/simulator.ts';
import { SUBJECTS } from '../conformance/subjects/index.ts';
import { startTestPods, type TestPods } from '../contract/pods.ts';
import { adminApi, labFacts } from './lab/facts.ts';
import { NodeAgent } from './lab/node-agent.ts';
import { wipe } from './lab/objects.ts';

const facts = labFacts();
const api = adminApi();
const isRecording = process.env['CONFORMANCE'] === 'record';
const has = { pods: facts.hasPods, published: facts.crds === 'published' } as const;

let pods: TestPods;
let agent: NodeAgent | undefined;
let strangerToken: string;

beforeAll(async () => {
  pods = startTestPods();
  if (facts.hasPods)
    agent = await NodeAgent.start({
      facts,
      runtime: pods,
      resolve: async (image) => ({
        tag: image.includes('missing') ? null : 'v1',
        imageId: image.includes('@') ? image : `${image.replace(/:[^:/]*$/, '')}@sha256:${'cd'.repeat(32)}`,
      }),
    });
  strangerToken = await admitStranger();
});

afterAll(async () => {
  const played = SUBJECTS.flatMap(({ sequences }) => sequences);
  for (const sequence of played) {
    if (sequence.needs?.includes('pods')) await wipe(api, namespaceOf(sequence));
    await api.send('DELETE', `/api/v1/namespaces/${namespaceOf(sequence)}`);
  }
  await agent?.close();
  await pods.close();
  api.close();
});

const hands = () =>
  handsOn({
    url: facts.server,
    ca: readFileSync(facts.caFile),
    tokens: { admin: facts.adminToken, stranger: strangerToken },
  });

describe.each(SUBJECTS)('a real API server answers as recorded: $name', ({ name, sequences }) => {
  const records: { [sequence: string]: Record } = {};

  it.for(sequences.map((sequence) => [sequence.name, sequence] as const))(
    '%s',
    async ([, sequence], test) => {
      const missing = (sequence.needs ?? []).filter((need) => !has[need]);
      if (isRecording && missing.length > 0) throw new Error(`recording needs ${missing.join(' and ')}`);
      test.skip(missing.length > 0, `needs ${missing.join(' and ')}`);
      const record = await play(sequence, hands(), takesPods);
      records[sequence.name] = record;
      if (!isRecording) expect(record).toEqual(readGolden(name)[sequence.name]);
    },
  );

  it.runIf(isRecording)('is recorded', () => {
    expect(Object.keys(records)).toEqual(sequences.map((sequence) => sequence.name));
    writeGolden(name, records);
  });
});

async function admitStranger(): Promise<string> {
  const { namespace, name } = STRANGER;
  await api.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await api.put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } });
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 7200 },
  };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  return (await api.must('POST', path, { body })).status.token;
}

/** Pods are refused while their account is not there, which a controller makes. */
async function takesPods(namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  const deadline = performance.now() + 30_000;
  while (facts.hasPods && (await api.find(path)) === undefined) {
    if (performance.now() > deadline)
      throw new Error(`${namespace} has no default ServiceAccount after 30 s`);
    await delay(25);
  }
}
