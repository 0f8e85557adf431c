/**
 * The world of a benchmark in a process of its own, so that it shares no event loop with the bot, the client or the bare
 * loop: API server and controllers (pods are names alone), local Slack, image registry, a Prometheus that knows its answers.
 */
import { startCluster } from '../../sandbox/cluster/cluster.ts';
import { type PodRuntime, WORLD } from '../../sandbox/contract.ts';
import { startRegistry } from '../../sandbox/registry/registry.ts';
import { startSlack } from '../../sandbox/slack/index.ts';
import { readRequest } from '../measure/helper.ts';
import { startFixture } from './fixture-server.ts';
import { groundObjects } from './objects.ts';
import { type GroundReady, type GroundRequest, REPOSITORY, TAGS, userId } from './settings.ts';

/** Pods that are ready at once and run nothing. */
const runtime: PodRuntime = {
  start: async () => ({ port: 1 }),
  isReady: async () => true,
  stop: async () => undefined,
  onExit: () => undefined,
  run: async () => ({ exitCode: 0, log: '' }),
};

const request = readRequest<GroundRequest>();
const users = Array.from({ length: request.users }, (_, index) => ({
  id: userId(index),
  name: `Bench ${index}`,
  title: 'Engineer',
  email: `bench-${index}@tiffin.example`,
}));
const everybody = users.map(({ id }) => id);
const world = {
  ...WORLD,
  users: [...WORLD.users, ...users],
  groups: WORLD.groups.map((group) => ({ ...group, users: [...group.users, ...everybody] })),
};

const [registry, cluster, slack] = await Promise.all([
  startRegistry({ repositories: [{ name: REPOSITORY, tags: Object.values(TAGS) }] }),
  startCluster({ token: request.clusterToken, runtime }),
  startSlack({
    signingSecret: request.signingSecret,
    botToken: request.botToken,
    bot: () => null,
    // The shape alone is shared: a world of other people.
    world: world as unknown as typeof WORLD,
  }),
]);
const images = {
  registryHost: registry.host,
  digests: {
    live: registry.digestOf(REPOSITORY, TAGS.live),
    next: registry.digestOf(REPOSITORY, TAGS.next),
  },
};
cluster.seed(groundObjects(request, images));
await cluster.settle(30_000);
const ready: GroundReady = {
  ...images,
  cluster: cluster.url,
  slackApi: slack.apiUrl,
  prometheus: await startFixture(cluster),
};
process.send?.(ready);
