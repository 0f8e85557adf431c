import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InFlight } from '../../../src/adapters/slack/in-flight.ts';
import { createBackoff, createSendLimits } from '../../../src/adapters/slack/send-limits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the budget of a Web API method', () => {
  it('lets 50 edits a minute through, the last 10 for what cannot wait', async () => {
    const limits = createSendLimits(50);
    for (let edit = 0; edit < 40; edit += 1) expect(await limits.take('chat.update', false)).toBe(0);
    expect(await limits.take('chat.update', false)).toBeGreaterThan(0);
    for (let edit = 0; edit < 10; edit += 1) expect(await limits.take('chat.update', true)).toBe(0);
    const waitMs = await limits.take('chat.update', true);
    expect(waitMs).toBeGreaterThan(59_000);
    vi.advanceTimersByTime(waitMs);
    expect(await limits.take('chat.update', false)).toBe(0);
  });

  it('is one for each method', async () => {
    const limits = createSendLimits(50);
    for (let edit = 0; edit < 50; edit += 1) await limits.take('chat.update', true);
    expect(await limits.take('chat.postMessage', false)).toBe(0);
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
