import { beforeEach, describe, expect, it } from 'vitest';
import type {
  DestinationRule,
  EndpointSlice,
  KubeObject,
  VirtualService,
} from '../../../sandbox/mesh/objects.ts';
import { MeshView, type Resolution } from '../../../sandbox/mesh/view.ts';

const namespace = 'payments';
const service: KubeObject = { metadata: { name: 'pay', namespace } };
const pod = (name: string, colour: string, port: number): KubeObject => ({
  metadata: {
    name,
    namespace,
    labels: { colour, 'pod-template-hash': 'abc' },
    annotations: { 'sandbox.dabbawala.dev/port': String(port) },
  },
});
const slice = (ready: Record<string, boolean>): EndpointSlice => ({
  metadata: { name: 'pay-1', namespace, labels: { 'kubernetes.io/service-name': 'pay' } },
  endpoints: Object.entries(ready).map(([name, isReady]) => ({
    conditions: { ready: isReady },
    targetRef: { kind: 'Pod', name },
  })),
});
const rule = (...subsets: string[]): DestinationRule => ({
  metadata: { name: 'pay', namespace },
  spec: { host: 'pay', subsets: subsets.map((name) => ({ name, labels: { colour: name } })) },
});
const route = (blue: number, green: number): VirtualService => ({
  metadata: { name: 'pay', namespace },
  spec: {
    hosts: ['pay'],
    http: [
      {
        route: [
          { destination: { host: 'pay', subset: 'blue' }, weight: blue },
          { destination: { host: 'pay', subset: 'green' }, weight: green },
        ],
      },
    ],
  },
});
const BLUE_1 = 'pay-blue-abc-aaaaa';
const BLUE_2 = 'pay-blue-abc-bbbbb';
const GREEN = 'pay-green-abc-ccccc';

let now = 0;
let view: MeshView;
const ask = (host = 'pay'): Resolution => view.resolve({ host, path: '/pay', method: 'POST', headers: {} });
const podsOf = (resolution: Resolution): string[] =>
  resolution.kind === 'endpoints' ? resolution.endpoints.map((endpoint) => endpoint.pod) : [resolution.flag];

beforeEach(() => {
  now = 1000;
  view = new MeshView({ namespace, subsetDelayMs: 1000, now: () => now, random: Math.random });
  view.replace('services', [service]);
  view.replace('pods', [pod(BLUE_1, 'blue', 1), pod(BLUE_2, 'blue', 2), pod(GREEN, 'green', 3)]);
  view.replace('slices', [slice({ [BLUE_1]: true, [BLUE_2]: true, [GREEN]: true })]);
  view.replace('virtualServices', [route(90, 10)]);
  view.replace('destinationRules', [rule('blue', 'green')]);
});

describe('where a request goes', () => {
  it('follows the weights within four sigma', () => {
    const green = Array.from({ length: 10_000 }, () => podsOf(ask())[0]).filter((name) => name === GREEN);

    expect(green.length / 100).toBeGreaterThan(10 - 1.2);
    expect(green.length / 100).toBeLessThan(10 + 1.2);
  });

  it('is never a destination of weight 0', () => {
    view.apply('virtualServices', 'MODIFIED', route(100, 0));

    expect(Array.from({ length: 2000 }, () => podsOf(ask())[0])).not.toContain(GREEN);
  });

  it('takes turns between the ready pods of the subset and names their workload', () => {
    view.apply('virtualServices', 'MODIFIED', route(100, 0));
    const asked = [ask(), ask(), ask(), ask()];

    expect(asked.map((each) => podsOf(each)[0])).toEqual([BLUE_1, BLUE_2, BLUE_1, BLUE_2]);
    expect(asked[0]).toMatchObject({ endpoints: [{ workload: 'pay-blue' }, { workload: 'pay-blue' }] });
  });

  it('is never an unready pod, and UH when none is ready', () => {
    view.apply('virtualServices', 'MODIFIED', route(100, 0));
    view.apply('slices', 'MODIFIED', slice({ [BLUE_1]: false, [BLUE_2]: true, [GREEN]: true }));
    expect(new Set(Array.from({ length: 20 }, () => podsOf(ask()).join()))).toEqual(new Set([BLUE_2]));

    view.apply('slices', 'MODIFIED', slice({ [BLUE_1]: false, [BLUE_2]: false, [GREEN]: true }));
    expect(podsOf(ask())).toEqual(['UH']);
    expect(view.isServing('pay')).toBe(false);
  });

  it('is nowhere for a subset that no rule names (NC), a host nobody knows (NR), weights of 0 (NR)', () => {
    view.apply('destinationRules', 'MODIFIED', rule('green'));
    view.apply('virtualServices', 'MODIFIED', route(100, 0));
    expect([podsOf(ask()), podsOf(ask('nobody'))]).toEqual([['NC'], ['NR']]);

    view.apply('virtualServices', 'MODIFIED', route(0, 0));
    expect(podsOf(ask())).toEqual(['NR']);
  });

  it('is every pod of the Service without a VirtualService', () => {
    view.apply('virtualServices', 'DELETED', route(90, 10));

    expect(podsOf(ask()).sort()).toEqual([BLUE_1, BLUE_2, GREEN]);
  });
});

describe('a subset that was just added', () => {
  it('is not known for the delay, though those of the first list are', () => {
    view.apply('virtualServices', 'MODIFIED', route(0, 100));
    expect(podsOf(ask())).toEqual([GREEN]);

    view.apply('destinationRules', 'MODIFIED', rule('blue'));
    view.apply('destinationRules', 'MODIFIED', rule('blue', 'green'));
    now += 999;
    expect(podsOf(ask())).toEqual(['NC']);
    now += 1;
    expect(podsOf(ask())).toEqual([GREEN]);
  });

  it('keeps its age over later changes and re-lists', () => {
    view.apply('destinationRules', 'MODIFIED', rule('blue'));
    view.apply('destinationRules', 'MODIFIED', rule('blue', 'green'));
    now += 600;
    view.replace('destinationRules', [rule('blue', 'green', 'third')]);
    now += 400;
    view.apply('virtualServices', 'MODIFIED', route(0, 100));

    expect(podsOf(ask())).toEqual([GREEN]);
  });
});

it('is complete when every kind was listed once', () => {
  const fresh = new MeshView({ namespace, subsetDelayMs: 0, now: () => 0, random: () => 0 });
  for (const kind of ['services', 'pods', 'slices', 'virtualServices'] as const) fresh.replace(kind, []);
  expect(fresh.isComplete).toBe(false);

  fresh.replace('destinationRules', []);

  expect(fresh.isComplete).toBe(true);
});
