import { beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/commands/command.ts';
import type { TypedCommand } from '../../src/commands/run-command.ts';
import { createClickListener } from '../../src/handlers/click-listener.ts';
import { buttons, cardButtons, openers } from '../../src/handlers/index.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { ACTIONS, encodeButton, encodeForm } from '../../src/views/actions.ts';
import { cardRevision, rolloutCard } from '../../src/views/rollout-card.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createFakePeople } from '../fakes/fake-people.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';
import { makeApproval, makeRollout } from '../support/rollout-fixtures.ts';

type Args = Parameters<ReturnType<typeof createClickListener>>[0];
interface Told {
  readonly how: 'ack' | 'respond' | 'open' | 'update' | 'redraw' | 'use case';
  readonly what: unknown;
}

const WAITING = makeRollout({ phase: 'awaiting-approval', approvals: [makeApproval()] });

let services: FakeServices;
let log: ReturnType<typeof createFakeLog>;
let told: Told[];
let people: ReturnType<typeof createFakePeople>;
let typedWords: TypedCommand[];
let answered: Reply;
let respond: (what: unknown) => Promise<void>;

beforeEach(() => {
  services = createFakeServices();
  log = createFakeLog();
  told = [];
  people = createFakePeople();
  respond = async () => undefined;
  typedWords = [];
  answered = {
    kind: 'modal',
    view: { type: 'modal', title: { type: 'plain_text', text: 'Form' }, blocks: [] },
  };
});

const show = (rollout = WAITING): void => {
  services.stored = { rollout, rev: 7, token: 1 };
};
const buttonValue = (rollout = WAITING, overrides: object = {}): string =>
  encodeButton({
    rolloutId: rollout.id,
    approvalId: 'a1',
    digestPrefix: rollout.plan?.digest.slice(0, 12) ?? '',
    revision: cardRevision(rollout),
    ...overrides,
  });

const click = async (actionId: string, value: string, body: object = {}): Promise<void> => {
  const note =
    (how: Told['how'], then: (what: unknown) => Promise<void> = async () => undefined) =>
    async (what?: unknown) => {
      told.push({ how, what });
      await then(what);
    };
  const listen = createClickListener({
    buttons,
    cardButtons,
    openers,
    root: '/dabba',
    runCommand: async (typed) => {
      typedWords.push(typed);
      return answered;
    },
    services,
    people,
    redraw: note('redraw'),
    log,
  });
  await listen({
    ack: note('ack'),
    respond: note('respond', respond),
    client: { views: { open: note('open'), update: note('update') } },
    body: {
      type: 'block_actions',
      user: { id: 'U0BHARAT' },
      team: { id: 'T0DABBA' },
      channel: { id: 'C0WARROOM' },
      trigger_id: 'trigger-1',
      message: { ts: '1.2', text: 'card', blocks: rolloutCard({ rollout: WAITING, rev: 1 }).blocks },
      actions: [{ type: 'button', action_id: actionId, value, action_ts: '3.4' }],
      ...body,
    },
  } as unknown as Args);
};
const ways = (): readonly string[] => told.map((one) => one.how);

describe('a click that acts', () => {
  it('is acked, shows "Processing…" without buttons, acts, and gives the card the last word', async () => {
    show();
    services.answer('vote', async () => {
      told.push({ how: 'use case', what: null });
      return { kind: 'decided', decision: 'approved' };
    });
    await click(ACTIONS.approve, buttonValue());
    expect(ways()).toEqual(['ack', 'respond', 'use case', 'redraw']);
    expect(told[1]?.what).toMatchObject({ replace_original: true, text: 'card' });
    const shown = JSON.stringify(told[1]?.what);
    expect(shown).not.toContain('"type":"actions"');
    expect(shown).toContain('Processing… <@U0BHARAT>');
    expect(services.of('vote')[0]?.args).toEqual([
      {
        person: { id: 'U0BHARAT', name: 'bharat', email: 'bharat@tiffin.example' },
        origin: { via: 'button', team: 'T0DABBA', channel: 'C0WARROOM' },
      },
      {
        rolloutId: WAITING.id,
        approvalId: 'a1',
        decision: 'approve',
        reason: null,
        digestPrefix: WAITING.plan?.digest.slice(0, 12),
      },
    ]);
  });

  it.each([
    [ACTIONS.rollback, 'rollBackRollout', [WAITING.id, null]],
    [ACTIONS.hold, 'hold', [WAITING.target, null]],
    [ACTIONS.go, 'go', [WAITING.target]],
    [ACTIONS.promote, 'promote', [WAITING.target]],
  ] as const)('%s calls %s', async (action, method, args) => {
    show();
    await click(action, buttonValue(WAITING, { approvalId: null }));
    expect(services.of(method).map((call) => call.args.slice(1))).toEqual([args]);
    expect(ways().at(-1)).toBe('redraw');
  });

  it('tells the refused person alone, and draws the card again so that its buttons return', async () => {
    show();
    services.answer('vote', async () => {
      throw new DabbawalaError('self_approval', 'You asked for it yourself.');
    });
    await click(ACTIONS.approve, buttonValue());
    expect(ways()).toEqual(['ack', 'respond', 'redraw', 'respond']);
    expect(told[3]?.what).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      text: expect.stringContaining('self_approval'),
    });
  });

  it('acts although "Processing…" could not be shown', async () => {
    show();
    respond = async () => {
      throw new Error('expired response_url');
    };
    await click(ACTIONS.approve, buttonValue());
    expect(services.of('vote')).toHaveLength(1);
    expect(log.lines.some((line) => line.level === 'warn')).toBe(true);
  });

  it('rolls back without a record, and tells the clicker what no card can say', async () => {
    show();
    services.answer('load', async () => {
      throw new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.');
    });
    services.answer('rollBackRollout', async () => ({
      kind: 'by-route',
      target: WAITING.target,
      rolloutId: WAITING.id,
      ...{ from: 25, stable: 'v2.3.0', candidate: 'v2.3.1' },
    }));
    await click(ACTIONS.rollback, buttonValue());
    expect(told.at(-1)?.what).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringMatching(/v2\.3\.0 has 100 % now[\s\S]*not on record yet/),
    });
  });

  it('does not let a slow response_url delay a rollback', async () => {
    show();
    const { promise, resolve } = Promise.withResolvers<void>();
    respond = () => promise;
    const done = click(ACTIONS.rollback, buttonValue());
    await expect.poll(() => services.of('rollBackRollout').length).toBe(1);
    resolve();
    await done;
    expect(ways().at(-1)).toBe('redraw');
  });
});

