/** Words that the bot does not know, and the help for those it does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, ROOM, wordsOf } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;
let lane: Lane;

beforeAll(async () => {
  world = await startWorld({ pace: 'test', rps: 30, slackLimits: NO_LIMITS, editConfig: edited() });
  memory = new Memory(world);
  lane = new Lane(world, 'payment-gateway');
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const FORMS = [
  [
    DEV,
    'deploy',
    /deploy &lt;service&gt; &lt;version&gt; \[env=…\] \[region=…\] \[reason="…"\] \[fixes=INC-…\] \[dry-run \| supersede\] \[force-forward\]/,
  ],
  [DEV, 'rollback', /rollback &lt;service&gt; .*\n.*without approval/],
  [DEV, 'traffic', /traffic &lt;service&gt; \[&lt;percent&gt;\]/],
  [DEV, 'hold', /hold &lt;service&gt;[\s\S]*a breach still rolls back/],
  [DEV, 'go', /go &lt;service&gt;[\s\S]*skips no rule/],
  [CHITRA, 'status', /status \[&lt;service&gt;\]/],
  [CHITRA, 'history', /history &lt;service&gt;[\s\S]*last 20/],
  [CHITRA, 'lock', /lock &lt;service&gt; reason="…"[\s\S]*never blocks a rollback/],
  [CHITRA, 'unlock', /unlock &lt;service&gt;/],
  [CHITRA, 'menu', /menu[\s\S]*root command alone/],
  [CHITRA, 'help', /help \[&lt;verb&gt;\]/],
] as const;

describe('help', () => {
  it.each(FORMS)('%s asks how to %s', async (user, verb, form) => {
    await lane.ask(user, `/dabba ${verb} help`, form);
  });

  it('lists every verb and knows `help <verb>`', async () => {
    const list = await lane.ask(BHARAT, '/dabba help', /What \/dabba does/);
    for (const [, verb] of FORMS) expect(list).toMatch(new RegExp(`/dabba ${verb}\\b`));
    await lane.ask(BHARAT, '/dabba help rb', /rollback &lt;service&gt;[\s\S]*Also: `abort`, `undo`, `rb`/);
    await lane.ask(BHARAT, '/deploy help', /deploy &lt;service&gt; &lt;version&gt;/);
  });
});

describe('words of strangers', () => {
  const NASTY = '<!channel> <@U0DEV> <!subteam^S0ALLHANDS> <http://x.example|y> `rm` \u202Eevil & *loud*';
  /** Nobody is notified (but whom the card itself names), nothing becomes a link, nothing hides. */
  const isHarmless = (words: string): void => {
    expect(words).toContain('evil');
    expect(words).toMatch(/&lt;!channel&gt; &lt;@U0DEV.*&lt;!subteam\^S0ALLHANDS&gt; .*http:/);
    expect(words).not.toMatch(/<!channel|<@U0DEV|<!subteam\^S0ALLHANDS|<http|\u202e/);
  };
  const isInert = (words: string): void => {
    isHarmless(words);
    expect(words).not.toContain('`rm`');
  };

  it('are inert on card, in thread, form and history', async () => {
    const ledger = new Lane(world, 'ledger');
    const card = await ledger.plan(BHARAT, 'v5.1.0', NASTY.replaceAll('"', ''));
    isInert(ledger.words());
    await ledger.click(CHITRA, 'reject');
    const view = await ledger.view(CHITRA, 'reject_modal');
    expect(await ledger.submit(CHITRA, view, { reason: NASTY })).toEqual({ closed: true });
    await ledger.shows(/REJECTED/);
    isInert(ledger.words());
    isHarmless(await ledger.threadSays(/Rejected by Chitra/, 5000, card));
    isInert(await ledger.ask(BHARAT, '/dabba history ledger', /rejected/));
    isInert(await ledger.ask(BHARAT, `/dabba lock ledger reason="${NASTY}"`, /is locked/));
    isInert(await ledger.ask(CHITRA, '/dabba status ledger', /Locked by/));
    await ledger.ask(BHARAT, '/dabba unlock ledger', /is unlocked/);
    await memory.isFree('ledger');
    const notified = world.slack.messages(ROOM, card.ts).map(wordsOf).join('\n');
    expect(notified).not.toMatch(/<!(channel|here|everyone)/);
  });
});

