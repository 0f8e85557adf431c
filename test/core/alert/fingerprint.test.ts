import { describe, expect, it } from 'vitest';
import type { IncomingGroup } from '../../../src/core/alert/alert-group.ts';
import { groupIdOf, labelsHash, workloadOfPod } from '../../../src/core/alert/fingerprint.ts';
import { isAtLeast, severityOf, worst } from '../../../src/core/alert/severity.ts';

const group = (more: Partial<IncomingGroup>): IncomingGroup => ({
  source: 'alertmanager',
  receiver: 'war-room',
  groupKey: '',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalUrl: '',
  truncated: 0,
  members: [],
  ...more,
});

describe('what belongs together', () => {
  it.each([
    ['ledger-676b6c5bbc-4xc6t', 'ledger'],
    ['payment-gateway-blue-7d9f8b6c5d-x2x4z', 'payment-gateway-blue'],
    ['falco-xczjd', 'falco'],
    ['redis-0', 'redis'],
    ['kubecon', 'kubecon'],
    ['web-proxy', 'web-proxy'],
    ['', ''],
  ])('takes the pod %j for one of %j', (pod, workload) => {
    expect(workloadOfPod(pod)).toBe(workload);
  });

  it('is receiver and groupKey, and without one the labels in any order', () => {
    expect(groupIdOf(group({ groupKey: 'a' }))).not.toBe(groupIdOf(group({ groupKey: 'b' })));
    expect(groupIdOf(group({ groupKey: 'a' }))).not.toBe(groupIdOf(group({ groupKey: 'a', receiver: 'x' })));
    expect(groupIdOf(group({ groupLabels: { a: '1', b: '2' } }))).toBe(
      groupIdOf(group({ groupLabels: { b: '2', a: '1' } })),
    );
    expect(groupIdOf(group({}))).toMatch(/^a-[0-9a-f]{16}$/);
  });

  it('is not fooled by a label that looks like two', () => {
    expect(labelsHash({ a: '1,b=2' })).not.toBe(labelsHash({ a: '1', b: '2' }));
    expect(labelsHash({ 'a":"1","b': '2' })).not.toBe(labelsHash({ a: '1', b: '2' }));
  });
});

describe('severity', () => {
  it.each([
    ['Critical', 'critical'],
    ['page', 'critical'],
    ['Notice', 'info'],
    [' WARN ', 'warning'],
    ['purple', 'warning'],
    ['__proto__', 'warning'],
    [null, 'warning'],
  ] as const)('of %j is %s', (word, severity) => {
    expect(severityOf(word)).toBe(severity);
  });

  it('goes by the own words first', () => {
    expect(severityOf('Purple', { purple: 'critical' })).toBe('critical');
  });

  it('of several is the worst', () => {
    expect(worst(['info', 'error', 'warning'])).toBe('error');
    expect(worst([])).toBe('info');
  });

  it.each([
    ['critical', 'error', true],
    ['error', 'error', true],
    ['warning', 'error', false],
  ] as const)('is at least as bad as the limit, or it mentions nobody', (severity, least, isLoud) => {
    expect(isAtLeast(severity, least)).toBe(isLoud);
  });
});
