import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  decodeMemory,
  encodeMemory,
  fitsOnRoute,
  MEMORY_AT_MOST,
  sealKeyOf,
} from '../../src/adapters/route-memory.ts';
import { planDigest, sha256OfJson } from '../../src/core/rollout/plan-digest.ts';
import { memoryOf, type RouteMemory } from '../../src/core/rollout/route-memory.ts';
import { makePlan, makeRollout, PAYMENTS } from '../support/rollout-fixtures.ts';

const memory = (plan = makePlan()): RouteMemory => memoryOf(makeRollout({ plan }), plan, 25);
/** Text that does not pack. */
const noise = (length: number, seed = 0): string => {
  let text = '';
  for (let index = 0; text.length < length; index += 1) text += sha256OfJson([seed, index]);
  return text.slice(0, length);
};
const KEY = sealKeyOf('xoxb-test');
const sealed = (packedText: string): string =>
  `${packedText}.${createHmac('sha256', KEY).update(packedText).digest('base64url')}`;
const packed = (value: unknown): string => sealed(gzipSync(JSON.stringify(value)).toString('base64'));

describe('the memory of a rollout on its route', () => {
  it('is read as it was written, plan and digest', () => {
    const plan = { ...makePlan(), digest: planDigest(makePlan()) };
    const text = encodeMemory(memory(plan), KEY);
    expect(text.length).toBeLessThan(MEMORY_AT_MOST / 2);
    const read = decodeMemory(text, KEY);
    expect(read).toEqual({ kind: 'known', value: memory(plan) });
    expect(read.kind === 'known' && read.value.plan && planDigest(read.value.plan)).toBe(plan.digest);
  });

  it('leaves out first what people alone read, and keeps what is approved', () => {
    const gates = [{ gate: 'lock', passed: true, reason: noise(12_000) }];
    const plan = makePlan({ gates });
    expect(fitsOnRoute(plan)).toBe(true);
    const read = decodeMemory(encodeMemory(memory(plan), KEY), KEY);
    expect(read).toMatchObject({ kind: 'known', value: { plan: { gates: [], steps: plan.steps } } });
  });

  it('is never larger than 8 KiB: without its plan it still says whose it is', () => {
    const rules = Array.from({ length: 20 }, (_, index) => ({
      ...PAYMENTS,
      id: `r${index}`,
      query: noise(900, index),
    }));
    const large = memory(makePlan({ rules }));
    const text = encodeMemory({ ...large, reason: noise(900) }, KEY);
    expect(text.length).toBeLessThanOrEqual(MEMORY_AT_MOST);
    expect(decodeMemory(text, KEY)).toMatchObject({ kind: 'known', value: { id: large.id, plan: null } });
    expect(large.plan && fitsOnRoute(large.plan)).toBe(false);
  });

  it.each([
    ['nothing', '', /changed by others/],
    ['words', 'edited by hand', /changed by others/],
    ['sealed by another', encodeMemory(memory(), sealKeyOf('xoxb-other')), /changed by others/],
    ['unsealed', encodeMemory(memory(), KEY).split('.')[0] ?? '', /changed by others/],
    ['half of it', encodeMemory(memory(), KEY).slice(0, 400), /changed by others/],
    ['no JSON', sealed(gzipSync('{"id":').toString('base64')), /unpacked/],
    ['a list', packed([]), /another shape/],
    ['another version', packed({ ...memory(), schemaVersion: 2 }), /schemaVersion/],
    ['an id that is none of ours', packed({ ...memory(), id: '../r-1' }), /\(id\)/],
    ['a percent beyond 100', packed({ ...memory(), percent: 101 }), /percent/],
    ['a rule without a limit', packed(memory(makePlan({ rules: [{ id: 'x' } as never] }))), /rules/],
    ['a tick of 0 ms', packed(memory(makePlan({ times: { ...makePlan().times, tickMs: 0 } }))), /tickMs/],
    ['far more than it may be', 'A'.repeat(100_000), /larger/],
    ['a bomb', sealed(gzipSync(Buffer.alloc(5_000_000)).toString('base64')), /unpacked/],
  ])('that is %s is unreadable, and no fault', (_name, text, why) => {
    expect(decodeMemory(text, KEY)).toEqual({ kind: 'unreadable', why: expect.stringMatching(why) });
  });
});
