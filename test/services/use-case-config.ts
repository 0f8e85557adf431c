/** One service in one production cluster, as drive-harness.ts stands it up, with one person who may do everything. */
import { type Config, configSchema } from '../../src/config/schema.ts';

export const configWith = (repository: string, user: string): Config => {
  const people = { users: [user] };
  return configSchema.parse({
    slack: { teams: ['T0DABBA'], warRoom: 'C0WARROOM' },
    clusters: { 'mumbai-1': { prometheus: { url: 'http://prometheus.example:9090' } } },
    environments: { prod: { namespace: 'payments', clusters: ['mumbai-1'], production: true } },
    approval: { approvers: { groups: ['S0APPROVE'] } },
    rights: { deploy: people, rollback: people, hold: people, go: people, traffic: people },
    services: {
      'payment-gateway': {
        environments: ['prod'],
        image: repository,
        container: 'app',
        route: { host: 'payment-gateway.payments.svc.cluster.local' },
      },
    },
  });
};
