/** What people ask of the bot, from `/deploy` to the end and back: the whole bot in the sandbox's world, three services at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { APPROVERS, addService, edited, NO_LIMITS, seedService, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, lostRequests, ROOM, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';
import { afterNextPull } from './support/pulls.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      serviceOf(config, 'payment-gateway').times.drain = '10s';
      addService(config, 'wallet', {
        approval: { prod: { approvers: APPROVERS, expiry: '13s', reminder: '1s' } },
      });
      serviceOf(config, 'ledger').approval = { prod: { approvers: APPROVERS, needed: 2 } };
    }),
  });
  memory = new Memory(world);
  await seedService(world, 'wallet');
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 60_000 } as const;
/** Only the weight moved: no Deployment was written between the ask and the route's return. */
const WITHIN_MS = 2500;

describe.concurrent('payment-gateway: one rollout, stopped, shifted by hand, taken back in its drain time', () => {
  const pg = (): Lane => new Lane(world, 'payment-gateway');
  let cardTs = '';

  it('a command brings a plan card within a second', inOrder, async () => {
    const lane = pg();
    // A bot that has just started opens every connection for the first time: that is not what is promised.
    await lane.ask(BHARAT, '/deploy payment-gateway v2.3.1 reason="warm" dry-run', /DRY RUN/);
    const askedAt = Date.now();
    await lane.ask(
      ASHA,
      '/deploy payment-gateway v2.3.1 reason="Refund fix"',
      /Deploy of \*v2\.3\.1\* to \*payment-gateway · prod\* is accepted/,
    );
    const card = await lane.newCard(0, 'approve');
    cardTs = card.ts;
    const posted = world.slack
      .log()
      .find(({ method, ts }) => method === 'chat.postMessage' && ts === card.ts);
    expect((posted?.at ?? Number.POSITIVE_INFINITY) - askedAt).toBeLessThan(1000);

    const words = lane.words();
    expect(words).toMatch(/WAITING FOR APPROVAL/);
    expect(words).toMatch(/v2\.3\.0 → v2\.3\.1/);
    expect(words).toContain(lane.digestOf('v2.3.1').slice(7, 19));
    expect(words).toMatch(/\*Steps\* 25 → 100 %/);
    expect(words).toMatch(/Payment success/);
    expect(words).toMatch(/Reason: Refund fix/);
    expect(words).toMatch(/0 of 1 approval/);
    expect(words).toMatch(/If metrics are unknown\* for .*: it holds/);
    const rollout = await memory.running('payment-gateway');
    expect(rollout.phase).toBe('awaiting-approval');
    expect(lane.deployment('green')).toBeNull();
  });

  it(
    'neither the requester nor an outsider may approve: both hear why, both are on record',
    inOrder,
    async () => {
      const lane = pg();
      await lane.told(ASHA, /You asked for this: somebody else must decide/, () =>
        lane.click(ASHA, 'approve'),
      );
      await lane.told(DEV, /You are not an approver of this service here/, () => lane.click(DEV, 'approve'));
      const record = (user: string, code: string) =>
        memory.recorded(
          `the denied click of ${user}`,
          ({ action, actor, outcome, data, object }) =>
            action === 'approval.vote' &&
            actor?.id === user &&
            outcome === 'denied' &&
            data['code'] === code &&
            object.startsWith(lane.target),
        );
      expect((await record(ASHA, 'self_approval')).planDigest).toMatch(/^[0-9a-f]{64}$/);
      await record(DEV, 'not_allowed');

      await lane.hasButton('approve');
      expect(lane.words()).toMatch(/0 of 1 approval/);
      expect((await memory.running('payment-gateway')).approvals[0]?.votes).toEqual([]);
      await lane.ask(
        DEV,
        '/deploy payment-gateway v2.4.0 reason="x"',
        /You may not deploy payment-gateway in prod[\s\S]*Allowed: /,
      );
      await memory.recorded(
        'a denied deploy',
        ({ action, actor, outcome }) =>
          action === 'deploy.request' && actor?.id === DEV && outcome === 'denied',
      );
    },
  );

  it('a second deploy is refused with requester, reason and age', inOrder, async () => {
    const lane = pg();
    await lane.ask(
      BHARAT,
      '/deploy pg v2.4.0 reason="Faster"',
      /v2\.3\.1 is being rolled out to payment-gateway \(awaiting-approval\), asked for by Asha \d+ min ago: Refund fix/,
    );
    expect(lane.cards()).toHaveLength(1);
  });

  it('an approver starts it; a late click is told what is true now', inOrder, async () => {
    const lane = pg();
    const asked = lane.card();
    await lane.click(BHARAT, 'approve');
    await lane.shows(/PREPARING|PROBING/);
    expect(lane.words()).toMatch(/Approved: ✅ .*Bharat|Approved by Bharat/);
    await lane.threadSays(/Bharat approved/);
    await lane.told(
      CHITRA,
      /The card changed after this button was drawn\. Now: .*payment-gateway · prod · P(REPARING|ROBING)/,
      () => lane.click(CHITRA, 'approve', asked),
    );
    await memory.recorded(
      'the stale click',
      ({ action, actor, data }) =>
        action === 'button.click' && actor?.id === CHITRA && data['code'] === 'stale_button',
    );
  });

  it('hold pauses where it is; status and traffic say so', inOrder, async () => {
    const lane = pg();
    await lane.weighs('green', 25);
    await lane.ask(ASHA, '/dabba hold pg reason="looking at logs"', /Hold of .* is accepted/);
    await lane.shows(/PAUSED[\s\S]*Paused by Asha: looking at logs/);
    await lane.ask(ASHA, '/traffic pg', /75 % to v2\.3\.0 \(blue\), 25 % to v2\.3\.1 \(green\)[\s\S]*PAUSED/);
    const status = await lane.ask(DEV, '/dabba status payment-gateway', /PAUSED/);
    expect(status).toMatch(/Asked by Asha .*ago, approved by Bharat/);
    expect(status).toMatch(/Error rate/);
    expect(lane.weights()).toEqual({ blue: 75, green: 25 });
  });

  it('traffic up is asked on the same card, and never granted by who asks', inOrder, async () => {
    const lane = pg();
    const answer = await lane.ask(
      BHARAT,
      '/traffic payment-gateway 60',
      /60 % to v2\.3\.1, 40 % to v2\.3\.0/,
    );
    expect(answer).toMatch(/An approval is asked on the card/);
    await lane.shows(/Approval wanted: 60 % to v2\.3\.1, 40 % to v2\.3\.0/);
    expect(lane.card().ts).toBe(cardTs);
    expect((await lane.hasButton('approve')).text?.text).toBe('Approve 60 %');

    await lane.told(BHARAT, /somebody else must decide/, () => lane.click(BHARAT, 'approve'));
    await lane.hasButton('approve');
    expect(lane.weights().green).toBe(25);
    await lane.click(CHITRA, 'approve');
    await lane.weighs('green', 60);
    await lane.shows(/60 % reached; watching/);
    expect(lane.cards()).toHaveLength(1);
  });

  it('traffic down moves at once and pauses; go goes on', inOrder, async () => {
    const lane = pg();
    const askedAt = Date.now();
    await lane.ask(ASHA, '/traffic payment-gateway 30', /30 % to v2\.3\.1, 70 % to v2\.3\.0[\s\S]*at once/);
    await lane.weighs('green', 30, WITHIN_MS);
    expect((lane.weightWrites(askedAt)[0]?.at ?? 0) - askedAt).toBeLessThan(WITHIN_MS);
    await lane.shows(/PAUSED[\s\S]*Asha set 30 % to the candidate/);
    expect(lane.weights()).toEqual({ blue: 70, green: 30 });
    await lane.ask(ASHA, '/dabba go payment-gateway', /goes on with its plan/);
    await lane.shows(/(ANALYSING|SHIFTING)[\s\S]*30 %/);
    await lane.weighs('green', 100);
  });

  it('in the drain time a rollback is a change of weight alone', inOrder, async () => {
    const lane = pg();
    await lane.shows(/DRAINING/, 30_000);
    expect(lane.deployment('blue')?.ready).toBe(3);
    const askedAt = Date.now();
    await lane.ask(
      ASHA,
      '/rollback payment-gateway reason="Partner asked"',
      /100 % goes back to v2\.3\.0 now/,
    );
    await lane.weighs('green', 0, WITHIN_MS);
    expect(lane.weights()).toEqual({ blue: 100, green: 0 });
    expect(lane.deploymentWrites(askedAt)).toEqual([]);
    await lane.shows(/ROLLED BACK[\s\S]*Asha rolled back: Partner asked/);
    await until('the candidate is scaled down and kept', () =>
      lane.deployment('green')?.replicas === 0 ? true : null,
    );
    expect(lane.deploymentWrites(askedAt)).toEqual([
      expect.stringMatching(/^PATCH .*payment-gateway-green$/),
    ]);
    expect(lane.card().ts).toBe(cardTs);
  });

  it('history shows who asked, who approved and why it ended', inOrder, async () => {
    const lane = pg();
    const history = await lane.ask(DEV, '/dabba history payment-gateway', /newest first/);
    const [newest] = history.split('\n\n');
    expect(newest).toMatch(/v2\.3\.0 → v2\.3\.1\* · rolled back after/);
    expect(newest).toMatch(/Asha, approved by Bharat/);
    expect(newest).toMatch(/Asha rolled back: Partner asked/);
    expect(history).toMatch(/v2\.2\.1 → v2\.3\.0\* · promoted/);
    await memory.isFree('payment-gateway');
  });
});

