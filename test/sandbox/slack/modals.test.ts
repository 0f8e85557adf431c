import type { App, ViewClosedAction } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { handClock, type Pair, startPair, until } from './bolt.ts';

let pair: Pair;
afterEach(() => pair?.close());

const user = 'U0ASHA';
const at = { user, channel: 'C0WARROOM' };
const plain = (text: string) => ({ type: 'plain_text', text }) as const;
const option = (value: string) => ({ text: plain(`The ${value}`), value });

const MODAL = {
  type: 'modal' as const,
  callback_id: 'deploy_modal',
  title: plain('Deploy'),
  submit: plain('Go'),
  private_metadata: 'kept',
  notify_on_close: true,
  blocks: [
    {
      type: 'input' as const,
      block_id: 'service',
      label: plain('Service'),
      dispatch_action: true,
      element: {
        type: 'static_select' as const,
        action_id: 'service_pick',
        options: [option('ledger'), option('upi')],
        initial_option: option('ledger'),
      },
    },
    {
      type: 'input' as const,
      block_id: 'version',
      label: plain('Version'),
      element: { type: 'external_select' as const, action_id: 'version_pick', min_query_length: 0 },
    },
    {
      type: 'input' as const,
      block_id: 'reason',
      label: plain('Reason'),
      element: { type: 'plain_text_input' as const, action_id: 'reason_text', max_length: 10 },
    },
  ],
};

type Ack = Record<string, unknown> | undefined;

/** `/m` opens the modal; `acks` are the answers to its submissions, in turn. */
function modalApp(acks: Ack[], submitted: Record<string, unknown>[] = [], closed: unknown[] = []) {
  return (app: App): void => {
    app.command('/m', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: MODAL });
    });
    app.options('version_pick', async ({ ack, payload }) => {
      const all = ['v1.0.0', 'v1.1.0', 'v2.0.0'].filter((each) => each.startsWith(payload.value));
      await ack({ options: all.map(option) });
    });
    app.action('service_pick', async ({ ack }) => ack());
    app.view('deploy_modal', async ({ ack, view, body }) => {
      submitted.push({ values: view.state.values, metadata: view.private_metadata, by: body.user.id });
      await (ack as (answer?: Ack) => Promise<void>)(acks.shift());
    });
    app.view({ callback_id: 'deploy_modal', type: 'view_closed' }, async ({ ack, body }) => {
      closed.push((body as ViewClosedAction).is_cleared);
      await ack();
    });
  };
}

const open = async () => {
  await pair.slack.command({ ...at, text: '/m' });
  return until('the modal is open', () => pair.slack.views(user)[0]);
};