describe('a verb without its words', () => {
  it('asks in a form that does the same, and shows a refusal in it', async () => {
    const upi = new Lane(world, 'upi-switch');
    const target = 'upi-switch · prod';
    await upi.type(CHITRA, '/dabba lock');
    const lock = await upi.view(CHITRA, 'lock_modal');
    const told = upi.told(CHITRA, /is locked by Chitra: From the form/, async () => {
      expect(await upi.submit(CHITRA, lock, { target, reason: 'From the form' })).toEqual({ closed: true });
    });
    await told;

    await upi.type(CHITRA, '/traffic');
    const traffic = await upi.view(CHITRA, 'traffic_modal');
    const refused = await upi.submit(CHITRA, traffic, { target, percent: '20' });
    expect(refused).toEqual({
      errors: { target: expect.stringMatching(/No rollout of upi-switch is running in prod/) },
    });
    await world.slack.closeView({ user: CHITRA, viewId: traffic.id });

    await upi.type(BHARAT, '/dabba unlock');
    const unlock = await upi.view(BHARAT, 'unlock_modal');
    expect(await upi.submit(BHARAT, unlock, { target })).toEqual({
      errors: { reason: expect.stringMatching(/This is the lock of Chitra/) },
    });
    await upi.told(BHARAT, /is unlocked/, () => upi.submit(BHARAT, unlock, { target, reason: 'Done' }));

    await upi.type(DEV, '/dabba history');
    const pick = await upi.view(DEV, 'pick_target_modal');
    await upi.told(DEV, /newest first[\s\S]*v1\.8\.2/, () => upi.submit(DEV, pick, { target }));
  });
});

describe('words that are not known', () => {
  it.each([
    [
      'a verb',
      '/dabba delpoy payment-gateway v2.3.1',
      /no verb "delpoy"\. Did you mean "deploy"/,
      'unknown_verb',
    ],
    [
      'an option',
      '/deploy payment-gateway v2.3.1 resaon="x"',
      /`deploy` has no option "resaon"\. Did you mean "reason"/,
      'invalid_argument',
    ],
    [
      'a flag',
      '/deploy payment-gateway v2.3.1 --dry-rum',
      /has no flag "dry-rum"\. Did you mean "dry-run"/,
      'invalid_argument',
    ],
    [
      'a word too many',
      '/deploy payment-gateway v2.3.1 dryrun',
      /does not know what to do with "dryrun"\. Did you mean "dry-run"\?[\s\S]*The form is `\/dabba deploy/,
      'invalid_argument',
    ],
    [
      'a service',
      '/deploy paymnt-gateway v2.3.1 reason="x"',
      /no service "paymnt-gateway"\. Did you mean "payment-gateway"/,
      'unknown_service',
    ],
    [
      'an environment',
      '/deploy payment-gateway v2.3.1 env=prd reason="x"',
      /no environment "prd"\. Did you mean "prod"/,
      'unknown_environment',
    ],
    [
      'a percent',
      '/traffic payment-gateway 120',
      /"120" is not a whole percent from 0 to 100/,
      'invalid_argument',
    ],
  ])('%s: the nearest one, nothing done, one record', async (_, typed, answer, code) => {
    const cards = lane.cards().length;
    const told = await lane.ask(ASHA, typed, answer);
    expect(told).toContain(`Code \`${code}\``);
    await memory.recorded(typed, (record) => record.outcome === 'denied' && record.data['code'] === code);
    expect(lane.cards()).toHaveLength(cards);
    expect(await memory.claim('payment-gateway')).toBeNull();
  });

  it('a reason that is missing in production is asked for', async () => {
    await lane.ask(
      ASHA,
      '/deploy payment-gateway v2.3.1',
      /A reason is required in prod[\s\S]*reason="why this goes out now"/,
    );
  });

  it('an eleventh command within a minute is refused, a rollback never', async () => {
    const refused = lane.told(ASHA, /More than 10 commands in a minute/, async () => {
      for (let n = 0; n < 4; n += 1) await lane.type(ASHA, '/dabba help');
    });
    await refused;
    await lane.ask(ASHA, '/rollback payment-gatway', /no service "payment-gatway"/);
  });

  it('a channel that is not listed is no place for commands', async () => {
    const before = lane.cards().length;
    await world.slack.command({
      user: BHARAT,
      channel: 'C0RANDOM',
      text: '/deploy payment-gateway v2.3.1 reason="x"',
    });
    const said = world.slack.messages('C0RANDOM', undefined, BHARAT).at(-1);
    expect(said?.text).toMatch(/not accepted in this channel/);
    expect(JSON.stringify(said?.blocks)).toContain(ROOM);
    expect(lane.cards()).toHaveLength(before);
  });

  it('leave every audit chain whole', async () => {
    expect(await memory.brokenChains()).toEqual([]);
  });
});
