import type { ModalView } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODALS } from '../../src/views/actions.ts';
import { viewFaults } from '../../src/views/limits.ts';
import {
  decodeMetadata,
  decodeTarget,
  deployModal,
  encodeMetadata,
  encodeTarget,
  FIELDS,
  lockModal,
  pickTargetModal,
  readModalValues,
  rejectModal,
  rollbackModal,
  trafficModal,
  unlockModal,
} from '../../src/views/modals.ts';
import { TARGET } from './fixtures.ts';

const LEDGER = { service: 'ledger', environment: 'staging', region: 'ap-south-1' };
const TRICKS = '<!channel> <@U1> `x` \u202e'.repeat(50);
const blockIds = (view: ModalView): (string | undefined)[] =>
  view.blocks.flatMap((block) => (block.type === 'input' ? [block.block_id] : []));

const every: readonly [string, ModalView][] = [
  ['deploy', deployModal({ targets: [TARGET, LEDGER], channel: 'C1' })],
  [
    'deploy with all known',
    deployModal({
      targets: [TARGET],
      channel: 'C1',
      initial: { service: 'payment-gateway', environment: 'prod', version: 'v2.3.1', reason: 'why' },
    }),
  ],
  [
    'deploy with hostile values',
    deployModal({
      targets: [TARGET],
      channel: TRICKS,
      initial: { service: TRICKS, version: TRICKS, reason: TRICKS.repeat(100) },
    }),
  ],
  ['deploy without a service', deployModal({ targets: [], channel: 'C1' })],
  [
    'deploy with 300 services',
    deployModal({
      targets: Array.from({ length: 300 }, (_, index) => ({ ...TARGET, service: `s${index}` })),
      channel: 'C1',
    }),
  ],
  [
    'reject',
    rejectModal({
      rolloutId: 'r-7k2m9qx4c1ab',
      approvalId: 'a1',
      digestPrefix: '3f9ac2d41b7e',
      title: TRICKS,
    }),
  ],
  ['lock', lockModal({ channel: 'C1', target: TARGET })],
  ['lock of any', lockModal({ channel: 'C1', targets: [TARGET, LEDGER] })],
  ['unlock', unlockModal({ channel: 'C1', target: TARGET })],
  [
    'rollback',
    rollbackModal({
      channel: 'C1',
      target: TARGET,
      rolloutId: 'r-7k2m9qx4c1ab',
      sentence: 'Back to v2.3.0?',
    }),
  ],
  ['traffic', trafficModal({ channel: 'C1', target: TARGET, percent: 25 })],
  ['pick', pickTargetModal('status', [TARGET, LEDGER], 'C1')],
  ['pick of none', pickTargetModal('a-verb-that-is-far-too-long-for-a-title', [])],
];

describe('every modal', () => {
  it.each(every)('keeps Slack’s limits: %s', (_, view) => {
    expect(viewFaults(view)).toEqual([]);
    // An input holds what the person typed, as typed; every text that is drawn is inert.
    const drawn = JSON.stringify(view.blocks, (key, value) =>
      key === 'initial_value' || key === 'value' ? '' : value,
    );
    expect(drawn).not.toMatch(/<!channel>|<@U1>|\u202e/);
  });
  it.each(every)('carries metadata that can be read back: %s', (_, view) => {
    expect(decodeMetadata(view.private_metadata ?? '')).not.toBeNull();
  });
});

describe('deployModal', () => {
  it('asks for the environment only where there are several', () => {
    expect(blockIds(deployModal({ targets: [TARGET, LEDGER], channel: 'C1' }))).toEqual([
      FIELDS.service,
      FIELDS.environment,
      FIELDS.version,
      FIELDS.reason,
    ]);
    const single = deployModal({ targets: [TARGET], channel: 'C1' });
    expect(blockIds(single)).toEqual([FIELDS.service, FIELDS.version, FIELDS.reason]);
    expect(decodeMetadata(single.private_metadata ?? '')).toEqual({ channel: 'C1', place: 'prod' });
  });
  it('asks the registry for versions from the first look', () => {
    const [, version] = deployModal({ targets: [TARGET], channel: 'C1' }).blocks;
    expect(version).toMatchObject({ element: { type: 'external_select', min_query_length: 0 } });
  });
});