describe('modals', () => {
  it('are opened, filled in, and closed by an empty acknowledgement', async () => {
    const submitted: Record<string, unknown>[] = [];
    pair = await startPair(modalApp([undefined], submitted));
    const view = await open();
    expect(view).toMatchObject({ callback_id: 'deploy_modal', state: { values: { service: {} } } });
    expect(pair.slack.views('U0DEV')).toEqual([]);
    const result = await pair.slack.submit({
      user,
      viewId: view.id,
      values: { version_pick: 'v1.1.0', reason: 'because' },
    });
    expect(result).toEqual({ closed: true });
    expect(submitted).toEqual([
      {
        by: user,
        metadata: 'kept',
        values: {
          service: { service_pick: { type: 'static_select', selected_option: option('ledger') } },
          version: { version_pick: { type: 'external_select', selected_option: option('v1.1.0') } },
          reason: { reason_text: { type: 'plain_text_input', value: 'because' } },
        },
      },
    ]);
    expect(pair.slack.views(user)).toEqual([]);
  });

  it('take Slack’s nested state, and remember what was chosen', async () => {
    const submitted: Record<string, unknown>[] = [];
    pair = await startPair(modalApp([undefined], submitted));
    const view = await open();
    await pair.slack.click({ user, viewId: view.id, actionId: 'service_pick', value: 'upi' });
    expect(pair.seen.at(-1)).toMatchObject({
      type: 'block_actions',
      container: { type: 'view', view_id: view.id },
      actions: [{ action_id: 'service_pick', selected_option: { value: 'upi' } }],
    });
    await pair.slack.submit({
      user,
      viewId: view.id,
      values: {
        version: { version_pick: { type: 'external_select', selected_option: option('v2.0.0') } },
        reason: { reason_text: { value: 'why not' } },
      },
    });
    expect(submitted[0]?.values).toMatchObject({
      service: { service_pick: { selected_option: { value: 'upi' } } },
      version: { version_pick: { selected_option: { value: 'v2.0.0' } } },
      reason: { reason_text: { value: 'why not' } },
    });
  });

  it('show the bot’s errors, and Slack’s own before anything is sent', async () => {
    pair = await startPair(modalApp([{ response_action: 'errors', errors: { version: 'no such tag' } }]));
    const { id: viewId } = await open();
    const required = 'Please complete this required field.';
    expect(await pair.slack.submit({ user, viewId, values: {} })).toEqual({
      errors: { version: required, reason: required },
    });
    expect(
      await pair.slack.submit({ user, viewId, values: { version: 'v1.0.0', reason: 'x'.repeat(11) } }),
    ).toEqual({
      errors: { reason: 'Please use at most 10 characters.' },
    });
    expect(pair.slack.deliveries().filter((each) => each.kind === 'view_submission')).toEqual([]);
    expect(await pair.slack.submit({ user, viewId, values: { reason: 'short' } })).toEqual({
      errors: { version: 'no such tag' },
    });
    expect(pair.slack.views(user)).toHaveLength(1);
  });

  it('are updated, pushed and cleared by the acknowledgement', async () => {
    const next = {
      type: 'modal',
      title: plain('Next'),
      callback_id: 'deploy_modal',
      blocks: [{ type: 'divider' }],
    };
    pair = await startPair(
      modalApp([
        { response_action: 'update', view: { ...next, title: plain('Second') } },
        { response_action: 'push', view: next },
        { response_action: 'clear' },
      ]),
    );
    const first = await open();
    const values = { version: 'v1.0.0', reason: 'a' };
    const updated = await pair.slack.submit({ user, viewId: first.id, values });
    expect(updated).toMatchObject({ updated: { id: first.id, title: { text: 'Second' } } });
    const pushed = await pair.slack.submit({ user, viewId: first.id, values: {} });
    expect(pushed).toMatchObject({ pushed: { previous_view_id: first.id, root_view_id: first.id } });
    expect(pair.slack.views(user)).toHaveLength(2);
    await expect(pair.slack.submit({ user, viewId: first.id, values: {} })).rejects.toThrow('under another');
    const top = pair.slack.views(user).at(-1);
    expect(await pair.slack.submit({ user, viewId: top?.id ?? '', values: {} })).toEqual({ closed: true });
    expect(pair.slack.views(user)).toEqual([]);
  });

  it('offer the bot’s options', async () => {
    pair = await startPair(modalApp([]));
    const { id: viewId } = await open();
    const suggest = (query: string) => pair.slack.suggest({ user, viewId, actionId: 'version_pick', query });
    expect((await suggest('v1')).map((each) => each.value)).toEqual(['v1.0.0', 'v1.1.0']);
    expect(await suggest('')).toHaveLength(3);
    const wrong = pair.slack.submit({ user, viewId, values: { version: 'v9', reason: 'a' } });
    await expect(wrong).rejects.toThrow('offers no option "v9"');
  });

  it('tell the bot when the user closes them', async () => {
    const closed: unknown[] = [];
    pair = await startPair(modalApp([], [], closed));
    const { id: viewId } = await open();
    await pair.slack.closeView({ user, viewId });
    expect(pair.slack.views(user)).toEqual([]);
    await until('view_closed arrived', () => closed.length === 1);
    expect(closed).toEqual([false]);
  });

  it('stay open when the bot does not answer', async () => {
    pair = await startPair(modalApp([{ response_action: 'errors', errors: { nowhere: 'x' } }]));
    const { id: viewId } = await open();
    const submit = () => pair.slack.submit({ user, viewId, values: { version: 'v1.0.0', reason: 'a' } });
    await expect(submit()).rejects.toThrow('errors for blocks that are no inputs: nowhere');
    await pair.stopBot();
    await expect(submit()).rejects.toMatchObject({ status: 502 });
    expect(pair.slack.views(user)).toHaveLength(1);
  });
});

describe('triggers', () => {
  const view = { ...MODAL, blocks: [{ type: 'divider' as const }] };

  it('live three seconds and open one view', async () => {
    const clock = handClock();
    pair = await startPair((app) => app.command('/t', async ({ ack }) => ack()), { now: clock.now });
    const trigger = async () => {
      await pair.slack.command({ ...at, text: '/t' });
      return String(pair.seen.at(-1)?.trigger_id);
    };
    const { views } = pair.app.client;
    const late = await trigger();
    clock.pass(3001);
    await expect(views.open({ trigger_id: late, view })).rejects.toMatchObject({
      data: { error: 'expired_trigger_id' },
    });
    const once = await trigger();
    clock.pass(3000);
    const opened = await views.open({ trigger_id: once, view });
    await expect(views.open({ trigger_id: once, view })).rejects.toMatchObject({
      data: { error: 'exchanged_trigger_id' },
    });
    await expect(views.push({ trigger_id: await trigger(), view })).rejects.toMatchObject({
      data: { error: 'invalid_trigger_id' },
    });
    const bad = { ...view, title: plain('x'.repeat(25)) };
    await expect(views.open({ trigger_id: await trigger(), view: bad })).rejects.toMatchObject({
      data: { error: 'invalid_arguments' },
    });
    const id = String(opened.view?.id);
    const updated = await views.update({ view_id: id, hash: String(opened.view?.hash), view });
    expect(updated.view?.hash).not.toBe(opened.view?.hash);
    await expect(views.update({ view_id: id, hash: String(opened.view?.hash), view })).rejects.toMatchObject({
      data: { error: 'hash_conflict' },
    });
    await expect(views.update({ view_id: 'V0NONE', view })).rejects.toMatchObject({
      data: { error: 'not_found' },
    });
  });

  it('publish a home tab', async () => {
    pair = await startPair();
    await pair.app.client.views.publish({
      user_id: user,
      view: { type: 'home', blocks: [{ type: 'divider' }] },
    });
    expect(pair.slack.home(user)).toMatchObject({ type: 'home' });
    expect(pair.slack.views(user)).toEqual([]);
  });
});
