import { SlackError } from '../compose.ts';
import { APP_ID, type State } from '../state.ts';
import type { Json } from '../types.ts';
import { isYes } from './conversations.ts';
import type { Methods } from './kinds.ts';

type Person = State['world']['users'][number];

const described = (state: State, user: Person): Json => ({
  id: user.id,
  team_id: state.world.team.id,
  name: user.name.toLowerCase(),
  real_name: user.name,
  deleted: false,
  is_bot: false,
  is_app_user: false,
  tz: 'Asia/Kolkata',
  tz_offset: 19_800,
  profile: { real_name: user.name, display_name: user.name, title: user.title, email: user.email },
});

const describedBot = (state: State): Json => ({
  id: state.world.bot.userId,
  team_id: state.world.team.id,
  name: state.world.bot.name,
  real_name: state.world.bot.name,
  deleted: false,
  is_bot: true,
  is_app_user: false,
  profile: { real_name: state.world.bot.name, bot_id: state.world.bot.botId, api_app_id: APP_ID },
});

const needGroups = (state: State): void => {
  if (state.faults.areGroupsFailing) throw new SlackError('internal_error');
};

export const people: Methods = {
  'auth.test': (state) => ({
    url: `${state.url}/`,
    team: state.world.team.name,
    user: state.world.bot.name,
    team_id: state.world.team.id,
    user_id: state.world.bot.userId,
    bot_id: state.world.bot.botId,
    is_enterprise_install: false,
  }),
  'api.test': (_state, args) => ({ args }),
  'users.info': (state, args) => {
    if (args.user === state.world.bot.userId) return { user: describedBot(state) };
    const user = state.user(String(args.user));
    if (!user) throw new SlackError('user_not_found');
    return { user: described(state, user) };
  },
  'users.list': (state) => ({
    members: [...state.world.users.map((each) => described(state, each)), describedBot(state)],
    cache_ts: Math.floor(state.now() / 1000),
    response_metadata: { next_cursor: '' },
  }),
  'users.lookupByEmail': (state, args) => {
    const email = String(args.email ?? '').toLowerCase();
    const user = state.world.users.find((each) => each.email.toLowerCase() === email);
    if (!user) throw new SlackError('users_not_found');
    return { user: described(state, user) };
  },
  'usergroups.list': (state, args) => {
    needGroups(state);
    return {
      usergroups: state.world.groups.map((each) => ({
        id: each.id,
        team_id: state.world.team.id,
        is_usergroup: true,
        name: each.handle,
        handle: each.handle,
        user_count: each.users.length,
        date_delete: 0,
        ...(isYes(args.include_users) ? { users: [...each.users] } : {}),
      })),
    };
  },
  'usergroups.users.list': (state, args) => {
    needGroups(state);
    const group = state.world.groups.find((each) => each.id === args.usergroup);
    if (!group) throw new SlackError('no_such_subteam');
    return { users: [...group.users] };
  },
};
