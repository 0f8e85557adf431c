/** What the bot works on, on the real cluster: pods, proxy, Prometheus, Redis and registry are the sandbox's. */
import { type Part, WORLD } from '../../../sandbox/contract.ts';
import { type Mesh, startMesh } from '../../../sandbox/mesh/mesh.ts';
import { startPrometheus, startRedis } from '../../../sandbox/processes/index.ts';
import { type Registry, startRegistry } from '../../../sandbox/registry/registry.ts';
import { type Ground, type GroundOptions, withPlain } from '../../../sandbox/world/ground.ts';
import { seedHistory } from '../../../sandbox/world/history.ts';
import { type ImageNames, worldObjects } from '../../../sandbox/world/objects.ts';
import { botToken } from './bot-account.ts';
import { labFacts } from './facts.ts';
import { type ImageKnown, NodeAgent } from './node-agent.ts';
import { wipe } from './objects.ts';
import { RealCluster } from './real-cluster.ts';

/** What the registry says of an image by tag or digest. */
const resolveIn =
  (registry: Registry) =>
  async (image: string): Promise<ImageKnown> => {
    const name = image.replace(/^[^/]+\//, '').replace(/[:@].*$/, '');
    const [, digest] = image.split('@');
    const known = digest === undefined ? undefined : registry.digests.get(digest);
    if (digest !== undefined) return { tag: known?.name === name ? known.tag : null, imageId: image };
    const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
    try {
      return { tag, imageId: `${image.slice(0, -tag.length - 1)}@${registry.digestOf(name, tag)}` };
    } catch {
      return { tag: null, imageId: '' };
    }
  };

export async function startRealGround({
  services,
  rps,
  redisCluster,
  say,
  keep,
}: GroundOptions): Promise<Ground<RealCluster>> {
  const facts = labFacts();
  say('image registry and pods');
  const repositories = services.map(({ name, tags }) => ({ name: `tiffin/${name}`, tags }));
  const registry = keep(await startRegistry({ repositories }));
  const mesh: Mesh = keep(
    await startMesh({
      digests: registry.digests,
      services: services.map(({ name }) => name),
      rps: withPlain(rps, services),
    }),
  );
  say('Prometheus and Redis');
  const [prometheus, redis] = await Promise.all([
    startPrometheus({ targets: mesh.metricsTargets }).then(keep),
    startRedis({ clusterEnabled: redisCluster }).then(keep),
  ]);
  say(`Kubernetes ${facts.version}`);
  const cluster = keep(await RealCluster.open(facts, WORLD.namespace));
  await wipe(cluster.api, WORLD.namespace);
  keep(await NodeAgent.start({ facts, runtime: mesh.runtime, resolve: resolveIn(registry) }));
  keep(sweeper(cluster));
  keep({ close: () => mesh.stopLoad() });
  await mesh.connect({ clusterUrl: facts.server, token: facts.adminToken });
  const images: ImageNames = {
    repository: (service) => `${registry.host}/tiffin/${service}`,
    digestOf: (service, tag) => registry.digestOf(`tiffin/${service}`, tag),
  };
  const restore = async (): Promise<void> => {
    await mesh.stopLoad();
    await wipe(cluster.api, WORLD.namespace);
    cluster.seed(worldObjects(images, services));
    await cluster.settle();
    await seedHistory(redis.url, images, services, Date.now());
    await mesh.startLoad();
    await mesh.resetCounters();
  };
  await restore();
  return {
    registry,
    mesh,
    prometheus,
    redis,
    cluster,
    kubectl: { url: facts.server, token: facts.adminToken },
    token: await botToken(cluster.api),
    trust: { caFile: facts.caFile },
    restore,
  };
}

/** Nothing of this world is left for the next one. */
const sweeper = (cluster: RealCluster): Part => ({ close: () => wipe(cluster.api, WORLD.namespace) });
