/** Input that cannot be served ends in plain words, touches no traffic and leaves nothing behind. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { addService, edited, NO_LIMITS, paths, seedService, serviceOf } from './support/config.ts';
import { setImage } from './support/hands.ts';
import { ASHA, BHARAT, CHITRA, Lane, lostRequests, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';
import { hideFromNodes } from './support/pulls.ts';

let world: World;
let memory: Memory;

const EXTRAS = ['payouts', 'reversals', 'rewards', 'mandates', 'disputes', 'vouchers'] as const;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      for (const name of EXTRAS) addService(config, name);
      for (const name of ['mandates', 'disputes']) serviceOf(config, name).times['readiness'] = '4s';
      const rewards = serviceOf(config, 'rewards').rules.own[0];
      if (rewards)
        rewards.query =
          '100 * sum(increase(payments_total{destination_workload=~"$workload|rewards-blue"}[$window]))';
      serviceOf(config, 'payment-gateway').times['step'] = '60s';
    }),
  });
  memory = new Memory(world);
  await Promise.all([
    seedService(world, 'payouts', ({ template }) => {
      template.spec.replicas = 2;
    }),
    seedService(world, 'reversals', ({ route }) => {
      for (const { destination } of route.spec.http[0].route) delete destination.subset;
    }),
    seedService(world, 'rewards'),
    seedService(world, 'mandates'),
    seedService(world, 'disputes'),
  ]);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 60_000 } as const;
const lane = (service: string): Lane => new Lane(world, service);

/** A deploy that ends as refused: the claim is free, no approval was asked, no Deployment was made. */
async function refused(on: Lane, user: string, version: string, why: RegExp): Promise<string> {
  const before = on.cards().length;
  await on.ask(user, `/deploy ${on.service} ${version} reason="try"`, /is accepted/);
  await until('its card', () => (on.cards().length > before ? true : null), 5000);
  await on.shows(/REFUSED/);
  const words = on.words();
  expect(words).toMatch(why);
  expect(words).toMatch(/No traffic was touched/);
  expect(on.button('approve')).toBeNull();
  await memory.isFree(on.service);
  await memory.recorded(
    `the refusal of ${on.service}`,
    ({ action, object, outcome }) =>
      action === 'rollout.refused' && outcome === 'refused' && object.startsWith(on.target),
  );
  return words;
}

