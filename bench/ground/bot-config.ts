/** The configuration of the measured bot: everything that is not an address is the product's default. */
import { stringify } from 'yaml';
import {
  CLUSTER,
  CONTAINER,
  type GroundReady,
  type GroundRequest,
  NAMESPACE,
  REPOSITORY,
  TEAM,
  WAR_ROOM,
} from './settings.ts';

export interface BotAddresses {
  readonly slackPort: number;
  readonly healthPort: number;
  readonly redis: string;
  readonly tokenFile: string;
}

export const benchConfig = (addresses: BotAddresses, request: GroundRequest, ground: GroundReady): string => {
  const operators = { groups: ['S0ONCALL'] };
  return stringify({
    slack: {
      apiUrl: ground.slackApi,
      port: addresses.slackPort,
      teams: [TEAM],
      warRoom: WAR_ROOM,
      onCall: { groups: ['S0ONCALL'] },
    },
    server: { host: '127.0.0.1', port: addresses.healthPort },
    redis: { url: addresses.redis },
    registries: { [ground.registryHost]: { insecureHttp: true } },
    clusters: {
      [CLUSTER]: {
        server: ground.cluster,
        tokenFile: addresses.tokenFile,
        insecureHttp: true,
        prometheus: { url: ground.prometheus, scrapeInterval: '5s' },
      },
    },
    environments: { prod: { production: true, namespace: NAMESPACE, clusters: [CLUSTER] } },
    defaultEnvironment: 'prod',
    rights: { deploy: operators, rollback: operators },
    approval: { approvers: { groups: ['S0APPROVE'] } },
    services: Object.fromEntries(
      [...request.running, ...request.idle].map((service) => [
        service,
        {
          environments: ['prod'],
          image: `${ground.registryHost}/${REPOSITORY}`,
          container: CONTAINER,
        },
      ]),
    ),
  });
};