describe.concurrent('upi-switch: a form, a reject, a lock, an end, and the fast lane back', () => {
  const upi = (): Lane => new Lane(world, 'upi-switch');

  it('a dry run shows the plan and stores nothing', inOrder, async () => {
    const lane = upi();
    const before = await memory.rollouts('upi-switch');
    const shown = await lane.ask(CHITRA, '/deploy upi v1.9.0 dry-run', /DRY RUN/);
    expect(shown).toMatch(/v1\.8\.2 → v1\.9\.0 · would ask for approval\. Nothing was stored\./);
    expect(shown).toMatch(/\*Steps\* 25 → 100 %/);
    expect(await memory.rollouts('upi-switch')).toHaveLength(before.length);
    expect(await memory.claim('upi-switch')).toBeNull();
    expect(lane.cards()).toHaveLength(0);
  });

  it('without arguments a form asks; a fault stands at its field', inOrder, async () => {
    const lane = upi();
    await lane.type(CHITRA, '/deploy');
    const view = await lane.view(CHITRA, 'deploy_modal');
    const suggest = async (query: string): Promise<readonly string[]> => {
      const options = await world.slack.suggest({
        user: CHITRA,
        viewId: view.id,
        actionId: 'version',
        query,
      });
      return options.map((option) => String((option as { text: { text: string } }).text.text));
    };
    expect(await suggest('')).toEqual(['Pick a service first']);
    await world.slack.click({ user: CHITRA, viewId: view.id, actionId: 'service', value: 'upi-switch' });
    const all = await suggest('');
    expect(all.map((label) => label.split(' ')[0])).toEqual([
      'v1.9.0',
      'v1.8.2',
      'v1.8.1',
      'v1.8.0',
      'v1.7.0',
    ]);
    expect(await suggest('1.8.')).toHaveLength(3);
    expect(await suggest('v9')).toEqual(['No version begins with "v9"']);

    const refused = await lane.submit(CHITRA, view, { service: 'upi-switch', version: 'v1.9.0' });
    expect(refused).toEqual({ errors: { reason: expect.stringMatching(/A reason is required in prod/) } });
    expect(lane.cards()).toHaveLength(0);
    const taken = await lane.submit(CHITRA, view, {
      service: 'upi-switch',
      version: 'v1.9.0',
      reason: 'From the form',
    });
    expect(taken).toEqual({ closed: true });
    await lane.newCard(0, 'approve');
    expect(lane.words()).toMatch(/Reason: From the form/);
  });

  it('a reject asks for a reason, by an approver alone, and closes', inOrder, async () => {
    const lane = upi();
    await lane.click(DEV, 'reject');
    const outsiders = await lane.view(DEV, 'reject_modal');
    const denied = await lane.submit(DEV, outsiders, { reason: 'I do not like it' });
    expect(denied).toEqual({ errors: { reason: expect.stringMatching(/not an approver/) } });
    await memory.recorded(
      'the denied reject',
      ({ action, actor, data }) =>
        action === 'approval.vote' && actor?.id === DEV && data['decision'] === 'reject',
    );

    await lane.click(BHARAT, 'reject');
    const view = await lane.view(BHARAT, 'reject_modal');
    expect(JSON.stringify(view.blocks)).toMatch(/upi-switch · prod, v1\.8\.2 → v1\.9\.0/);
    expect(await lane.submit(BHARAT, view, {})).toEqual({ errors: { reason: expect.any(String) } });
    expect((await memory.running('upi-switch')).approvals[0]?.state).toBe('pending');
    expect(await lane.submit(BHARAT, view, { reason: 'Month end' })).toEqual({ closed: true });
    await lane.shows(/REJECTED[\s\S]*Rejected by Bharat: Month end/);
    expect(lane.button('approve')).toBeNull();
    await memory.isFree('upi-switch');
    expect(lane.deployment('green')).toBeNull();
  });

  it('a rollback before approval withdraws the request', inOrder, async () => {
    const lane = upi();
    const asked = await lane.plan(CHITRA, 'v1.9.0');
    await lane.ask(
      CHITRA,
      '/rollback upi-switch',
      /The request to deploy v1\.9\.0 to .* is withdrawn\. No traffic was touched/,
    );
    await lane.shows(/WITHDRAWN[\s\S]*Withdrawn by Chitra before approval/);
    expect(lane.card().ts).toBe(asked.ts);
    await memory.isFree('upi-switch');
    expect(lane.deployment('green')).toBeNull();
    await lane.told(BHARAT, /The card changed after this button was drawn\. Now: .*WITHDRAWN/, () =>
      lane.click(BHARAT, 'approve', asked),
    );
  });

  it('a deploy ends promoted and scales the former stable down', inOrder, async () => {
    const lane = upi();
    await lane.plan(CHITRA, 'v1.9.0', 'New switch');
    await lane.approve(BHARAT);
    await lane.shows(/PROMOTED/, 45_000);
    expect(lane.weights()).toEqual({ blue: 0, green: 100 });
    expect(lane.deployment('green')?.image).toContain(lane.digestOf('v1.9.0'));
    await until('the former stable is scaled down and kept', () =>
      lane.deployment('blue')?.ready === 0 ? true : null,
    );
    await memory.isFree('upi-switch');
  });

  it('a lock names owner, reason and age, and refuses a deploy', inOrder, async () => {
    const lane = upi();
    await lane.ask(
      BHARAT,
      '/dabba lock upi-switch reason="NPCI window"',
      /upi-switch · prod.* is locked by Bharat: NPCI window/,
    );
    await lane.ask(
      CHITRA,
      '/dabba lock upi-switch reason="mine"',
      /is locked by Bharat since \d+ min: NPCI window/,
    );
    await lane.ask(DEV, '/dabba status upi-switch', /Locked by Bharat for \d+ s: NPCI window/);
    await lane.ask(CHITRA, '/deploy upi-switch v1.8.1 reason="Back"', /is accepted/);
    await lane.shows(/REFUSED[\s\S]*Locked by Bharat: NPCI window[\s\S]*Ask the owner to unlock/);
    await memory.isFree('upi-switch');
  });

  it(
    'after the end a rollback is a fast lane to the last good version, in spite of the lock',
    inOrder,
    async () => {
      const lane = upi();
      const cards = lane.cards().length;
      await lane.ask(
        BHARAT,
        '/dabba rb upi-switch reason="Timeouts"',
        /Rollback of .* to its last good version is accepted/,
      );
      await until('its card', () => (lane.cards().length > cards ? true : null), 5000);
      await lane.shows(/rollback: v1\.9\.0 → v1\.8\.2/);
      expect(lane.button('approve')).toBeNull();
      await lane.shows(/PROMOTED[\s\S]*No approval: back to the last good version/, 40_000);
      expect(lane.weights()).toEqual({ blue: 100, green: 0 });
      expect(lane.deployment('blue')?.image).toContain(lane.digestOf('v1.8.2'));
      const steps = lane.thread().filter((line) => /^Shifting to/.test(line));
      expect(steps.map((line) => line.split('\n')[0])).toEqual(['Shifting to 100 %']);
      const done = (await memory.rollouts('upi-switch')).find(
        ({ kind, phase }) => kind === 'rollback' && phase === 'promoted',
      );
      expect(done?.approvals).toEqual([]);
      const history = await lane.ask(DEV, '/dabba history upi-switch', /newest first/);
      expect(history.split('\n\n')[0]).toMatch(/v1\.9\.0 → v1\.8\.2\* · rollback, promoted after/);
    },
  );

  it("unlocking another's lock needs a reason and names both", inOrder, async () => {
    const lane = upi();
    await lane.ask(
      CHITRA,
      '/dabba unlock upi-switch',
      /This is the lock of Bharat \(NPCI window\): ending it needs a reason/,
    );
    await lane.ask(
      CHITRA,
      '/dabba unlock upi-switch reason="Window is over"',
      /is unlocked\. It was locked by Bharat .*NPCI window/,
    );
    const record = await memory.recorded('the unlock', ({ action }) => action === 'lock.end');
    expect(record.actor?.id).toBe(CHITRA);
    expect(record.data).toMatchObject({ owner: BHARAT, reason: 'Window is over' });
    await lane.ask(BHARAT, '/dabba unlock upi-switch', /is not locked/);
  });
});