describe('what stands in the way of a plan', () => {
  it('an unknown service: the nearest names', async () => {
    await lane('ledger').ask(
      ASHA,
      '/deploy leger v5.1.0 reason="x"',
      /no service "leger"\. Did you mean "ledger"\?/,
    );
    await lane('ledger').ask(
      ASHA,
      '/deploy zzzzzzzz v1 reason="x"',
      /no service "zzzzzzzz"[\s\S]*The services are .*ledger/,
    );
  });

  it('a tag or digest that the registry does not have: what the registry said', async () => {
    const words = await refused(
      lane('ledger'),
      ASHA,
      'v9.9.9',
      /has no tiffin\/ledger v9\.9\.9: .*manifest unknown/i,
    );
    expect(words).toContain('image_not_found');
    await refused(lane('ledger'), ASHA, `sha256:${'0'.repeat(64)}`, /has no tiffin\/ledger sha256:0{64}/);
    await lane('ledger').ask(ASHA, '/deploy ledger sha256:12 reason="x"', /neither a tag nor a digest/);
  });

  it('a registry that is away when the plan is made', async () => {
    world.registry.setDown('unavailable');
    try {
      await refused(
        lane('ledger'),
        BHARAT,
        'v5.1.0',
        /answered 503 for tiffin\/ledger[\s\S]*Ask again when it answers/,
      );
    } finally {
      world.registry.setDown(null);
    }
  });

  it('a registry that is away at Approve: nothing is recorded, the card stays', async () => {
    const on = lane('ledger');
    const card = await on.plan(BHARAT, 'v5.1.0');
    world.registry.setDown('reset');
    try {
      await on.told(
        CHITRA,
        /could not be checked again, so nothing was recorded[\s\S]*registry_unavailable/,
        () => on.click(CHITRA, 'approve'),
      );
    } finally {
      world.registry.setDown(null);
    }
    await on.hasButton('approve');
    expect(on.card().ts).toBe(card.ts);
    expect(on.words()).toMatch(/0 of 1 approval/);
    expect((await memory.running('ledger')).approvals[0]).toMatchObject({ state: 'pending', votes: [] });
    await on.ask(BHARAT, '/rollback ledger', /is withdrawn/);
    await on.shows(/WITHDRAWN/);
    await memory.isFree('ledger');
  });

  it('a kind that the cluster does not know: its name', async () => {
    world.cluster.removeKind('networking.istio.io/v1', 'virtualservices');
    world.cluster.removeKind('networking.istio.io/v1beta1', 'virtualservices');
    try {
      await refused(
        lane('ledger'),
        CHITRA,
        'v5.1.0',
        /does not know the kind VirtualService[\s\S]*Install the CRD virtualservices\.networking\.istio\.io/,
      );
    } finally {
      world.cluster.restoreKind('networking.istio.io/v1', 'virtualservices');
      world.cluster.restoreKind('networking.istio.io/v1beta1', 'virtualservices');
    }
  });

  it('a right that the bot does not have: the line of RBAC that gives it', async () => {
    world.cluster.setForbidden({ verb: 'get', resource: 'deployments' });
    try {
      await refused(
        lane('ledger'),
        CHITRA,
        'v5.1.0',
        /refused to get[\s\S]*Add this rule to the bot's Role in namespace payments[\s\S]*deployments[\s\S]*get/,
      );
    } finally {
      world.cluster.clearForbidden();
    }
  });

  it('a right that goes missing while the candidate is made: held with the line, on when it is back', async () => {
    const on = lane('ledger');
    await on.plan(BHARAT, 'v5.1.0');
    world.cluster.setForbidden({ verb: 'create', resource: 'deployments' });
    try {
      await on.approve(CHITRA);
      await on.shows(
        /PREPARING, HELD[\s\S]*Add this rule to the bot's Role in namespace payments[\s\S]*create/,
      );
      expect(on.deployment('green')).toBeNull();
    } finally {
      world.cluster.clearForbidden();
    }
    await until('the candidate is made', () => (on.deployment('green') ? true : null), 5000);
    await on.ask(BHARAT, '/rollback ledger reason="seen enough"', /Rollback of .* is accepted/);
    await on.shows(/ROLLED BACK/);
    await memory.isFree('ledger');
  });

  it('a service whose objects are not there', async () => {
    await refused(lane('vouchers'), CHITRA, 'v5.1.0', /vouchers does not stand as blue and green/);
  });

  it('a service that is not adopted: its template still has pods', async () => {
    await refused(
      lane('payouts'),
      CHITRA,
      'v5.1.0',
      /The template Deployment payouts still runs 2 pods[\s\S]*Adopt it first: press Adopt on its card/,
    );
  });

  it('a service that is not adopted: its route names no colour', async () => {
    await refused(
      lane('reversals'),
      CHITRA,
      'v5.1.0',
      /reversals does not stand as blue and green: .*reversals/,
    );
  });

  it('a rule that could match both colours', async () => {
    await refused(
      lane('rewards'),
      CHITRA,
      'v5.1.0',
      /Rule payment_success could match both colours[\s\S]*Give every selector of the rule/,
    );
  });
});

describe.concurrent('a candidate without an image on its node', () => {
  it('ends rolled back with the reason, and never had traffic', inOrder, async () => {
    const on = lane('mandates');
    world.registry.push('tiffin/ledger', 'v5.2.0', 'nowhere');
    hideFromNodes(world, 'tiffin/ledger', 'v5.2.0');
    await on.plan(BHARAT, 'v5.2.0');
    await on.approve(CHITRA);
    await on.shows(
      /ROLLED BACK[\s\S]*0 of 2 candidate pods ready after [\d.]+ min, (ErrImagePull|ImagePullBackOff)/,
      20_000,
    );
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    expect(on.weightWrites().every(({ weights }) => weights.includes(100))).toBe(true);
    await memory.isFree('mandates');
    await until('the candidate is scaled down', () => (on.deployment('green')?.replicas === 0 ? true : null));
  });
});

describe.concurrent('a candidate that crashes', () => {
  it('ends rolled back with the reason, and never had traffic', inOrder, async () => {
    const on = lane('disputes');
    await world.mesh.setBehaviour('tiffin/ledger', 'v4.9.0', { crashes: true });
    await on.plan(BHARAT, 'v4.9.0');
    await on.approve(CHITRA);
    await on.shows(
      /ROLLED BACK[\s\S]*0 of 2 candidate pods ready after [\d.]+ min(, CrashLoopBackOff)?/,
      20_000,
    );
    expect(on.words()).toMatch(/CrashLoopBackOff/);
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    await memory.isFree('disputes');
  });
});

