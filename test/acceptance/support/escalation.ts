/** A world whose alerts are escalated within seconds: two levels, then PagerDuty. Two replicas. */
import { expect } from 'vitest';
import type { SeenMessage } from '../../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../../sandbox/world/world.ts';
import { type PagerDutyStub, startPagerDuty } from '../../support/pagerduty-stub.ts';
import { edited, NO_LIMITS } from './config.ts';
import { ROOM, until, wordsOf } from './lane.ts';
import { sendAlert } from './one-alert.ts';

const every = (time: string | null) => ({ critical: time, error: time, warning: time, info: null });

export class EscalationWorld {
  readonly world: World;
  readonly pagerDuty: PagerDutyStub;

  private constructor(world: World, pagerDuty: PagerDutyStub) {
    this.world = world;
    this.pagerDuty = pagerDuty;
  }

  static async start(): Promise<EscalationWorld> {
    const pagerDuty = await startPagerDuty();
    const world = await startWorld({
      ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
      botEnv: { PAGERDUTY_ROUTING_KEY: 'k'.repeat(32) },
      editConfig: edited((config) => {
        config['alerts'] = {
          ...(config['alerts'] as object),
          escalation: {
            levels: [
              { onCall: [{ groups: ['S0ONCALL'] }], after: every('9s') },
              { onCall: [{ users: ['U0BHARAT'] }], after: every('1h') },
            ],
            remind: every('4s'),
            unresolved: every('4s'),
            pagerDuty: { url: pagerDuty.url, timeout: '1s' },
          },
        };
      }),
    });
    return new EscalationWorld(world, pagerDuty);
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.pagerDuty.close();
  }

  async post(name: string, status: 'firing' | 'resolved' = 'firing'): Promise<void> {
    expect(await sendAlert(this.world, name, { status })).toBe(200);
  }

  cardOf(name: string): SeenMessage | null {
    const cards = this.world.slack.messages(ROOM);
    return cards.find(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`)) ?? null;
  }

  threadOf(name: string): readonly string[] {
    return this.world.slack.messages(ROOM, this.cardOf(name)?.ts ?? 'none').map(({ text }) => text);
  }

  shows(name: string, pattern: RegExp): Promise<SeenMessage> {
    const look = (): SeenMessage | null => {
      const card = this.cardOf(name);
      return card && pattern.test(wordsOf(card)) ? card : null;
    };
    return until(`the card of ${name} shows ${pattern}`, look, 20_000);
  }

  tells(name: string, pattern: RegExp, withinMs = 40_000): Promise<string> {
    return until(
      `the thread of ${name} tells ${pattern}`,
      () => this.threadOf(name).find((line) => pattern.test(line)) ?? null,
      withinMs,
      () => this.threadOf(name).join('\n'),
    );
  }

  times(name: string, pattern: RegExp): number {
    return this.threadOf(name).filter((line) => pattern.test(line)).length;
  }
}
