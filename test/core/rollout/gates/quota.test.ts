import { describe, expect, it } from 'vitest';
import { parseQuantity, quantityText } from '../../../../src/core/quantity.ts';
import { quota } from '../../../../src/core/rollout/gates/quota.ts';
import { known, notKnown, type QuotaSeen, type RoomSurvey } from '../../../../src/core/rollout/ground.ts';
import { ROOM } from '../../../support/ground.ts';

const container = (name: string, requests: object, limits: object = {}) => ({
  name,
  image: 'x',
  resources: { requests, limits },
});
const template = (spec: object = {}) => ({
  spec: { containers: [container('app', { cpu: '500m', memory: '512Mi' }, { cpu: 2 })], ...spec },
});
const quotaOf = (
  hard: Record<string, string>,
  used: Record<string, string>,
  scopes: readonly string[] = [],
): QuotaSeen => ({ name: 'team', hard, used, scopes });
const judge = (
  quotas: readonly QuotaSeen[],
  pods: unknown = template(),
  overrides: Partial<RoomSurvey> = {},
  count = 3,
) =>
  quota(
    { template: pods, pods: count, isNewDeployment: true },
    { ...ROOM, quotas: known(quotas), ...overrides },
  );

describe('a quota', () => {
  it.each([
    ['requests.cpu', '4', '2500m', 'exactly fits', true],
    ['requests.cpu', '4', '2501m', '1500m needed, 1499m free of 4', false],
    ['cpu', '4', '3', '1500m needed, 1 free of 4', false],
    ['requests.memory', '2Gi', '1Gi', '1.5Gi needed, 1Gi free of 2Gi', false],
    ['memory', '4Gi', '2.5Gi', 'exactly fits', true],
    ['limits.cpu', '8', '3', '6 needed, 5 free of 8', false],
    ['pods', '5', '3', '3 needed, 2 free of 5', false],
    ['count/pods', '6', '3', 'exactly fits', true],
    ['count/deployments.apps', '4', '4', '1 needed, 0 free of 4', false],
    ['pods', '2', '4', '3 needed, 0 free of 2', false],
  ])('of %s %s with %s used: %s', (resource, hard, used, words, isPassed) => {
    const { passed, reason } = judge([quotaOf({ [resource]: hard }, { [resource]: used })]);
    expect(passed).toBe(isPassed);
    if (!isPassed)
      expect(reason).toBe(
        `The namespace has no room for 3 more pods. ResourceQuota team: ${resource} ${words}`,
      );
  });

  it('names every line that is short, of every quota', () => {
    const { reason } = judge([
      quotaOf({ pods: '3', 'requests.cpu': '3' }, { pods: '3', 'requests.cpu': '3' }),
      { ...quotaOf({ 'limits.cpu': '6' }, { 'limits.cpu': '6' }), name: 'limits' },
    ]);
    expect(reason).toMatch(
      /pods 3 needed.*requests\.cpu 1500m needed.*ResourceQuota limits: limits\.cpu 6 needed/,
    );
  });

  it('counts what admission adds: the sidecar, and defaults of the namespace', () => {
    const running = [
      { name: 'app', requests: { cpu: '1' }, limits: {} },
      { name: 'istio-proxy', requests: { cpu: '100m' }, limits: {} },
    ];
    const cpu = (free: string) => [quotaOf({ 'requests.cpu': free }, { 'requests.cpu': '0' })];
    expect(judge(cpu('1500m'), template(), { running }).reason).toMatch(/requests\.cpu 1800m needed/);
    const bare = { spec: { containers: [{ name: 'app', image: 'x' }] } };
    expect(judge(cpu('3'), bare, { running }).reason).toMatch(/requests\.cpu 3300m needed/);
  });

  it('takes the limit for a request that is left out, and the largest init container', () => {
    const limited = { spec: { containers: [container('app', {}, { cpu: '1' })] } };
    expect(judge([quotaOf({ 'requests.cpu': '2' }, { 'requests.cpu': '0' })], limited).reason).toMatch(
      /requests\.cpu 3 needed/,
    );
    const migrating = template({
      initContainers: [
        container('migrate', { cpu: '2' }),
        { ...container('proxy', { cpu: '100m' }), restartPolicy: 'Always' },
      ],
    });
    expect(judge([quotaOf({ 'requests.cpu': '1' }, { 'requests.cpu': '0' })], migrating).reason).toMatch(
      /requests\.cpu 6 needed/,
    );
  });

  it.each([
    [['Terminating'], true],
    [['BestEffort'], true],
    [['NotBestEffort'], false],
    [['NotTerminating'], false],
    [['PriorityClass In high,low'], true],
    [['PriorityClass NotIn high'], false],
  ])('with the scopes %j is for these pods: %s', (scopes, isPassed) => {
    expect(judge([quotaOf({ pods: '1' }, { pods: '1' }, scopes)]).passed).toBe(isPassed);
  });

  it('is not for what is no pod', () => {
    const other = quotaOf({ 'count/secrets': '1', services: '2' }, { 'count/secrets': '1', services: '2' });
    expect(judge([other])).toEqual({ gate: 'quota', passed: true, reason: 'room for 3 more pods' });
  });

  it('that cannot be seen, or not be reckoned, is said', () => {
    expect(judge([], template(), { quotas: notKnown('no right to list ResourceQuotas') })).toMatchObject({
      passed: true,
      isUnknown: true,
      reason: expect.stringContaining('no right to list ResourceQuotas'),
    });
    const bare = { spec: { containers: [{ name: 'app', image: 'x' }] } };
    expect(judge([quotaOf({ 'requests.cpu': '4' }, { 'requests.cpu': '1' })], bare)).toMatchObject({
      isUnknown: true,
      reason: expect.stringContaining('requests.cpu of team'),
    });
    for (const odd of [
      quotaOf({ pods: '4' }, {}),
      quotaOf({ pods: 'many' }, { pods: '1' }),
      quotaOf({ pods: '1' }, { pods: '1' }, ['CrossNamespacePodAffinity Exists']),
    ])
      expect(judge([odd])).toMatchObject({ passed: true, isUnknown: true });
  });

  it('that is short stops, whatever else is not known', () => {
    expect(judge([quotaOf({ pods: '3', 'limits.memory': '1Gi' }, { pods: '3' })]).passed).toBe(false);
  });
});

describe('quantities', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1e3', 1000],
    ['2E', 2e18],
    ['12E2', 1200],
    ['128974848', 128_974_848],
    ['1k', 1000],
    ['.5', 0.5],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each(['', 'x', '1 Gi', '1KiB', '--1'])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeNull();
  });

  it('are shown as people write them', () => {
    expect(quantityText('requests.cpu', 1.5)).toBe('1500m');
    expect(quantityText('limits.memory', 512 * 2 ** 20)).toBe('512Mi');
    expect(quantityText('pods', 3)).toBe('3');
  });
});
