import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlackDirectory } from '../../../src/adapters/slack/slack-directory.ts';
import { startWebApi, type WebApiServer } from './web-api-server.ts';

let api: WebApiServer;
let nowMs: number;
let directory: SlackDirectory;

beforeEach(async () => {
  api = await startWebApi();
  nowMs = 1000;
  directory = new SlackDirectory(api.clients, () => nowMs);
});
afterEach(() => api.close());

const callsOf = (method: string) => api.calls.filter((call) => call.method === method);

describe('members of a group', () => {
  it('are asked once for 100 clicks', async () => {
    api.answer('usergroups.users.list', { users: ['U0BHARAT', 'U0CHITRA'] });
    const answers = await Promise.all(Array.from({ length: 100 }, () => directory.members('S0APPROVE')));
    expect(new Set(answers.map((users) => users.join()))).toEqual(new Set(['U0BHARAT,U0CHITRA']));
    expect(callsOf('usergroups.users.list')).toMatchObject([{ args: { usergroup: 'S0APPROVE' } }]);
  });

  it('are valid for 5 s from the answer', async () => {
    api.answer('usergroups.users.list', { users: ['U0BHARAT'] }, { users: [] });
    await directory.members('S0APPROVE');
    nowMs += 4999;
    expect(await directory.members('S0APPROVE')).toEqual(['U0BHARAT']);
    nowMs += 2;
    expect(await directory.members('S0APPROVE')).toEqual([]);
  });

  it('are another question for another group', async () => {
    await Promise.all([directory.members('S0APPROVE'), directory.members('S0ONCALL')]);
    expect(callsOf('usergroups.users.list')).toHaveLength(2);
  });

  it('are refused without an answer, and asked again the next time', async () => {
    api.answer('usergroups.users.list', { ok: false, error: 'no_such_subteam' }, { users: ['U0BHARAT'] });
    await expect(directory.members('S0APPROVE')).rejects.toMatchObject({ code: 'groups_unavailable' });
    expect(await directory.members('S0APPROVE')).toEqual(['U0BHARAT']);
  });

  it('are refused with what to do where the server has no groups at all', async () => {
    api.answer('usergroups.users.list', { ok: false, error: 'unknown_method' });
    await expect(directory.members('S0APPROVE')).rejects.toMatchObject({
      code: 'groups_unavailable',
      hint: expect.stringContaining('name people by id under `users`'),
    });
  });

  it('are not asked again before the time that a 429 named', async () => {
    api.answer('usergroups.users.list', { status: 429, headers: { 'retry-after': '20' } }, { users: [] });
    await expect(directory.members('S0APPROVE')).rejects.toMatchObject({
      code: 'groups_unavailable',
      hint: 'Try again in 20 s.',
      data: { retryAfterMs: 20_000 },
    });
    nowMs += 5000;
    await expect(directory.members('S0ONCALL')).rejects.toMatchObject({ hint: 'Try again in 15 s.' });
    expect(callsOf('usergroups.users.list')).toHaveLength(1);
    nowMs += 15_001;
    expect(await directory.members('S0APPROVE')).toEqual([]);
  });
});

describe('a person', () => {
  it('has the name shown and the address in lower case, remembered for 5 minutes', async () => {
    api.answer('users.info', {
      user: { id: 'U0ASHA', profile: { display_name: 'Asha', email: 'Asha@Tiffin.example' } },
    });
    const expected = { name: 'Asha', email: 'asha@tiffin.example', isBot: false, isOutsider: false };
    expect(await directory.person('U0ASHA')).toEqual(expected);
    nowMs += 299_999;
    await directory.person('U0ASHA');
    expect(callsOf('users.info')).toHaveLength(1);
    nowMs += 2;
    await directory.person('U0ASHA');
    expect(callsOf('users.info')).toHaveLength(2);
  });

  it.each([
    ['a bot', { id: 'U1', is_bot: true, profile: {} }, { isBot: true }],
    ['a stranger', { id: 'U1', is_stranger: true, profile: {} }, { isOutsider: true }],
    ['someone deactivated', { id: 'U1', deleted: true, profile: {} }, { isOutsider: true }],
    ['someone whose address is hidden', { id: 'U1', real_name: 'X' }, { name: 'X', email: null }],
  ])('may be %s', async (_name, user, expected) => {
    api.answer('users.info', { user });
    expect(await directory.person('U1')).toMatchObject(expected);
  });

  it('that Slack does not know has no name', async () => {
    api.answer('users.info', { ok: false, error: 'user_not_found' });
    expect(await directory.person('U1')).toMatchObject({ name: null, email: null });
  });

  it('is not guessed when Slack fails', async () => {
    api.answer('users.info', { ok: false, error: 'fatal_error' });
    await expect(directory.person('U1')).rejects.toMatchObject({ code: 'groups_unavailable' });
  });
});
