/** A message of its own, in another channel: what waits for Slack waits too long. */
import type { LateNotice } from '../core/watch/late.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { count, lasting } from './format.ts';
import { escapeText, when } from './text.ts';
import { mention } from './thread.ts';

const channelName = (id: string): string =>
  /^[CG][A-Z0-9]{2,20}$/.test(id) ? `<#${id}>` : escapeText(id, 30);

/** @param onCall Slack ids of users and user groups that config names */
export function lateNotice(notice: LateNotice, onCall: readonly string[]): Message {
  const { kind, channel, cards, waitedMs, at } = notice;
  const where = channelName(channel);
  const line =
    kind === 'late'
      ? `⏳ *Late:* ${count(cards, 'card')} for ${where} ${cards === 1 ? 'waits' : 'wait'}, the oldest for ${lasting(waitedMs)}. Nothing is lost; alerts there are not seen yet. Seen ${when(at)}.`
      : `🟢 *No longer late:* ${where} is served again, ${when(at)}. The oldest waited ${lasting(waitedMs)}.`;
  const names =
    kind === 'late'
      ? [...new Set(onCall)]
          .map(mention)
          .filter((each) => each !== null)
          .slice(0, 20)
      : [];
  const blocks = [section(line), ...(names.length === 0 ? [] : [context(names.join(' '))])];
  return fitMessage({ text: [line, ...names].join(' '), blocks, classic: blocks });
}
