/** Bodies of the requests to the bot, with all fields that Slack sends. */

import type { Values } from './blocks.ts';
import { publicView } from './stack.ts';
import { APP_ID, type Kept, PAYLOAD_TOKEN, random, type State } from './state.ts';
import type { Channel, Json, Message, View } from './types.ts';

const domain = (state: State): string => state.world.team.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const channelName = (channel: Channel): string => (channel.im ? 'directmessage' : channel.name);

const people = (state: State, userId: string): Json => {
  const user = state.needUser(userId);
  const name = user.name.toLowerCase();
  return {
    user: { id: user.id, username: name, name, team_id: state.world.team.id },
    team: { id: state.world.team.id, domain: domain(state) },
    api_app_id: APP_ID,
    token: PAYLOAD_TOKEN,
    enterprise: null,
    is_enterprise_install: false,
  };
};

export function slashCommand(
  state: State,
  from: { user: string; channel: Channel; command: string; text: string },
): Record<string, string> {
  return {
    token: PAYLOAD_TOKEN,
    team_id: state.world.team.id,
    team_domain: domain(state),
    channel_id: from.channel.id,
    channel_name: channelName(from.channel),
    user_id: from.user,
    user_name: state.needUser(from.user).name.toLowerCase(),
    command: from.command,
    text: from.text,
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: state.newResponseUrl(from.channel.id, from.user, null),
    trigger_id: state.newTrigger(from.user),
  };
}

/** Where an element stands. */
export type Place =
  | { readonly kind: 'message'; readonly kept: Kept; readonly message: Message; readonly channel: Channel }
  | { readonly kind: 'view'; readonly view: View };

const placeOf = (place: Place): Json =>
  place.kind === 'view'
    ? { container: { type: 'view', view_id: place.view.id }, view: publicView(place.view) }
    : {
        container: {
          type: 'message',
          message_ts: place.message.ts,
          channel_id: place.channel.id,
          is_ephemeral: place.kept.visibleTo !== null,
          ...(place.message.thread_ts ? { thread_ts: place.message.thread_ts } : {}),
        },
        channel: { id: place.channel.id, name: channelName(place.channel) },
        message: { ...place.message },
      };

export function blockActions(
  state: State,
  user: string,
  place: Place,
  action: Json,
  messageState: Values,
): Json {
  const at = state.nextTs();
  return {
    type: 'block_actions',
    ...people(state, user),
    ...placeOf(place),
    trigger_id: state.newTrigger(user, place.kind === 'view' ? place.view.id : null),
    ...(place.kind === 'message'
      ? {
          state: { values: messageState },
          response_url: state.newResponseUrl(place.channel.id, user, place.kept),
        }
      : {}),
    actions: [{ ...action, action_ts: at }],
  };
}

export function blockSuggestion(
  state: State,
  user: string,
  place: Place,
  at: { blockId: string; actionId: string; query: string },
): Json {
  return {
    type: 'block_suggestion',
    ...people(state, user),
    ...placeOf(place),
    block_id: at.blockId,
    action_id: at.actionId,
    value: at.query,
  };
}

export function viewSubmission(state: State, user: string, view: View, responseUrls: Json[]): Json {
  return {
    type: 'view_submission',
    ...people(state, user),
    trigger_id: state.newTrigger(user, view.id),
    view: publicView(view),
    response_urls: responseUrls,
  };
}

export const viewClosed = (state: State, user: string, view: View, isCleared: boolean): Json => ({
  type: 'view_closed',
  ...people(state, user),
  view: publicView(view),
  is_cleared: isCleared,
});

export function appMention(state: State, channel: Channel, message: Message): Json {
  const { team, bot } = state.world;
  const { reply_count: _c, reply_users: _u, latest_reply: _l, ...plain } = message;
  return {
    token: PAYLOAD_TOKEN,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: APP_ID,
    event: { ...plain, type: 'app_mention', channel: channel.id, event_ts: message.ts },
    type: 'event_callback',
    event_id: random('Ev', 10),
    event_time: Math.floor(state.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: random('4-', 20),
  };
}
