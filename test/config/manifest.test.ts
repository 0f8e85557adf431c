import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../src/commands/index.ts';
import { BOT_SCOPES, renderManifest } from '../../src/config/manifest.ts';
import { makeConfig } from '../support/slack-config.ts';

const render = (slack: object = {}): string =>
  renderManifest({ slack: makeConfig(slack).slack, commands, baseUrl: 'https://dabbawala.example/' });

describe('the Slack app manifest', () => {
  it('has the root command and each alias, escaped, at the one address', () => {
    const { slash_commands: slash } = parse(render()).features;
    expect(slash.map((one: { command: string }) => one.command)).toEqual([
      '/dabba',
      '/deploy',
      '/rollback',
      '/traffic',
      '/incident',
    ]);
    for (const one of slash)
      expect(one).toMatchObject({ should_escape: true, url: 'https://dabbawala.example/slack/events' });
  });

  it('follows renamed and dropped names', () => {
    const slack = { rootCommand: '/ship', aliases: { deploy: '/ship-it', rollback: null } };
    const { slash_commands: slash } = parse(render(slack)).features;
    expect(slash.map((one: { command: string }) => one.command)).toEqual(['/ship', '/ship-it']);
  });

  it('asks for no scope without a reason', () => {
    const text = render();
    expect(parse(text).oauth_config.scopes.bot).toEqual(BOT_SCOPES.map(({ scope }) => scope));
    for (const { scope, reason } of BOT_SCOPES) expect(text).toContain(`# ${reason}\n      - ${scope}\n`);
  });

  it('keeps the limits of Slack', () => {
    const manifest = parse(render());
    expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
    for (const one of manifest.features.slash_commands) {
      expect(one.description.length).toBeLessThanOrEqual(2000);
      expect(one.usage_hint.length).toBeLessThanOrEqual(1000);
      expect(one.command.length).toBeLessThanOrEqual(32);
    }
  });
});