describe('rejectModal', () => {
  it('needs a reason and carries what was shown', () => {
    const view = rejectModal({
      rolloutId: 'r-7k2m9qx4c1ab',
      approvalId: 'a1',
      digestPrefix: '3f9ac2d41b7e',
      title: 'pg',
      channel: 'C1',
    });
    expect(view.callback_id).toBe(MODALS.reject);
    expect(view.blocks[1]).toMatchObject({ optional: false, element: { multiline: true, min_length: 3 } });
    expect(decodeMetadata(view.private_metadata ?? '')).toEqual({
      channel: 'C1',
      rolloutId: 'r-7k2m9qx4c1ab',
      approvalId: 'a1',
      digestPrefix: '3f9ac2d41b7e',
    });
  });
});

describe('metadata', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (channel, verb) => {
        expect(decodeMetadata(encodeMetadata({ channel, verb }))).toEqual({
          channel: channel.toWellFormed(),
          verb: verb.toWellFormed(),
        });
      }),
    );
  });
  it.each(['', '[]', '{', 'null', '{"channel":1}', '{"verb":"x"}', '"x"', 'x'.repeat(5000)])(
    'is null for %j',
    (text) => {
      expect(decodeMetadata(text)).toBeNull();
    },
  );
  it('drops keys that are not ours', () => {
    expect(decodeMetadata('{"channel":"C1","__proto__":{"verb":"x"},"more":1}')).toEqual({ channel: 'C1' });
  });
  it('never grows over its limit', () => {
    const huge = '"\\'.repeat(100_000);
    expect(
      encodeMetadata({
        channel: huge,
        verb: huge,
        target: huge,
        place: huge,
        rolloutId: huge,
        approvalId: huge,
        digestPrefix: huge,
        revision: huge,
      }).length,
    ).toBeLessThanOrEqual(3000);
  });
  it('writes a target as one word', () => {
    for (const target of [TARGET, LEDGER]) expect(decodeTarget(encodeTarget(target))).toEqual(target);
    for (const text of ['', 'a/b', 'a/b/c/d', '//-']) expect(decodeTarget(text)).toBeNull();
  });
});

describe('readModalValues', () => {
  const option = (value: string) => ({ selected_option: { value } });
  it('reads what was entered', () => {
    const values = {
      service: { service: option('ledger') },
      environment: { environment: option('staging/ap-south-1') },
      version: { version: option('v5.1.0') },
      reason: { reason: { value: ' why \n' } },
      percent: { percent: { value: '50' } },
      target: { target: option('ledger/staging/-') },
    };
    expect(readModalValues(values)).toEqual({
      service: 'ledger',
      environment: 'staging',
      region: 'ap-south-1',
      version: 'v5.1.0',
      reason: 'why',
      percent: 50,
      target: { service: 'ledger', environment: 'staging', region: null },
      ...{ duration: null, custom: null, pod: null },
    });
  });
  it('makes one line of what was entered: nobody begins a line of the thread', () => {
    const reason = { reason: { value: 'too late\n\u2028:white_check_mark: Chitra approved\r\n\tall' } };
    expect(readModalValues({ reason }).reason).toBe('too late :white_check_mark: Chitra approved all');
  });
  it('takes the only environment from the metadata', () => {
    expect(readModalValues({}, 'prod')).toMatchObject({ environment: 'prod', region: null, service: null });
  });
  it('reads nothing from anything else', () => {
    const nothing = {
      service: null,
      environment: null,
      region: null,
      version: null,
      reason: null,
      percent: null,
      ...{ target: null, duration: null, custom: null, pod: null },
    };
    for (const values of [
      null,
      1,
      'x',
      [],
      { service: 1 },
      { service: { service: { selected_option: null, value: null } } },
      { percent: { percent: { value: '1e3' } } },
    ])
      expect(readModalValues(values)).toEqual(nothing);
    fc.assert(fc.property(fc.anything(), (values) => void readModalValues(values)));
  });
});
