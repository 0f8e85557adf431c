/** The cluster says no: no room, no image, no right, no kind. The whole bot on a real control plane, under load. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WORLD } from '../../../sandbox/contract.ts';
import { edited, paths, serviceOf } from '../../acceptance/support/config.ts';
import { ASHA, BHARAT, CHITRA, Lane, lostRequests, NAMESPACE, until } from '../../acceptance/support/lane.ts';
import { claimOf } from '../../contract/objects.ts';
import { type Body, MERGE_PATCH, STRATEGIC_PATCH } from '../lab/api.ts';
import { loseRoutes, restorable, takeRight } from './faults.ts';
import { type RealWorld, startRealWorld } from './real-world.ts';

/** Their pods do what the end of the tag says (lab/node-agent.ts). */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  'payment-gateway': ['v2.5.0-no-image', 'v2.5.1-never-ready'],
  'upi-switch': ['v1.9.1-crashes'],
};

let world: RealWorld;

beforeAll(async () => {
  world = await startRealWorld({
    services: WORLD.services.map((service) => ({
      ...service,
      tags: [...service.tags, ...(BROKEN[service.name] ?? [])],
    })),
    editConfig: edited((config) => {
      for (const name of ['payment-gateway', 'upi-switch', 'ledger']) {
        // Time to break something while it watches.
        serviceOf(config, name).times['step'] = '6s';
        serviceOf(config, name).times['readiness'] = name === 'ledger' ? '90s' : '20s';
      }
    }),
  });
}, 180_000);
afterAll(() => world?.close(), 60_000);
afterEach(async () => expect(await lostRequests(world)).toEqual([]));

const lane = (service: string): Lane => new Lane(world, service);

async function begin(on: Lane, version: string): Promise<void> {
  await on.plan(ASHA, version);
  await on.approve(BHARAT);
}

async function reach25(on: Lane, version: string): Promise<void> {
  await begin(on, version);
  await on.shows(/25 % reached; watching/, 60_000);
}

/** Refused before anybody was asked, and nothing was made. */
async function refused(on: Lane, version: string, why: RegExp): Promise<void> {
  const before = on.cards().length;
  await on.ask(CHITRA, `/deploy ${on.service} ${version} reason="try"`, /is accepted/);
  await until('its card', () => (on.cards().length > before ? true : null));
  await on.shows(/REFUSED/, 30_000);
  expect(on.words()).toMatch(why);
  expect(on.button('approve')).toBeNull();
  expect(on.deployment('green')).toBeNull();
}

const raises = (on: Lane, since: number): readonly (readonly number[])[] =>
  on
    .weightWrites(since)
    .map(({ weights }) => weights)
    .filter((weights) => weights.some((weight) => weight !== 0 && weight !== 100));

describe('pods that never come', { timeout: 120_000 }, () => {
  const ends = async (service: string, version: string, held: RegExp | null, why: RegExp): Promise<void> => {
    const on = lane(service);
    const since = Date.now();
    await begin(on, version);
    if (held) await on.shows(held, 30_000);
    await on.shows(/ROLLED BACK/, 60_000);
    expect(on.words()).toMatch(why);
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    expect(raises(on, since)).toEqual([]);
    await until('its pods are gone', () => (on.deployment('green')?.replicas === 0 ? true : null), 30_000);
  };

  it('no image, and a crash loop: said while it waits, rolled back at the deadline, never a request', async () => {
    await Promise.all([
      ends(
        'payment-gateway',
        'v2.5.0-no-image',
        /PREPARING, HELD[\s\S]*0 of 3 candidate pods ready: (ErrImagePull|ImagePullBackOff)/,
        /0 of 3 candidate pods ready after 0\.3 min, ImagePullBackOff/,
      ),
      ends(
        'upi-switch',
        'v1.9.1-crashes',
        /PREPARING, HELD[\s\S]*0 of 3 candidate pods ready: CrashLoopBackOff/,
        /0 of 3 candidate pods ready after 0\.3 min, CrashLoopBackOff/,
      ),
    ]);
  });

  it('never ready: rolled back at the deadline, never a request', () =>
    ends('payment-gateway', 'v2.5.1-never-ready', null, /0 of 3 candidate pods ready after 0\.3 min/));
});

