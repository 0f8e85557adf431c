import { type Config, configSchema } from '../../src/config/schema.ts';

type Input = Parameters<typeof configSchema.parse>[0];

const cluster = (region: string | null) => ({
  region,
  prometheus: { url: 'http://prometheus.example:9090' },
});

/** Two services in three environments; prod has two regions; #payments stands for payment-gateway in staging. */
export const makeConfig = (slack: object = {}): Config =>
  configSchema.parse({
    slack: {
      teams: ['T0DABBA'],
      warRoom: 'C0WARROOM',
      channels: {
        C0PAYMENTS: { service: 'payment-gateway', environment: 'staging' },
        C0STAGING: { environment: 'staging' },
      },
      ...slack,
    },
    clusters: { one: cluster(null), mumbai: cluster('mumbai'), pune: cluster('pune') },
    environments: {
      staging: { namespace: 'payments', clusters: ['one'] },
      prod: { namespace: 'payments', clusters: ['one'], production: true },
      dr: { namespace: 'payments', clusters: ['mumbai', 'pune'], production: true },
    },
    defaultEnvironment: 'prod',
    approval: { approvers: { groups: ['S0APPROVE'] } },
    services: {
      'payment-gateway': {
        short: ['pg'],
        environments: ['prod', 'staging', 'dr'],
        image: 'registry.example/payments/payment-gateway',
      },
      ledger: { short: ['ld'], environments: ['dr'], image: 'registry.example/payments/ledger' },
      'upi-switch': { environments: ['staging', 'dr'], image: 'registry.example/payments/upi-switch' },
    },
  } satisfies Input);