describe('a button of an older card', () => {
  const newer = makeRollout();

  it.each([ACTIONS.approve, ACTIONS.hold, ACTIONS.go, ACTIONS.reject])(
    '%s is refused with what is true now',
    async (action) => {
      show(newer);
      await click(action, buttonValue(WAITING));
      expect(
        services.calls.map((call) => call.method).filter((method) => ['vote', 'hold', 'go'].includes(method)),
      ).toEqual([]);
      const refusal = told.filter((one) => one.how === 'respond').at(-1)?.what;
      expect(refusal).toMatchObject({ text: expect.stringMatching(/ANALYSING[\s\S]*stale_button/) });
      expect(services.of('auditDenied')[0]?.args.slice(1)).toEqual([
        'button.click',
        WAITING.id,
        'stale_button',
      ]);
    },
  );

  it('still rolls back while the rollout runs', async () => {
    show(newer);
    await click(ACTIONS.rollback, buttonValue(WAITING));
    expect(services.of('rollBackRollout')).toHaveLength(1);
  });

  it('is not stale because of metrics alone', async () => {
    show({ ...WAITING, observedShare: 3, verdicts: [] });
    await click(ACTIONS.approve, buttonValue(WAITING));
    expect(services.of('vote')).toHaveLength(1);
  });
});

describe('a click that opens a form', () => {
  it('leaves the buttons and asks for the reason of a reject', async () => {
    show();
    await click(ACTIONS.reject, buttonValue());
    expect(ways()).toEqual(['ack', 'open']);
    expect(told[1]?.what).toMatchObject({ trigger_id: 'trigger-1', view: { callback_id: 'reject_modal' } });
    expect(services.of('vote')).toEqual([]);
  });

  it('offers the deploy again, filled in', async () => {
    const closed = makeRollout({ phase: 'closed', outcome: 'void' });
    show(closed);
    await click(ACTIONS.deployAgain, buttonValue(closed));
    expect(told[1]?.what).toMatchObject({ view: { callback_id: 'deploy_modal' } });
    expect(JSON.stringify(told[1]?.what)).toContain('v2.3.1');
  });
});

describe('what is no button of ours', () => {
  it.each([
    ['an unknown action', 'no_such_action', buttonValue()],
    ['a forged value', ACTIONS.approve, 'r-1|a1|x|y'],
    ['an empty value', ACTIONS.approve, ''],
    ['another rollout', ACTIONS.approve, buttonValue(WAITING, { rolloutId: 'r-zzzzzzzzzzzz' })],
  ])('%s is refused in words', async (_name, action, value) => {
    show();
    await click(action, value);
    expect(services.of('vote')).toEqual([]);
    expect(told.filter((one) => one.how === 'respond').at(-1)?.what).toMatchObject({
      response_type: 'ephemeral',
    });
  });

  it('a select inside a form is acked and nothing else', async () => {
    await click('service', '', { view: { id: 'V1' } });
    expect(ways()).toEqual(['ack']);
  });
});

describe('when Slack cannot say who clicks', () => {
  beforeEach(() => {
    people = {
      person: async () => {
        throw new DabbawalaError('groups_unavailable', 'Slack could not say who U0BHARAT is.');
      },
    };
    show();
  });

  it('an approval is refused', async () => {
    await click(ACTIONS.approve, buttonValue());
    expect(services.of('vote')).toEqual([]);
  });

  it('a rollback goes on with the id alone', async () => {
    await click(ACTIONS.rollback, buttonValue());
    expect(services.of('rollBackRollout')[0]?.args[0]).toMatchObject({
      person: { id: 'U0BHARAT', email: null },
    });
  });
});

describe('a button that opens the form of a command', () => {
  it('asks the command as if its person had typed it, with the target of the thread, and opens the form', async () => {
    const { target } = WAITING;
    await click(ACTIONS.openForm, encodeForm({ text: 'lock', target }) ?? '');
    expect(typedWords).toEqual([
      {
        slash: '/dabba',
        text: 'lock',
        userId: 'U0BHARAT',
        team: 'T0DABBA',
        channel: 'C0WARROOM',
        via: 'button',
        thread: { kind: 'card', target },
      },
    ]);
    expect(ways()).toEqual(['ack', 'open']);
  });

  it('says a value that is none of ours, and a server without forms', async () => {
    await click(ACTIONS.openForm, 'a/b|');
    expect(JSON.stringify(told)).toContain('stale_button');
    expect(typedWords).toEqual([]);
  });

  it('says the answer to the person alone where no form is needed any more', async () => {
    answered = { kind: 'ephemeral', message: { text: 'done', blocks: [], classic: [] } };
    await click(ACTIONS.openForm, '-|hold');
    expect(told.at(-1)).toMatchObject({ how: 'respond', what: { replace_original: false, text: 'done' } });
  });
});