describe.concurrent('a candidate whose smoke probe fails', () => {
  it('never gets traffic', inOrder, async () => {
    const on = lane('upi-switch');
    await world.faults.apply({ kind: 'payment', service: 'upi-switch', version: 'v1.9.0', percent: 100 });
    await on.plan(BHARAT, 'v1.9.0');
    await on.approve(CHITRA);
    await on.shows(/ROLLED BACK[\s\S]*Probe (gateway|smoke) failed: /, 30_000);
    expect(on.words()).toMatch(/one-rupee payment: 200 FAILED|of 10 succeeded/);
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    expect(
      on
        .weightWrites()
        .flatMap(({ weights }) => weights)
        .filter((weight) => ![0, 100].includes(weight)),
    ).toEqual([]);
    await on.threadSays(/Probe (gateway|smoke) failed/);
    const seen = await fetch(
      `${world.prometheus.url}/api/v1/query?${new URLSearchParams({ query: 'sum(istio_requests_total{destination_workload="upi-switch-green",source_workload="checkout"}) or vector(0)' })}`,
    );
    const answer = (await seen.json()) as { data: { result: { value: [number, string] }[] } };
    expect(answer.data.result[0]?.value[1]).toBe('0');
    await memory.isFree('upi-switch');
  });
});

describe.concurrent('hands on the route in mid-shift', () => {
  const edit = (percent: number) =>
    world.faults.apply({ kind: 'editRoute', service: 'payment-gateway', percent });

  it('an edit up is set back twice, then the rollout pauses and asks', inOrder, async () => {
    const on = lane('payment-gateway');
    await on.plan(ASHA, 'v2.3.1');
    await on.approve(BHARAT);
    await on.shows(/25 % reached; watching/, 30_000);
    for (const percent of [60, 70]) {
      await edit(percent);
      await on.threadSays(new RegExp(`kubectl-edit set ${percent} %; set back to 25 %`));
      await on.weighs('green', 25, 3000);
    }
    await edit(80);
    await on.shows(/PAUSED[\s\S]*Another controller owns this field: kubectl-edit keeps setting 80 %/);
    expect(on.weights().green).toBe(80);
    await on.threadSays(/Another controller owns this field[\s\S]*U0ASHA[\s\S]*S0ONCALL/);
    expect((await on.hasButton('go')).text?.text).toBe('Go on');
    await on.hasButton('rollback');
    const edits = (await memory.audit('payment-gateway')).filter(
      ({ action }) => action === 'rollout.foreign_edit',
    );
    expect(edits.map(({ data }) => [data['manager'], data['seen'], data['desired']])).toEqual([
      ['kubectl-edit', 60, 25],
      ['kubectl-edit', 70, 25],
    ]);
  });

  it('an edit down is a rollback order, never undone', inOrder, async () => {
    const on = lane('payment-gateway');
    await on.ask(ASHA, '/dabba go payment-gateway', /goes on with its plan/);
    await on.shows(/80 % [\s\S]*ANALYSING|ANALYSING[\s\S]*80 %/);
    const editedAt = Date.now();
    await edit(5);
    await on.shows(
      /(ROLLING BACK|ROLLED BACK)[\s\S]*kubectl-edit lowered the candidate from 80 % to 5 %: taken as a rollback order/,
    );
    await on.weighs('green', 0, 3000);
    expect(on.weightWrites(editedAt).map(({ weights }) => weights.toSorted((a, b) => a - b))).toEqual([
      [0, 100],
    ]);
    await on.shows(/ROLLED BACK/);
    await memory.isFree('payment-gateway');
    const route = world.cluster.read(paths('payment-gateway').route);
    expect(JSON.stringify(route?.metadata.managedFields)).not.toMatch(/dabbawala/);
  });

  it('another image of stable in mid-shift pauses and is named', inOrder, async () => {
    const on = lane('payment-gateway');
    await on.plan(ASHA, 'v2.3.1');
    await on.approve(BHARAT);
    await on.shows(/25 % reached; watching/, 30_000);
    const digest = world.registry.digestOf('tiffin/payment-gateway', 'v2.4.0');
    await setImage(on, 'blue', `${world.registry.host}/tiffin/payment-gateway@${digest}`);
    const short = digest.slice(7, 19);
    await on.shows(new RegExp(`PAUSED[\\s\\S]*Stable changed: blue runs ${short}, and ran [0-9a-f]{12}`));
    await on.threadSays(/Stable changed[\s\S]*U0ASHA/);
    expect(on.weights().green).toBe(25);
    expect((await on.hasButton('rollback')).confirm?.text.text).toContain(short);
    await on.ask(
      BHARAT,
      '/dabba rollback payment-gateway reason="stable is another"',
      /weight|traffic|back/i,
    );
    await on.weighs('green', 0, 5000);
    await on.shows(/ROLLED BACK/, 20_000);
    await memory.isFree('payment-gateway');
  });
});

describe('all of it', () => {
  it('lost no request and left every audit chain whole', async () => {
    expect(await lostRequests(world)).toEqual([]);
    expect(await memory.brokenChains()).toEqual([]);
  });
});