describe('a quota', { timeout: 150_000 }, () => {
  // What is left of it would stand in everybody's way.
  afterAll(async () => {
    await release(paths('ledger').green);
    await world.cluster.api.remove(QUOTA);
  });

  const SLOW = 'lab.dabbawala.dev/slow';
  const QUOTA = `/api/v1/namespaces/${NAMESPACE}/resourcequotas/team`;

  /** Resolves once the server counts by it. */
  async function allow(pods: number): Promise<void> {
    await world.cluster.api.put({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team', namespace: NAMESPACE },
      spec: { hard: { pods: String(pods) } },
    });
    await until(
      'the quota counts',
      async () => {
        const { status } = await world.cluster.api.must('GET', QUOTA);
        return status?.hard?.pods === String(pods) ? true : null;
      },
      30_000,
    );
  }

  it('without room refuses the plan; one that fills up after it holds and names itself, and goes on with room', async () => {
    const { api } = world.cluster;
    const on = lane('ledger');
    // Pods of earlier rollouts that are still on their way out would count.
    await world.cluster.settle();
    await allow(500);
    const used = await until(
      'the quota counts the pods that live',
      async () => {
        const { status } = await api.must('GET', QUOTA);
        const pods = await api.list(`/api/v1/namespaces/${NAMESPACE}/pods`);
        const living = pods.filter((pod) => !['Succeeded', 'Failed'].includes(pod.status?.phase)).length;
        return Number(status.used.pods) === living ? living : null;
      },
      30_000,
    );
    await allow(used + 1);
    await refused(
      on,
      'v5.1.0',
      new RegExp(`no room for 2 more pods\\. ResourceQuota team: pods 2 needed, 1 free of ${used + 1}`),
    );

    await allow(500);
    // An idle colour that takes its time to go: the quota fills up between plan and pods.
    const idle = await idleColour(on);
    await begin(on, 'v5.1.0');
    const at = paths('ledger').green;
    await until(
      'the idle colour is being deleted',
      async () => {
        const found = await api.find(at);
        return found?.metadata.uid === idle.metadata.uid && found.metadata.deletionTimestamp ? true : null;
      },
      30_000,
    );
    await allow(1);
    await release(at);
    const held = await on.shows(
      /PREPARING, HELD[\s\S]*0 of 2 candidate pods ready: pods [\s\S]*exceeded quota: team/,
      30_000,
    );
    expect(held.text).toMatch(/0 %/);
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    await api.remove(QUOTA);
    await on.shows(/PROMOTED/, 100_000);
  });

  async function idleColour(on: Lane): Promise<Body> {
    const { api } = world.cluster;
    const blue = restorable(await api.must('GET', paths(on.service).blue));
    const green = JSON.parse(
      JSON.stringify(blue)
        .replaceAll(`${on.service}-blue`, `${on.service}-green`)
        .replaceAll('"dabbawala.dev/colour":"blue"', '"dabbawala.dev/colour":"green"'),
    );
    green.metadata.finalizers = [SLOW];
    green.spec.replicas = 0;
    return api.put(green);
  }

  /** Seen and patched again where the server took another finalizer away in between: none may be added by then. */
  async function release(path: string): Promise<void> {
    const { api } = world.cluster;
    await until(
      'the idle colour may go',
      async () => {
        const { finalizers } = (await api.find(path))?.metadata ?? {};
        if (!finalizers?.includes(SLOW)) return true;
        const body = { metadata: { finalizers: finalizers.filter((name: string) => name !== SLOW) } };
        const { status } = await api.send('PATCH', path, { body, contentType: MERGE_PATCH });
        return status === 200 ? true : null;
      },
      30_000,
    );
  }
});

