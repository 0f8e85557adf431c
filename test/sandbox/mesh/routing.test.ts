import { describe, expect, it } from 'vitest';
import type { VirtualService } from '../../../sandbox/mesh/objects.ts';
import { findRoute, fullHost, pickDestination } from '../../../sandbox/mesh/routing.ts';

const pair = (blue: number | undefined, green: number | undefined) => ({
  route: [
    { destination: { host: 'pay', subset: 'blue' }, ...(blue === undefined ? {} : { weight: blue }) },
    { destination: { host: 'pay', subset: 'green' }, ...(green === undefined ? {} : { weight: green }) },
  ],
});
const request = (path: string, headers = {}) => ({ host: 'pay', path, method: 'GET', headers });

describe('host names', () => {
  it.each([
    ['pay', 'pay.payments.svc.cluster.local'],
    ['pay:8080', 'pay.payments.svc.cluster.local'],
    ['pay.other', 'pay.other.svc.cluster.local'],
    ['pay.other.svc', 'pay.other.svc.cluster.local'],
    ['pay.other.svc.cluster.local', 'pay.other.svc.cluster.local'],
    ['pay.tiffin.example', 'pay.tiffin.example'],
  ])('%s is %s', (host, full) => {
    expect(fullHost(host, 'payments')).toBe(full);
  });
});

describe('the pick by weight', () => {
  it.each([
    [90, 10, 0, 'blue'],
    [90, 10, 0.899, 'blue'],
    [90, 10, 0.901, 'green'],
    [0, 100, 0, 'green'],
    [100, 0, 0.9999, 'blue'],
    [1, 2, 0.5, 'green'],
    [100, undefined, 0.9999, 'blue'],
    [-5, 10, 0, 'green'],
  ])('of %s to %s with the dice at %s is %s', (blue, green, dice, subset) => {
    expect(pickDestination(pair(blue, green), dice)?.subset).toBe(subset);
  });

  it('is nobody when all weights are 0', () => {
    expect(pickDestination(pair(0, 0), 0.5)).toBeNull();
  });

  it('is the only destination whatever its weight says', () => {
    expect(pickDestination({ route: [{ destination: { host: 'pay' } }] }, 0.5)).toEqual({ host: 'pay' });
  });
});

describe('the route of a request', () => {
  const service = (spec: VirtualService['spec']): VirtualService => ({
    metadata: { name: 'pay', namespace: 'payments' },
    ...(spec ? { spec } : {}),
  });
  const host = 'pay.payments.svc.cluster.local';
  const canary = {
    match: [{ uri: { prefix: '/v2' }, headers: { 'X-Canary': { exact: 'yes' } } }, { uri: { regex: '/a+' } }],
    ...pair(0, 100),
  };
  const all = service({ hosts: ['pay'], http: [canary, pair(100, 0)] });

  it.each([
    ['/pay', {}, 1],
    ['/v2/pay', {}, 1],
    ['/v2/pay', { 'x-canary': 'yes' }, 0],
    ['/aaa', {}, 0],
    ['/aaab', {}, 1],
  ])('for %s with %j is number %i', (path, headers, index) => {
    const found = findRoute([all], host, request(path, headers));
    expect(found).toMatchObject({ kind: 'route', route: all.spec?.http?.[index] });
  });

  it('is absent without a VirtualService of mesh traffic for the host', () => {
    const edge = service({ hosts: ['pay'], gateways: ['edge'], http: [pair(100, 0)] });
    expect(findRoute([edge], host, request('/')).kind).toBe('absent');
  });

  it('is unrouted when nothing matches, a broken pattern included', () => {
    const broken = service({ hosts: ['pay'], http: [{ match: [{ uri: { regex: '(' } }], ...pair(1, 1) }] });
    expect(findRoute([broken], host, request('/')).kind).toBe('unrouted');
  });
});
