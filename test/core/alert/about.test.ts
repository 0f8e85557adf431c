import { describe, expect, it } from 'vitest';
import { aboutOf } from '../../../src/core/alert/about.ts';

const KNOWN = {
  services: {
    'payment-gateway': { short: ['pg'], environments: ['prod', 'staging'] },
    ledger: { short: [], environments: ['prod'] },
  },
  environments: { prod: { namespace: 'payments' }, staging: { namespace: 'payments-staging' } },
};

describe('an alert is about', () => {
  it.each([
    [{ service: 'payment-gateway', namespace: 'payments' }, 'payment-gateway', 'prod'],
    [
      { destination_workload: 'payment-gateway-green', namespace: 'payments-staging' },
      'payment-gateway',
      'staging',
    ],
    [{ app: 'pg' }, 'payment-gateway', null],
    [{ app: 'pg', env: 'staging' }, 'payment-gateway', 'staging'],
    [{ service: 'node-exporter', app: 'ledger' }, 'ledger', 'prod'],
    [{ pod: 'ledger-blue-676b6c5bbc-4xc6t', namespace: 'payments' }, 'ledger', 'prod'],
    [{ service: 'toString', instance: 'a' }, null, null],
    [{}, null, null],
  ])('%j: %s in %s', (labels, service, environment) => {
    expect(aboutOf({ labels: labels as unknown as Record<string, string> }, KNOWN)).toEqual({
      service,
      environment,
    });
  });
});
