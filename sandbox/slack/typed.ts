/** Text as a person types it -> text as Slack sends it. */

import type { State } from './state.ts';

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** References that are already in Slack's form stay; a script may write them. */
const TOKEN = /<(?:@[UW][A-Z0-9]+|#[CD][A-Z0-9]+|!subteam\^S[A-Z0-9]+)(?:\|[^<>]*)?>/g;
const PLAIN = /(https?:\/\/[^\s<>]+)|(^|[\s(,"“])([@#])([\w.-]+)/g;

/**
 * Mentions, channels, groups and links become references, the rest is escaped. `isCommand`: as a slash command
 * with `should_escape` gives them (with names).
 */
export function asSent(state: State, text: string, isCommand: boolean): string {
  const label = (name: string): string => (isCommand ? `|${name}` : '');
  const reference = (sign: string, word: string): string | null => {
    const name = word.toLowerCase();
    if (sign === '#') {
      const channel = [...state.channels.values()].find((each) => !each.im && each.name === name);
      return channel ? `<#${channel.id}|${isCommand ? channel.name : ''}>` : null;
    }
    if (name === state.world.bot.name) return `<@${state.world.bot.userId}${label(name)}>`;
    const user = state.world.users.find((each) => each.name.toLowerCase() === name);
    if (user) return `<@${user.id}${label(name)}>`;
    const group = state.world.groups.find((each) => each.handle === name);
    return group ? `<!subteam^${group.id}${label(`@${group.handle}`)}>` : null;
  };
  const named = (token: string): string => {
    const [, id] = /^<@([A-Z0-9]+)>$/.exec(token) ?? [];
    const user = id && isCommand ? state.user(id) : null;
    return user ? `<@${user.id}|${user.name.toLowerCase()}>` : token;
  };
  const plain = (part: string): string => {
    let out = '';
    let last = 0;
    for (const match of part.matchAll(PLAIN)) {
      const [whole, link, before = '', sign = '', word = ''] = match;
      const trimmed = word.replace(/[.-]+$/, '');
      const replacement = link ? `<${link.replaceAll('&', '&amp;')}>` : reference(sign, trimmed);
      out += escapeText(part.slice(last, match.index));
      last = match.index + whole.length;
      out +=
        replacement === null
          ? escapeText(whole)
          : before + replacement + (link ? '' : word.slice(trimmed.length));
    }
    return out + escapeText(part.slice(last));
  };
  let out = '';
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    out += plain(text.slice(last, match.index)) + named(match[0]);
    last = match.index + match[0].length;
  }
  return out + plain(text.slice(last));
}