describe.concurrent('ledger: two approvers, tags that move, rollbacks in mid-shift', () => {
  const ledger = (): Lane => new Lane(world, 'ledger');

  it('two different people are needed', inOrder, async () => {
    const lane = ledger();
    await lane.plan(ASHA, 'v5.1.0');
    expect(lane.words()).toMatch(/0 of 2 approvals/);
    await lane.approve(BHARAT);
    await lane.shows(/1 of 2 approvals.* · ✅ Bharat/);
    await lane.approve(BHARAT);
    await lane.hasButton('approve');
    const rollout = await memory.running('ledger');
    expect(rollout.approvals[0]).toMatchObject({ state: 'pending', votes: [{ person: { id: BHARAT } }] });
    await memory.recorded(
      'the second click of one person',
      ({ action, actor, data }) =>
        action === 'approval.vote' && actor?.id === BHARAT && data['repeated'] === true,
    );
    expect(lane.deployment('green')).toBeNull();
    await lane.approve(CHITRA);
    await lane.shows(/PREPARING|PROBING/);
    await lane.threadSays(/Chitra approved/);
  });

  it('a rollback command in mid-shift is a change of weight alone', inOrder, async () => {
    const lane = ledger();
    await lane.weighs('green', 25);
    const askedAt = Date.now();
    await lane.ask(ASHA, '/rollback ld reason="Wrong build"', /100 % goes back to v5\.0\.4 now/);
    await lane.weighs('green', 0, WITHIN_MS);
    const [first] = lane.weightWrites(askedAt);
    expect(first?.weights.toSorted()).toEqual([0, 100]);
    expect((first?.at ?? Number.POSITIVE_INFINITY) - askedAt).toBeLessThan(WITHIN_MS);
    expect(lane.deploymentWrites(askedAt)).toEqual([]);
    await lane.shows(/ROLLED BACK[\s\S]*Asha rolled back: Wrong build/);
    expect(lane.words()).toMatch(/0 %, was 25 %/);
    await memory.isFree('ledger');
  });

  it('a tag that moved after the plan was shown voids it at the click', inOrder, async () => {
    const lane = ledger();
    await lane.plan(ASHA, 'v5.0.3');
    world.registry.push('tiffin/ledger', 'v5.0.3', 'rebuilt');
    await lane.told(
      BHARAT,
      /Not approved: v5\.0\.3 points to another digest after the plan was shown[\s\S]*ref_changed/,
      () => lane.click(BHARAT, 'approve'),
    );
    await lane.shows(/VOID[\s\S]*ref_changed/);
    expect(lane.words()).toMatch(/points to another digest|plan changed/);
    await memory.isFree('ledger');
  });

  it('and between the last click and the start', inOrder, async () => {
    const lane = ledger();
    await lane.plan(ASHA, 'v4.9.0');
    await lane.approve(BHARAT);
    await lane.shows(/1 of 2 approvals/);
    afterNextPull(world, 'tiffin/ledger', 'v4.9.0', () =>
      world.registry.push('tiffin/ledger', 'v4.9.0', 'rebuilt'),
    );
    const askedAt = Date.now();
    await lane.click(CHITRA, 'approve');
    await lane.shows(/VOID[\s\S]*v4\.9\.0 points to another digest after the plan was shown/);
    const last = (await memory.rollouts('ledger')).find(
      ({ version, outcome }) => version === 'v4.9.0' && outcome === 'void',
    );
    expect(last?.approvals[0]?.votes).toHaveLength(2);
    expect(lane.deploymentWrites(askedAt)).toEqual([]);
    await memory.isFree('ledger');

    await lane.click(ASHA, 'deploy_again');
    const form = await lane.view(ASHA, 'deploy_modal');
    expect(JSON.stringify(form.blocks)).toMatch(/v4\.9\.0/);
    await world.slack.closeView({ user: ASHA, viewId: form.id });
  });

  it('the rollback button asks with both versions and takes all traffic back', inOrder, async () => {
    const lane = ledger();
    await lane.plan(ASHA, 'v5.1.0');
    await lane.approve(BHARAT);
    await lane.shows(/1 of 2 approvals/);
    await lane.approve(CHITRA);
    await lane.weighs('green', 25);
    await lane.shows(/25 % · seen/);
    const { confirm } = await lane.hasButton('rollback');
    expect(confirm?.text.text).toMatch(
      /Move 100 % of ledger · prod back to v5\.0\.4\? v5\.1\.0 has 25 % now/,
    );
    const askedAt = Date.now();
    await lane.click(BHARAT, 'rollback');
    await lane.weighs('green', 0, WITHIN_MS);
    expect(lane.deploymentWrites(askedAt)).toEqual([]);
    await lane.shows(/ROLLED BACK[\s\S]*Bharat rolled back/);
    await lane.threadSays(/Bharat rolled back[\s\S]*U0ASHA[\s\S]*S0ONCALL/);
    await memory.isFree('ledger');
  });
});

