import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InFlight } from '../../../src/adapters/slack/in-flight.ts';
import {
  createBackoff,
  createSendLimits,
  type SendLimits,
  type Urgency,
} from '../../../src/adapters/slack/send-limits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the budget of a Web API method', () => {
  const flood = async (limits: SendLimits, urgency: Urgency): Promise<number> => {
    let taken = 0;
    while ((await limits.take('chat.update', urgency)) === 0) taken += 1;
    return taken;
  };

  it('lets a fifth of a minute through at once and never more than all of it in any minute', async () => {
    const limits = createSendLimits(50);
    expect(await flood(limits, 'alarm')).toBe(10);
    let taken = 10;
    for (let second = 0; second < 60; second += 1) {
      vi.advanceTimersByTime(1000);
      taken += await flood(limits, 'alarm');
    }
    expect(taken).toBe(50);
  });

  it('keeps a part for clicks and a part for alarms, which wait for no minute to end', async () => {
    const limits = createSendLimits(50);
    expect(await flood(limits, 'routine')).toBe(6);
    expect(await flood(limits, 'urgent')).toBe(2);
    expect(await flood(limits, 'alarm')).toBe(2);
    const waitMs = await limits.take('chat.update', 'alarm');
    expect(waitMs).toBeLessThanOrEqual(1500);
    vi.advanceTimersByTime(waitMs);
    expect(await limits.take('chat.update', 'routine')).toBeGreaterThan(0);
    expect(await limits.take('chat.update', 'urgent')).toBeGreaterThan(0);
    expect(await limits.take('chat.update', 'alarm')).toBe(0);
  });

  it('lets every kind through again when whoever waits asks after the time told', async () => {
    const limits = createSendLimits(20);
    for (const urgency of ['routine', 'urgent', 'alarm'] as const) {
      await flood(limits, urgency);
      vi.advanceTimersByTime(await limits.take('chat.update', urgency));
      expect(await limits.take('chat.update', urgency)).toBe(0);
    }
  });

  it('is one for each method', async () => {
    const limits = createSendLimits(50);
    await flood(limits, 'alarm');
    expect(await limits.take('chat.postMessage', 'routine')).toBe(0);
  });
});

describe('the pause after failures', () => {
  it('grows with jitter up to its cap and starts again after a success', () => {
    const backoff = createBackoff(30_000);
    const delays = Array.from({ length: 20 }, () => backoff.next());
    expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...delays)).toBeGreaterThan(5000);
    backoff.reset();
    expect(backoff.next()).toBeLessThan(3000);
  });
});

describe('work in flight', () => {
  it('is waited for, also what it starts', async () => {
    const inFlight = new InFlight();
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    void inFlight.track(first.promise.then(() => void inFlight.track(second.promise)));
    const settled = inFlight.settle(1000);
    first.resolve();
    second.resolve();
    expect(await settled).toBe(true);
    expect(inFlight.size).toBe(0);
  });

  it('is waited for no longer than asked', async () => {
    const inFlight = new InFlight();
    void inFlight.track(new Promise(() => undefined));
    const settled = inFlight.settle(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await settled).toBe(false);
  });
});