describe('a right that is gone', { timeout: 150_000 }, () => {
  it('before the plan: refused with verb, resource and the rule that gives it', async () => {
    const giveBack = await takeRight(world.cluster.api, {
      verb: 'get',
      resource: 'deployments',
      asks: ['GET', paths('payment-gateway').template],
    });
    try {
      const on = lane('refunds');
      await on.ask(CHITRA, '/deploy refunds v1.2.1 reason="try"', /is accepted/);
      await on.shows(/REFUSED/, 30_000);
      expect(on.words()).toMatch(
        /refused to get Deployment payments\/refunds\S*: no right to \(403\)[\s\S]*Add this rule to the bot's Role in namespace payments: - \{apiGroups: \["apps"\], resources: \["deployments"\], verbs: \["get"\]\}/,
      );
    } finally {
      await giveBack();
    }
  });

  it('in mid-shift: held with the rule, no weight moves, and with it back one goes on and one goes back', async () => {
    const [goesOn, goesBack] = [lane('payment-gateway'), lane('upi-switch')];
    await Promise.all([reach25(goesOn, 'v2.3.1'), reach25(goesBack, 'v1.9.0')]);
    const giveBack = await takeRight(world.cluster.api, {
      verb: 'patch',
      resource: 'virtualservices',
      asks: ['PATCH', paths('payment-gateway').route],
    });
    try {
      await goesBack.ask(CHITRA, '/rollback upi-switch reason="seen enough"', /is accepted/);
      const rule =
        /Not done yet: Cluster "sandbox" refused to patch VirtualService payments\/\S+: no right to \(403\)\. Add this rule to the bot's Role in namespace payments: - \{apiGroups: \["networking\.istio\.io"\], resources: \["virtualservices"\], verbs: \["patch"\]\}/;
      await goesOn.shows(/SHIFTING, HELD/, 30_000);
      expect(goesOn.words()).toMatch(rule);
      await goesBack.threadSays(rule);
      await goesOn.threadSays(rule);
      for (const on of [goesOn, goesBack]) expect(on.weights()).toEqual({ blue: 75, green: 25 });
      expect(goesBack.words()).not.toMatch(/ROLLED BACK/);
    } finally {
      await giveBack();
    }
    await Promise.all([goesOn.shows(/PROMOTED/, 60_000), goesBack.shows(/ROLLED BACK/, 60_000)]);
    expect(goesOn.weights()).toEqual({ blue: 0, green: 100 });
    expect(goesBack.weights()).toEqual({ blue: 100, green: 0 });
  });
});

describe('a kind that is gone', { timeout: 150_000 }, () => {
  it('CRD and routes deleted in mid-shift: held with the CRD, then with the route, on when both are back', async () => {
    const on = lane('upi-switch');
    await reach25(on, 'v1.9.0');
    const lost = await loseRoutes(world.cluster.api);
    try {
      await on.shows(
        /HELD[\s\S]*does not know the kind VirtualService \(networking\.istio\.io\/v1\)\. Install the CRD virtualservices\.networking\.istio\.io/,
        30_000,
      );
      const other = lane('ledger');
      const before = other.cards().length;
      await other.ask(CHITRA, '/deploy ledger v5.0.4 reason="try"', /is accepted/);
      await until('its card', () => (other.cards().length > before ? true : null));
      await other.shows(
        /REFUSED[\s\S]*does not know the kind VirtualService[\s\S]*Install the CRD virtualservices/,
      );
    } finally {
      await lost.bringBack();
    }
    try {
      await on.shows(
        /HELD[\s\S]*the route object payments\/upi-switch is gone\. Restore it with all weight on v1\.8\.2 \(blue\)/,
        30_000,
      );
      expect(on.words()).not.toMatch(/ROLL(ED|ING) BACK|BAKING|PROMOTED/);
    } finally {
      for (const route of lost.routes) await world.cluster.api.put(route);
    }
    await on.shows(/PROMOTED/, 90_000);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
  });
});

describe('an adoption beside what is there', { timeout: 120_000 }, () => {
  it('a volume of one node refuses it; without it a rule of somebody gets the subsets and keeps its own', async () => {
    const { api } = world.cluster;
    const on = lane('refunds');
    const at = paths('refunds');
    const before = restorable(await api.must('GET', at.template));
    const claim = claimOf('refunds-data', ['ReadWriteOnce']) as Body;
    claim.spec.resources = { requests: { storage: '1Gi' } };
    await api.put(claim);
    // Paused: its template names the claim, its pods stay as they are.
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'refunds-data' } }];
    await api.must('PATCH', at.template, {
      body: { spec: { paused: true, template: { spec: { volumes } } } },
      contentType: STRATEGIC_PATCH,
    });
    await on.ask(CHITRA, '/dabba adopt refunds reason="try"', /is accepted/);
    await on.shows(/REFUSED[\s\S]*Volume claim refunds-data can be mounted on one node alone/, 30_000);
    await api.put(before);

    const trafficPolicy = { connectionPool: { tcp: { maxConnections: 500 } } };
    await api.put({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'refunds', namespace: NAMESPACE },
      spec: { host: 'refunds', trafficPolicy },
    });
    const cards = on.cards().length;
    await on.ask(CHITRA, '/dabba adopt refunds reason="as planned"', /is accepted/);
    await on.newCard(cards, 'approve');
    await on.approve(BHARAT);
    await on.shows(/PROMOTED/, 90_000);
    expect((await api.must('GET', at.rule)).spec).toEqual({
      host: 'refunds',
      trafficPolicy,
      subsets: ['blue', 'green'].map((name) => ({ name, labels: { 'dabbawala.dev/colour': name } })),
    });
  });
});