describe.concurrent('wallet: nobody decides', () => {
  it('the approvers are reminded, then it expires and closes', inOrder, async () => {
    const lane = new Lane(world, 'wallet');
    const asked = await lane.plan(BHARAT, 'v5.1.0');
    expect(lane.words()).toMatch(/Expires at .*Reminder at/);
    await lane.threadSays(/Still waiting for approval; expires in 1 min[\s\S]*<!subteam\^S0APPROVE>/);
    expect(lane.words()).toMatch(/WAITING FOR APPROVAL/);
    await lane.shows(/EXPIRED[\s\S]*Nobody decided in time/, 20_000);
    expect(lane.button('approve')).toBeNull();
    await lane.threadSays(/Nobody decided in time[\s\S]*<@U0BHARAT>/);
    await memory.isFree('wallet');
    await lane.told(CHITRA, /Now: .*EXPIRED/, () => lane.click(CHITRA, 'approve', asked));
    expect(lane.deployment('green')).toBeNull();
  });
});

describe('all of it', () => {
  it('lost no request, posted one card per rollout, and left every audit chain whole', async () => {
    expect(await lostRequests(world)).toEqual([]);
    expect(await memory.brokenChains()).toEqual([]);
    const cards = world.slack.messages(ROOM).filter(({ metadata }) => metadata !== undefined);
    const ids = cards.map(({ metadata }) => metadata?.event_payload['dedup_id']);
    expect(new Set(ids).size).toBe(ids.length);
    const failures = world.slack
      .log()
      .filter(({ error, method }) => error !== null && method !== 'response_url');
    expect(failures).toEqual([]);
  });
});
