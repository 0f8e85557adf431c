/** The Slack app's manifest, rendered from the configuration and the list of commands. Pure. */
import { stringify } from 'yaml';
import type { Config } from './schema.ts';

export interface ManifestCommand {
  readonly verb: string;
  readonly usage: string;
  readonly summary: string;
}

export interface ManifestInput {
  readonly slack: Pick<Config['slack'], 'rootCommand' | 'aliases'>;
  readonly commands: readonly ManifestCommand[];
  /** Where Slack reaches the bot: `https://dabbawala.example`. */
  readonly baseUrl: string;
}

/** What the bot asks of a workspace, and why. docs and the manifest's comments say the same. */
export const BOT_SCOPES: readonly { readonly scope: string; readonly reason: string }[] = [
  { scope: 'commands', reason: 'the slash commands' },
  { scope: 'chat:write', reason: 'cards, their edits, thread replies and answers that one person sees' },
  {
    scope: 'files:write',
    reason: 'the list below a message that names many alerts; without it the message stands alone',
  },
  { scope: 'app_mentions:read', reason: 'a mention in a thread means the same as a command' },
  {
    scope: 'channels:history',
    reason: 'to look for a post of its own whose outcome is unknown, before posting again',
  },
  { scope: 'groups:history', reason: 'the same in private channels' },
  { scope: 'usergroups:read', reason: 'approvers and rights named as user groups' },
  { scope: 'users:read', reason: 'names on cards; bots and people of other workspaces are refused' },
  {
    scope: 'users:read.email',
    reason: 'approvers named by e-mail, and one person behind two accounts is one person',
  },
];

const PATH = '/slack/events';
const HINT_MAX = 1000;
const DESCRIPTION_MAX = 2000;

/** Usage without the verb: what Slack shows behind the alias. */
const hintOf = (command: ManifestCommand): string =>
  command.usage.slice(command.verb.length).trim().slice(0, HINT_MAX);

export function slashCommands({ slack, commands, baseUrl }: ManifestInput): readonly object[] {
  const url = `${baseUrl.replace(/\/+$/, '')}${PATH}`;
  const root = {
    command: slack.rootCommand,
    url,
    description: 'Blue-green deploys with approval',
    usage_hint: `<${commands.map(({ verb }) => verb).join(' | ')}> …`.slice(0, HINT_MAX),
    should_escape: true,
  };
  const aliases = commands.flatMap((command) => {
    const name = (slack.aliases as Readonly<Record<string, string | null | undefined>>)[command.verb];
    if (!name) return [];
    const hint = hintOf(command);
    return [
      {
        command: name,
        url,
        description: command.summary.slice(0, DESCRIPTION_MAX),
        ...(hint === '' ? {} : { usage_hint: hint }),
        should_escape: true,
      },
    ];
  });
  return [root, ...aliases];
}

/** YAML for "Create an app from a manifest", with the reason of each scope as a comment. */
export function renderManifest(input: ManifestInput): string {
  const url = `${input.baseUrl.replace(/\/+$/, '')}${PATH}`;
  const manifest = {
    display_information: {
      name: 'Dabbawala',
      description: 'Zero-downtime blue-green deploys from Slack, with four-eyes approval.',
    },
    features: {
      bot_user: { display_name: 'dabbawala', always_online: true },
      slash_commands: slashCommands(input),
    },
    oauth_config: { scopes: { bot: BOT_SCOPES.map(({ scope }) => scope) } },
    settings: {
      event_subscriptions: { request_url: url, bot_events: ['app_mention'] },
      interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  };
  const yaml = stringify(manifest, { lineWidth: 0 });
  const explained = BOT_SCOPES.reduce(
    (text, { scope, reason }) =>
      text.replace(new RegExp(`^(\\s+)- ${scope}$`, 'm'), `$1# ${reason}\n$1- ${scope}`),
    yaml,
  );
  return `# Generated from the configuration and the list of commands. Slash names are shared by all apps of a\n# workspace: where another app has taken one, rename or drop it under slack.aliases.\n${explained}`;
}
